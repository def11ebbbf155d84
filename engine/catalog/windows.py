"""When a message may go out, in the shop's time zone: windows are `[from, until)`, equal bounds mean always."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones


@lru_cache(maxsize=16)
def spelled(zone: str, ahead: int) -> str:
    """As the files of time zones are named: Postgres takes "america/new_york" too, and "PST" or "UTC+3" without a file.

    `ahead` is how many seconds it puts such a zone before UTC at present; one that does the same stands for it.
    """
    try:
        return ZoneInfo(zone).key
    except (KeyError, ValueError, OSError):
        same = (name for name in available_timezones() if name.lower() == zone.lower())
        return next(same, None) or _nearest(timedelta(seconds=ahead))


def _nearest(ahead: timedelta) -> str:
    """Where the clocks are never put forward, if there is such a zone, so that one moment tells as much as another."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    def distance(name: str) -> tuple[timedelta, bool, str]:
        offset = moment.astimezone(ZoneInfo(name)).utcoffset() or timedelta()
        return abs(offset - ahead), not name.startswith("Etc/"), name

    return min(available_timezones(), key=distance)


def next_opening(moment: datetime, zone: str, opens: time, closes: time, weekdays: tuple[int, ...] = ()) -> datetime:
    """`moment` itself when the window is open then, else when it opens next; in UTC. No `weekdays` means every day.

    A window whose end lies before its start runs over midnight and belongs to the day on which it began.
    """
    local = moment.astimezone(ZoneInfo(zone))
    for days in range(-1, 15):
        day = local.date() + timedelta(days=days)
        if weekdays and day.isoweekday() not in weekdays:
            continue
        start = datetime.combine(day, opens, tzinfo=local.tzinfo).astimezone(UTC)
        end_day = day if closes > opens else day + timedelta(days=1)
        end = datetime.combine(end_day, closes, tzinfo=local.tzinfo).astimezone(UTC)
        if opens == closes:
            start = datetime.combine(day, time.min, tzinfo=local.tzinfo).astimezone(UTC)
            end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=local.tzinfo).astimezone(UTC)
        if moment < end:
            return max(moment.astimezone(UTC), start)
    return moment.astimezone(UTC)
