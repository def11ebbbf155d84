"""Times and dates as people say them, on the shop's clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.deliver import log
from engine.store.standing import Standing


def said(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A time as people say it, on the shop's clock: "today 14:05", "Tue 3 Nov 14:05"."""
    there, here = moment.astimezone(zone), now.astimezone(zone)
    days = (there.date() - here.date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    if near is not None:
        return f"{near} {there:%H:%M}"
    year = f" {there.year}" if there.year != here.year else ""
    return f"{there:%a} {there.day} {there:%b}{year} {there:%H:%M}"


def day(value: date, now: datetime, zone: ZoneInfo) -> str:
    """A date as people say it: "today", "Tue 3 Nov"."""
    today = now.astimezone(zone).date()
    near = {today - timedelta(1): "yesterday", today: "today", today + timedelta(1): "tomorrow"}.get(value)
    year = f" {value.year}" if value.year != today.year else ""
    return near or f"{value:%a} {value.day} {value:%b}{year}"


def when(message: log.Line, now: Standing) -> str:
    if message.status == "queued":
        moment = max(message.send_after, message.try_after or message.send_after)
        if moment > now.now:
            return f"goes out {said(moment, now.now, now.zone)}"
        if message.channel in ("email", "sms") and (stopped := waits_for(message.channel_fault, message.mode, now)):
            return f"waits until {stopped}"
        return "goes out now"
    return said(message.sent_at or message.created_at, now.now, now.zone)


def waits_for(channel_fault: str | None, mode: str | None, now: Standing) -> str | None:
    """What has to happen before an email or a text goes, however late it is."""
    if now.sending_paused:
        return "sending is resumed"
    if channel_fault and mode != "sandbox":
        return "its channel works"
    return None
