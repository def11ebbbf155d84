"""Sums of money: how Stripe counts them, and how people say them."""

from __future__ import annotations

from decimal import Decimal

MINIMUM_CENTS = 50
"""Stripe refuses to charge less than 0.50."""

# https://docs.stripe.com/currencies: all others are sent with two decimals, UGX and ISK too, though they have none.
_NO_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def stripe_step(currency: str) -> int:
    """Amounts at Stripe are a multiple of this: "the least-significant (last) digit" of three decimals is 0."""
    return 10 if currency in _THREE_DECIMALS else 1


def to_stripe(cents: int, currency: str) -> int | None:
    """Our minor units as Stripe counts them; None for a sum that Stripe can't charge exactly."""
    exact = Decimal(cents).scaleb(_stripe_decimals(currency) - _decimals(currency))
    return int(exact) if exact % stripe_step(currency) == 0 else None


def from_stripe(amount: int, currency: str) -> int:
    return int(Decimal(amount).scaleb(_decimals(currency) - _stripe_decimals(currency)))


def spoken(cents: int, currency: str, locale: str) -> str:
    """In American English where nobody knows the locale: a payment must not be lost for want of a way to say it."""
    from babel.numbers import format_currency

    from engine.catalog import locales

    amount = Decimal(cents).scaleb(-_decimals(currency))
    return str(format_currency(amount, currency, locale=locales.locale(locale)))


def _decimals(currency: str) -> int:
    # A sidecar asks for open payments on each pass, and hardly ever finds a sum to say.
    from babel.numbers import get_currency_precision

    return get_currency_precision(currency)


def _stripe_decimals(currency: str) -> int:
    return 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
