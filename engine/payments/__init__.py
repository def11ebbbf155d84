"""Money: checkouts at Stripe, and payments entered by hand."""

from engine.payments.amount import MINIMUM_CENTS
from engine.payments.astray import did_not_come
from engine.payments.checkout import checkout_url
from engine.payments.entry import record_payment, take_back
from engine.payments.watch import refresh_open_sessions

__all__ = [
    "MINIMUM_CENTS",
    "checkout_url",
    "did_not_come",
    "record_payment",
    "refresh_open_sessions",
    "take_back",
]
