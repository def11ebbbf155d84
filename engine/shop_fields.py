"""What each field of the shop's row may hold; a refusal is a sentence for whoever typed it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies
from phonenumbers import SUPPORTED_REGIONS

from engine.catalog.recipients import e164, mailbox
from engine.errors import InkbellError

MOST_GRACE_SECONDS = 3600
MOST_SURGE = 10_000

# What people call those fields that their columns' names do not name.
CALLED = {
    "hours": "opening hours",
    "logo_url": "the logo's address",
    "reply_to": "the address that replies go to",
    "timezone": "the time zone",
    "locale": "the language of dates and money",
    "public_url": "the public address",
    "redirect_email": "the test address",
    "redirect_phone": "the test number",
    "alert_email": "the address for alerts",
    "alert_phone": "the number for alerts",
    "grace_seconds": "the time to undo a move",
    "surge_limit": "the number from which messages are held",
    "require_sms_consent": "whether texts need a consent",
    "sms_from": "the hour from which texts go out",
    "sms_until": "the hour until which texts go out",
    "dunning_from": "the hour from which reminders go out",
    "dunning_until": "the hour until which reminders go out",
    "accent_color": "the shop's colour",
}

Row = dict[str, Any]
Check = Callable[[str, Any, Row], Any]


def _refuse(name: str, value: Any, form: str) -> InkbellError:
    can_not = "has to be there" if value is None else f"can't be {value!r}"
    return InkbellError(f"{CALLED.get(name, name)} {can_not}; {form}")


def _words(most: int, *, needed: bool = False) -> Check:
    def check(name: str, value: Any, row: Row) -> Any:
        if value is None and needed:
            raise InkbellError(f"the shop needs a {name}; customers read it in every message")
        if value is not None and len(value) > most:
            raise InkbellError(f"{CALLED.get(name, name)} is too long; keep it under {most} characters")
        return value

    return check


def _mail(name: str, value: Any, row: Row) -> Any:
    if value is not None and mailbox(value) is None:
        raise _refuse(name, value, "write it like orders@example.com")
    return value


def _phone(name: str, value: Any, row: Row) -> Any:
    if value is not None and e164(value, row["country"]) is None:
        raise _refuse(name, value, "write a phone number, with its country code if it is a foreign one")
    return value


def _web(*schemes: str) -> Check:
    def check(name: str, value: Any, row: Row) -> Any:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            usable = parts.scheme in schemes and bool(parts.hostname) and not any(c.isspace() for c in value)
        except ValueError:
            usable = False
        if not usable:
            raise _refuse(name, value, f"write it like {schemes[0]}://www.example.com")
        return value

    return check


def _website(name: str, value: Any, row: Row) -> Any:
    """People write theirs without a scheme."""
    if value is not None:
        _web("https", "http")(name, value if "://" in value else f"https://{value}", row)
    return value


def _zone(name: str, value: Any, row: Row) -> Any:
    if value not in available_timezones():
        raise _refuse(name, value, "choose one like America/New_York")
    return value


def _locale(name: str, value: Any, row: Row) -> Any:
    try:
        Locale.parse(value or "")
    except (ValueError, UnknownLocaleError):
        raise _refuse(name, value, "write it like en_US") from None
    return value


def _currency(name: str, value: Any, row: Row) -> Any:
    if value not in list_currencies():
        raise _refuse(name, value, "write its three letters, like USD")
    return value


def _country(name: str, value: Any, row: Row) -> Any:
    if value not in SUPPORTED_REGIONS:
        raise _refuse(name, value, "write its two letters, like US")
    return value


def _number(least: int, most: int) -> Check:
    def check(name: str, value: Any, row: Row) -> Any:
        if not isinstance(value, int) or not least <= value <= most:
            raise _refuse(name, value, f"choose a number from {least} to {most}")
        return value

    return check


def _given(name: str, value: Any, row: Row) -> Any:
    if value is None:
        raise _refuse(name, value, "choose one")
    return value


def _weekdays(name: str, value: Any, row: Row) -> Any:
    days = sorted({int(day) for day in value or ()})
    if not days or not set(days) <= set(range(1, 8)):
        raise InkbellError("reminders need a weekday on which they may go out; choose at least one")
    return days


def _colour(name: str, value: Any, row: Row) -> Any:
    if value is None:
        return None
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise _refuse(name, value, "write it like #1f4fa3")
    return value.lower()


def _moment(name: str, value: Any, row: Row) -> Any:
    if row["notice_from"] and row["notice_until"] and row["notice_from"] >= row["notice_until"]:
        raise InkbellError("the notice ends before it begins; choose a later end")
    return value


# The delivery mode and the pause have a way of their own, with its own conditions.
CHECKS: dict[str, Check] = {
    "country": _country,
    "name": _words(120, needed=True),
    "email": _mail,
    "phone": _phone,
    "address": _words(300),
    "website": _website,
    "hours": _words(300),
    "logo_url": _web("https"),
    "reply_to": _mail,
    "timezone": _zone,
    "locale": _locale,
    "currency": _currency,
    "public_url": _web("https", "http"),
    "redirect_email": _mail,
    "redirect_phone": _phone,
    "notice": _words(500),
    "notice_from": _moment,
    "notice_until": _moment,
    "alert_email": _mail,
    "alert_phone": _phone,
    "grace_seconds": _number(0, MOST_GRACE_SECONDS),
    "surge_limit": _number(0, MOST_SURGE),
    "require_sms_consent": _given,
    "sms_from": _given,
    "sms_until": _given,
    "dunning_from": _given,
    "dunning_until": _given,
    "dunning_weekdays": _weekdays,
    "accent_color": _colour,
}
