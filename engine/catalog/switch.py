"""Whether a rule is on, as an admin has set it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether a rule is on, and since when; an event older than that is not its business."""

    enabled: bool
    enabled_at: datetime | None = None
    options: Mapping[str, int] = field(default_factory=dict)
