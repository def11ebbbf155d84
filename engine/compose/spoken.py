"""Money, dates and numbers as people of the shop's locale write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_precision

from engine.catalog.locales import locale


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


@lru_cache(maxsize=4096)
def money(minor_units: int, currency: str, locale_name: str) -> str:
    """'' for nothing and for less than nothing: no message should ask for $0.00."""
    if minor_units <= 0:
        return ""
    amount = Decimal(minor_units).scaleb(-get_currency_precision(currency))
    return str(format_currency(amount, currency, locale=locale(locale_name)))


@lru_cache(maxsize=4096)
def day(when: date | None, locale_name: str) -> str:
    return str(format_date(when, "long", locale=locale(locale_name))) if when else ""


@lru_cache(maxsize=1024)
def count(number: int | None, locale_name: str) -> str:
    return "" if number is None else str(format_decimal(number, locale=locale(locale_name)))


def local_day(moment: datetime, zone_name: str) -> date:
    return moment.astimezone(zone(zone_name)).date()
