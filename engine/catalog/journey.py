"""An order's way through the shop, with every rule at the stop where it speaks."""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalog.rule import Rule
from engine.catalog.rules import RULES


@dataclass(frozen=True, slots=True)
class Stop:
    key: str
    title: str
    rules: tuple[Rule, ...]


def _stop(title: str, *keys: str) -> Stop:
    return Stop(title.lower(), title, tuple(_BY_KEY[key] for key in keys))


_BY_KEY = {rule.key: rule for rule in RULES}

STOPS = (
    _stop("Order", "order_received_email", "lead_new_notification", "reorder_request_received"),
    _stop("Proof", "art_approval_email", "art_resubmit_email", "art_approval_sms", "art_decline_notification"),
    _stop("Press", "production_started_email"),
    _stop("Ready", "job_complete_email", "job_complete_sms"),
    _stop("Shipped", "tracking_shipped_email", "tracking_shipped_sms"),
    _stop(
        "Paid",
        "invoice_sent_email",
        "invoice_sent_sms",
        "payment_link_email",
        "payment_due_soon_email",
        "invoice_overdue_email",
        "invoice_30day_escalation",
        "invoice_60day_escalation",
        "invoice_90day_admin_alert",
        "invoice_paid_email",
    ),
)

ALL_ALONG = _stop("All along", "status_change_toast", "status_change_email", "status_update_sms")
"""What speaks at more than one stop."""
