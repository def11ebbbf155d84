"""The two stand-ins are good witnesses: they answer in the providers' words and keep only what was taken."""

import json
import smtplib
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPBasicAuthHandler, HTTPPasswordMgrWithPriorAuth, build_opener

import pytest

from tests.smtp_server import SmtpServer
from tests.twilio_server import SENDER, TwilioServer

Post = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def ask(twilio_server: TwilioServer) -> Post:
    """Talks to the stand-in without Twilio's SDK."""
    passwords = HTTPPasswordMgrWithPriorAuth()
    sid, token = twilio_server.account_sid, twilio_server.auth_token
    passwords.add_password(None, twilio_server.url, sid, token, is_authenticated=True)
    opener = build_opener(HTTPBasicAuthHandler(passwords))
    messages = f"{twilio_server.url}/2010-04-01/Accounts/{sid}/Messages"

    def ask(target: str = ".json", **form: str) -> tuple[int, dict[str, Any]]:
        try:
            with opener.open(messages + target, urlencode(form).encode() or None, timeout=5) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    return ask


def test_a_created_message_has_the_published_fields(ask: Post) -> None:
    status, text = ask(To="+12125550101", From=SENDER, Body="Hello")

    assert status == 201
    assert text["sid"].startswith("SM")
    assert len(text["sid"]) == 34
    assert (text["status"], text["direction"], text["error_code"]) == ("queued", "outbound-api", None)
    assert ask(f"/{text['sid']}.json") == (200, text)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": SENDER, "Body": "Hello"}, 21604),
        ({"To": "+12125550101", "Body": "Hello"}, 21603),
        ({"To": "+12125550101", "From": SENDER}, 21602),
        ({"To": "212-555-0101", "From": SENDER, "Body": "Hello"}, 21211),
        ({"To": "+12125550101", "From": SENDER, "Body": "x" * 1601}, 21617),
        ({"To": "+12125550101", "MessagingServiceSid": "MG1", "Body": "Hello"}, 21701),
    ],
)
def test_what_twilio_requires_is_required(
    twilio_server: TwilioServer, ask: Post, form: dict[str, str], code: int
) -> None:
    status, error = ask(**form)

    assert (status, error["status"], error["code"]) == (400, 400, code)
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert twilio_server.texts == []


def test_a_list_is_filtered_by_number_and_by_the_day_it_was_sent(twilio_server: TwilioServer, ask: Post) -> None:
    for number in ("+12125550101", "+12125550102"):
        ask(To=number, From=SENDER, Body="Hello")
    twilio_server.texts[0]["date_sent"] = "Sat, 07 Mar 2026 14:05:09 +0000"

    def count(**query: str) -> int:
        return len(ask(f".json?{urlencode(query)}")[1]["messages"])

    assert count() == 2
    assert count(To="+12125550102") == 1
    for within in ({"DateSent": "2026-03-07"}, {"DateSent>": "2026-03-07"}, {"DateSent<": "2026-03-08"}):
        assert count(**within) == 1
    for beyond in ({"DateSent": "2026-03-08"}, {"DateSent>": "2026-03-08"}, {"DateSent<": "2026-03-06"}):
        assert count(**beyond) == 0


def test_the_mail_server_keeps_the_mail_it_took_in_every_form(smtp_server: SmtpServer) -> None:
    with smtplib.SMTP(smtp_server.host, smtp_server.port, local_hostname="localhost") as client:
        client.sendmail(
            "a@example.com", ["b@example.com"], "Subject: Hi\r\nMessage-ID: <1@example.com>\r\n\r\nHello\r\n"
        )

    [mail] = smtp_server.wait_for(1)
    assert (mail.mail_from, mail.recipients, mail.text) == ("a@example.com", ("b@example.com",), "Hello\n")
    assert (mail.message["Subject"], mail.message_id) == ("Hi", "<1@example.com>")


def test_the_mail_server_forgets_its_bad_manners(smtp_server: SmtpServer) -> None:
    smtp_server.on("rcpt", "550 no", recipient="b@example.com")

    with smtplib.SMTP(smtp_server.host, smtp_server.port, local_hostname="localhost") as client:
        client.ehlo()
        client.mail("a@example.com")
        assert client.rcpt("b@example.com") == (550, b"no")
        assert client.rcpt("c@example.com")[0] == 250
        smtp_server.behave()
        assert client.rcpt("b@example.com")[0] == 250
