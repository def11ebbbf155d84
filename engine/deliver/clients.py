"""One sender's own connections to the providers, made anew when the settings change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine import links
from engine.deliver import letter
from engine.deliver.channel import PROVIDERS
from engine.deliver.email import Meanwhile, Smtp
from engine.deliver.letter import Ready
from engine.deliver.mime import AddressInvalid
from engine.deliver.outcome import ChannelFault, Outcome, Refused
from engine.deliver.sms import Twilio
from engine.store import connections, queries
from engine.store.database import Connection
from engine.store.facts import Around

HandOff = Callable[[Ready, datetime, Meanwhile], Outcome]
"""Told what it is, the moment, and what may be done while the provider thinks, which never raises."""


class Clients:
    """For one thread at a time, as the connections are that it keeps."""

    def __init__(self) -> None:
        self._smtp: Smtp | None = None
        self._twilio: Twilio | None = None
        self._made_from: dict[str, dict[str, Any]] = {}

    def close(self) -> None:
        if self._smtp:
            self._smtp.close()
        if self._twilio:
            self._twilio.close()
        self._smtp = self._twilio = None
        self._made_from.clear()

    def of(self, connection: Connection, channel: str, around: Around) -> HandOff | ChannelFault:
        """What hands a message over on this channel, or why the channel can't at this moment."""
        provider = PROVIDERS[channel]
        given = connections.settings_of(connection, provider, around.connections)
        if given is None:
            reason = connections.state(connection, provider, around.connections).reason
            return ChannelFault(reason, f"{provider}_not_connected")
        if provider == "twilio":
            given = {**given, "tell": _report_address(connection)}
        if self._made_from.get(channel) != given:
            self._make(channel, given)
            self._made_from[channel] = given
        return self._email if channel == "email" else self._text

    def _make(self, channel: str, given: dict[str, Any]) -> None:
        if channel == "email":
            if self._smtp:
                self._smtp.close()
            self._smtp = Smtp(connections.smtp_address(given))
        else:
            if self._twilio:
                self._twilio.close()
            self._twilio = twilio(given)

    def _email(self, ready: Ready, now: datetime, meanwhile: Meanwhile) -> Outcome:
        assert self._smtp is not None
        try:
            envelope = letter.envelope(ready, self._made_from["email"].get("mail_from"), now)
        except AddressInvalid:
            return Refused("no mail server could be given this address", reason="address_invalid", asked=False)
        if isinstance(envelope, ChannelFault):
            return envelope
        return self._said("email", self._smtp.send(envelope, meanwhile))

    def _text(self, ready: Ready, now: datetime, meanwhile: Meanwhile) -> Outcome:
        assert self._twilio is not None
        addressed = letter.text_message(ready)
        return addressed if isinstance(addressed, ChannelFault) else self._said("sms", self._twilio.send(*addressed))

    def _said(self, channel: str, outcome: Outcome) -> Outcome:
        """An answer that quotes our own password is not kept as it is."""
        given = self._made_from[channel]
        return replace(outcome, detail=connections.blanked(PROVIDERS[channel], given, outcome.detail))


def twilio(given: Mapping[str, Any]) -> Twilio:
    """From what `settings_of(connection, "twilio")` gave; `tell` is where Twilio reports to."""
    base, tell = given.get("api_base"), given.get("tell")
    return Twilio(given["account_sid"], given["auth_token"], given["sender"], base, tell=tell)


def _report_address(connection: Connection) -> str | None:
    row = connection.execute(queries.load("connections").public_url).fetchone()
    return links.hook(links.base(row["public_url"] if row else None), "twilio/status")
