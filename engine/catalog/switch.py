"""Whether a rule is on, as an admin has set it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether a rule is on, and since when; an event older than that is not its business."""

    enabled: bool
    enabled_at: datetime | None = None
    options: Mapping[str, int] = field(default_factory=dict)


def as_if_always(switches: Mapping[str, Switch], on: Collection[str] = ()) -> dict[str, Switch]:
    """As if each had stood for ever as it stands now, and those of `on` were on: no event is older than a switch."""
    return {
        key: replace(switch, enabled=switch.enabled or key in on, enabled_at=None) for key, switch in switches.items()
    }
