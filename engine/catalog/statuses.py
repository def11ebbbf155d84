"""The statuses a job and a message can have, and the only moves between a message's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobStatus:
    key: str
    label: str
    customer_label: str
    announce: bool
    position: int


def _job_statuses() -> tuple[JobStatus, ...]:
    rows = (
        ("quote", "Quote", "Order placed", False),
        ("quote_sent", "Quote Sent", "Order placed", True),
        ("art_requested", "Art Requested", "Order placed", False),
        ("art_approval_sent", "Art Approval Sent", "Waiting for your approval", True),
        ("art_revision_requested", "Art Revision Requested", "Changes requested", False),
        ("art_approved", "Art Approved", "Artwork approved", True),
        ("films", "Films", "In production", False),
        ("screen_burned", "Screen Burned", "In production", False),
        ("in_production", "In Production", "In production", True),
        ("bagging", "Bagging", "In production", False),
        ("completed_order", "Completed Order", "Ready", True),
        ("shipped", "Shipped", "Shipped", True),
        ("delivered", "Delivered", "Delivered", True),
        ("on_hold", "On Hold", "On hold", False),
        ("cancelled", "Cancelled", "Cancelled", False),
    )
    return tuple(JobStatus(*row, position) for position, row in enumerate(rows, start=1))


JOB_STATUSES = _job_statuses()

MESSAGE_STATUSES = (
    "queued",
    "held",
    "sending",
    "sent",
    "delivered",
    "failed",
    "unknown",
    "skipped",
    "cancelled",
    "expired",
)

MOVES: dict[str, frozenset[str]] = {
    "queued": frozenset({"sending", "held", "cancelled", "expired"}),
    "sending": frozenset({"sent", "failed", "unknown", "queued", "held", "cancelled", "expired"}),
    "held": frozenset({"queued", "cancelled", "expired"}),
    "unknown": frozenset({"sent", "queued", "failed"}),
    "sent": frozenset({"delivered", "failed"}),
    "delivered": frozenset(),
    "failed": frozenset(),
    "skipped": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
}

NEEDS_A_PERSON = ("held", "failed", "unknown")
"""What waits for somebody in the shop to look at it."""
