"""Testing a connection promises a real call, the provider's own answer, and that the answer is remembered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine import access, providers
from engine.errors import InkbellError, NotAllowed, NotConnected
from engine.store import connections
from engine.store.connections import Provider
from tests import shop
from tests.shop import Connection
from tests.smtp_server import SmtpServer, closed_port, smtp_server
from tests.stripe_server import StripeServer, stripe_server
from tests.twilio_server import TwilioServer, twilio_server

__all__ = ["smtp_server", "stripe_server", "twilio_server"]

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def connect(connection: Connection, provider: Provider, **values: Any) -> None:
    providers.save(connection, provider, values, actor=access.LOCAL)


def ask(provider: Provider) -> providers.Answer:
    return providers.test(provider, actor=access.LOCAL, now=NOW)


def mail(connection: Connection, port: int, **more: Any) -> None:
    connect(connection, "smtp", host="127.0.0.1", port=port, mail_from="Ink <orders@example.com>", **more)


def test_a_mail_server_that_takes_us_says_so_and_gets_no_mail(connection: Connection, smtp_server: SmtpServer) -> None:
    mail(connection, smtp_server.port)

    answer = ask("smtp")

    assert answer.works
    assert answer.said.startswith("250")
    assert not smtp_server.mails
    state = connections.state(connection, "smtp")
    assert (state.connected, state.verified_at) == (True, NOW)


def test_a_mail_server_that_refuses_our_sender_says_why(connection: Connection, smtp_server: SmtpServer) -> None:
    smtp_server.on("mail", "550 5.7.1 not your domain")
    mail(connection, smtp_server.port)

    answer = ask("smtp")

    assert not answer.works
    assert "550 5.7.1 not your domain" in answer.said
    assert not connections.is_connected(connection, "smtp")


def test_a_mail_server_that_is_not_there_is_named(connection: Connection) -> None:
    with closed_port() as port:
        mail(connection, port)
        answer = ask("smtp")

    assert not answer.works
    assert "can't be reached" in answer.said


def test_without_a_sender_there_is_nothing_to_ask_with(connection: Connection) -> None:
    connect(connection, "smtp", host="127.0.0.1", port=25)

    assert "no address to send from" in ask("smtp").said


def test_twilio_answers_for_itself(connection: Connection, twilio_server: TwilioServer) -> None:
    known = {"account_sid": twilio_server.account_sid, "sender": twilio_server.sender, "api_base": twilio_server.url}
    connect(connection, "twilio", **known, auth_token="wrong")
    refused = ask("twilio")
    connect(connection, "twilio", **known, auth_token=twilio_server.auth_token)
    accepted = ask("twilio")

    assert not refused.works
    assert "20003" in refused.said
    assert accepted == providers.Answer(True, "the account 'Bay Street Print' is active")
    assert connections.is_connected(connection, "twilio")


def test_stripe_answers_for_itself(connection: Connection, stripe_server: StripeServer) -> None:
    connect(connection, "stripe", api_key="rk_test_wrong", api_base=stripe_server.url)
    refused = ask("stripe")
    connect(connection, "stripe", api_key=stripe_server.api_key, api_base=stripe_server.url)
    accepted = ask("stripe")

    assert (refused.works, accepted.works) == (False, True)
    assert "Stripe refused the key" in refused.said
    assert refused.said.endswith("Stripe's own words: Invalid API Key provided: (the key)")


def test_what_stripe_says_of_itself_is_shown_and_its_silence_is_not_quoted(
    connection: Connection, stripe_server: StripeServer
) -> None:
    connect(connection, "stripe", api_key=stripe_server.api_key, api_base=stripe_server.url)
    stripe_server.fail(403)
    forbidden = ask("stripe")
    stripe_server.behave()
    stripe_server.drop()
    silent = ask("stripe")

    assert forbidden.said.endswith(
        "Stripe's own words: The provided key does not have the required permissions for this endpoint"
    )
    assert silent.said == "Stripe can't be reached; try again in a minute"


def test_what_is_not_filled_in_is_said_before_any_call(connection: Connection) -> None:
    connect(connection, "twilio", account_sid="AC1", sender="+15005550006")

    with pytest.raises(NotConnected, match="auth token missing"):
        ask("twilio")


@pytest.mark.parametrize("values", [{"port": 99_999}, {"mail_from": "nobody"}])
def test_a_mail_server_that_cannot_be_is_refused(connection: Connection, values: dict[str, Any]) -> None:
    with pytest.raises(InkbellError):
        connect(connection, "smtp", host="mail.example.com", **values)


@pytest.mark.parametrize("role", ["sales", "production"])
def test_only_admins_connect_test_and_disconnect(connection: Connection, role: str) -> None:
    actor = shop.make_staff(connection, role=role)["id"]

    for act in (
        lambda: providers.save(connection, "stripe", {"api_key": "x"}, actor=actor),
        lambda: providers.test("stripe", actor=actor, now=NOW),
        lambda: providers.disconnect(connection, "stripe", actor=actor),
    ):
        with pytest.raises(NotAllowed):
            act()
