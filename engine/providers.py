"""The shop's mail server, Twilio and Stripe: connecting them, and asking each whether it would serve us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine import access
from engine.deliver import channel, clients
from engine.deliver.answer import refuses_us
from engine.deliver.email import Smtp
from engine.deliver.mime import ascii_address, mailbox
from engine.deliver.outcome import Accepted
from engine.deliver.sms import LookupImpossible
from engine.errors import InkbellError, NotConnected
from engine.payments.provider import Stripe
from engine.store import connections, database, facts
from engine.store.connections import Provider
from engine.store.database import Connection

PROVIDERS: tuple[Provider, ...] = ("smtp", "twilio", "stripe")
TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`said` is what the provider answered, in its own words where they carry no secret."""

    works: bool
    said: str


def save(connection: Connection, provider: Provider, values: Mapping[str, Any], *, actor: access.Actor) -> None:
    """A secret that is left empty stays, unless the host, user or base changes with it."""
    access.require(connection, actor, "admin")
    given = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    port = given.get("port")
    if port is not None and not 1 <= int(port) <= 65535:
        raise InkbellError(f"the port can't be {port!r}; mail servers listen on 587 or 465")
    sender = given.get("mail_from")
    if provider == "smtp" and sender and ascii_address(mailbox(sender).address) is None:
        raise InkbellError(f"{sender!r} is no sender; write orders@example.com, or Name <orders@example.com>")
    channel.changes_hands(connection, provider, database.now(connection))
    connections.save(connection, provider, given, actor=access.name(actor))


def disconnect(connection: Connection, provider: Provider, *, actor: access.Actor) -> None:
    access.require(connection, actor, "admin")
    channel.changes_hands(connection, provider, database.now(connection))
    connections.clear(connection, provider, actor=access.name(actor))


def test(provider: Provider, *, actor: access.Actor, now: datetime) -> Answer:
    """
    A real call that sends and charges nothing; what it shows is remembered as the state of the connection.

    No transaction is open while the provider thinks. Raises NotConnected while there is nothing to call with.
    """
    with database.transaction() as connection:
        access.require(connection, actor, "admin")
        given = connections.settings_of(connection, provider)
        if given is None:
            raise NotConnected(f"{connections.state(connection, provider).reason}; fill it in, save, then test")
        sender = given.get("mail_from") or facts.shop(connection).email
    answer = _asked(provider, given, sender)
    answer = replace(answer, said=connections.blanked(provider, given, answer.said))
    with database.transaction() as connection:
        if connections.settings_of(connection, provider) == given:
            _remember(connection, provider, answer, now)
    return answer


def _asked(provider: Provider, given: Mapping[str, Any], sender: str | None) -> Answer:
    if provider == "smtp":
        return _mail_server(given, sender)
    return _twilio(given) if provider == "twilio" else _stripe(given)


def _mail_server(given: Mapping[str, Any], sender: str | None) -> Answer:
    address = mailbox(sender or "").address
    if not address:
        return Answer(False, "there is no address to send from; set one here, or the shop's email under Shop")
    server = Smtp(connections.smtp_address(given), timeout=TIMEOUT, budget=2 * TIMEOUT)
    try:
        outcome = server.check(address)
    finally:
        server.close()
    return Answer(isinstance(outcome, Accepted), outcome.detail)


def _twilio(given: Mapping[str, Any]) -> Answer:
    account = clients.twilio(given)
    try:
        return Answer(True, account.check())
    except LookupImpossible as error:
        return Answer(False, str(error))
    finally:
        account.close()


def _stripe(given: Mapping[str, Any]) -> Answer:
    account = Stripe(given["api_key"], given.get("api_base"), timeout=TIMEOUT, retries=0)
    try:
        account.check()
    except InkbellError as error:
        return Answer(False, str(error))
    finally:
        account.close()
    return Answer(True, "Stripe listed the account's checkout sessions, so the key works")


def _remember(connection: Connection, provider: Provider, answer: Answer, now: datetime) -> None:
    if not answer.works:
        connections.note_error(connection, provider, answer.said, now=now)
        return
    for name, served_by in channel.PROVIDERS.items():
        if served_by != provider:
            continue
        if refuses_us(channel.desk(connection, name), name):
            # Only a message shows whether that is over; the next one tries at once.
            connection.execute(channel.sql.probe_now, {"now": now})
            return
        channel.works(connection, name, now)
    connections.note_error(connection, provider, None, now=now)
