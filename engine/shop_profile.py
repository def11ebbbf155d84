"""The shop's own row: who it is, when it may speak, how far messages go, and the switch that stops them all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine import access, links
from engine.catalog.facts import Shop
from engine.errors import Conflict, InkbellError
from engine.settings import Mode
from engine.shop_fields import CHECKS, Row
from engine.store import facts, queries
from engine.store.database import Connection

sql = queries.load("shop_profile")


def read(connection: Connection) -> Shop:
    return facts.shop(connection)


def change(connection: Connection, values: Mapping[str, Any], *, actor: access.Actor, now: datetime) -> list[str]:
    """The columns that changed; an empty text means none. Raises InkbellError naming the first that can't be used."""
    access.require(connection, actor, "admin")
    unknown = [name for name in values if name not in CHECKS]
    if unknown:
        raise InkbellError(f"the shop has no setting {unknown[0]!r} that can be changed here; it has {sorted(CHECKS)}")
    before = _held(connection)
    draft = before | {name: _said(value) for name, value in values.items()}
    checked = {name: CHECKS[name](name, draft[name], draft) for name in values}
    after = before | checked
    _keep_the_ladder(after)
    return _write(connection, before, after, "shop.changed", actor, now)


def set_mode(connection: Connection, mode: Mode | None, *, actor: access.Actor, now: datetime) -> bool:
    """False when it was so already; None leaves it to INKBELL_DELIVERY. Raises Conflict with what is missing."""
    access.require(connection, actor, "admin")
    before = _held(connection)
    after = before | {"delivery_mode": mode}
    _keep_the_ladder(after)
    return bool(_write(connection, before, after, "shop.delivery_mode", actor, now))


def obstacle(mode: Mode, shop: Shop) -> str | None:
    """Why the shop can't take this step of the ladder, as a sentence that says what to do; None when it can."""
    return _obstacle(mode, shop.public_url, shop.redirect_email, shop.redirect_phone)


def pause_all(connection: Connection, *, actor: access.Actor, now: datetime) -> bool:
    """Stops every email and text at once; False when they were stopped already."""
    access.require(connection, actor, "admin")
    before = _held(connection)
    return bool(_write(connection, before, before | {"sending_paused": True}, "sending.paused", actor, now))


def resume_all(connection: Connection, *, actor: access.Actor, now: datetime) -> bool:
    """What waited goes out, and the time of the pause makes none of it late; False when nothing was paused."""
    access.require(connection, actor, "admin")
    before = _held(connection)
    return bool(_write(connection, before, before | {"sending_paused": False}, "sending.resumed", actor, now))


def _said(value: Any) -> Any:
    return value.strip() or None if isinstance(value, str) else value


def _held(connection: Connection) -> Row:
    row = connection.execute(sql.held).fetchone()
    if row is None:
        raise LookupError("the shop row is missing; run `python -m engine migrate`")
    return row


def _write(
    connection: Connection, before: Row, after: Row, action: str, actor: access.Actor, now: datetime
) -> list[str]:
    changed = [name for name in before if before[name] != after[name]]
    if changed:
        connection.execute(sql.change, after)
        told = {"now": now, "actor": access.name(actor), "action": action}
        connection.execute(sql.record, {**told, "before": _shown(before, changed), "after": _shown(after, changed)})
    return changed


def _shown(row: Row, names: list[str]) -> Jsonb:
    return Jsonb({name: row[name] if isinstance(row[name], bool | int | list) else _text(row[name]) for name in names})


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _keep_the_ladder(row: Row) -> None:
    mode: Mode | None = row["delivery_mode"]
    if mode and (said := _obstacle(mode, row["public_url"], row["redirect_email"], row["redirect_phone"])):
        raise Conflict(said)


def _obstacle(mode: Mode, public_url: str | None, redirect_email: str | None, redirect_phone: str | None) -> str | None:
    if mode == "live" and not links.base(public_url).startswith("https://"):
        return "going live needs a public https address for customers' links; set it under Shop, or INKBELL_PUBLIC_URL"
    if mode == "redirect" and not (redirect_email or redirect_phone):
        return "redirect needs a test address or a test number that everything goes to; set one under Sending"
    return None
