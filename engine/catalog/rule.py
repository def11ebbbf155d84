"""What a rule is: when it fires, who hears of it, by which channel, and until when it is worth saying."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from engine.catalog.conditions import Condition, always

Audience = Literal["customer", "customer_billing", "admins", "staff"]
Channel = Literal["email", "sms", "in_app", "toast"]

CUSTOMER: Audience = "customer"
BILLING: Audience = "customer_billing"
ADMINS: Audience = "admins"
STAFF: Audience = "staff"

EMAIL: Channel = "email"
SMS: Channel = "sms"
IN_APP: Channel = "in_app"
TOAST: Channel = "toast"

ON = True
OFF = False

Kind = Literal["news", "document", "reminder", "staff"]
"""News expires when late; a document is held for a person instead; a reminder is judged afresh; staff always hear."""

MOST_DAYS = 366

ANY_TIME = always("whatever happens next")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`requires` names the variables without which the wording would be pointless; `also_on` is a second event."""

    key: str
    title: str
    says: str
    on: str
    when: Condition
    to: Audience
    by: Channel
    still: Condition = ANY_TIME
    default: bool
    kind: Kind = "news"
    also_on: tuple[str, ...] = ()
    needs: Literal["twilio", "stripe"] | None = None
    variables: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    generic: bool = False
    about_proof: bool = False
    dunning_tier: int | None = None
    options: tuple[tuple[str, int], ...] = ()

    @property
    def event(self) -> str:
        return self.on

    @property
    def channel(self) -> Channel:
        return self.by

    @property
    def audience(self) -> Audience:
        return self.to

    @property
    def subject(self) -> str:
        """The kind of record it is about: job, invoice, lead or reorder."""
        noun = self.on.split(".")[0]
        return {"order": "job", "artwork": "job"}.get(noun, noun)

    @property
    def to_customer(self) -> bool:
        return self.to in (CUSTOMER, BILLING)

    @property
    def is_money(self) -> bool:
        return self.subject == "invoice"

    @property
    def max_age(self) -> timedelta | None:
        """How late it may leave, counted from `send_after`; None: never too late."""
        if self.kind in ("reminder", "staff"):
            return None
        return timedelta(hours=6) if self.by == SMS else timedelta(hours=72)

    def chosen(self, given: object) -> dict[str, int]:
        """Its options as the shop has set them; one that is no number of days, written by hand, takes the default."""
        own = given if isinstance(given, Mapping) else {}
        return {name: _days(own.get(name), default) for name, default in self.options}

    def fires_on(self, event_type: str) -> bool:
        return event_type == self.on or event_type in self.also_on


def _days(given: object, default: int) -> int:
    try:
        return max(0, min(int(str(given)), MOST_DAYS))
    except ValueError:
        return default
