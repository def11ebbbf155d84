"""The log as a table for a spreadsheet, in which no cell can become a formula."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

from engine import access
from engine.deliver import desk, log
from engine.store.database import Connection

MOST = 50_000
BATCH = 2_000
COLUMNS = (
    "Message", "Decided", "Sent", "Status", "Why", "Trigger", "Channel", "To", "Address", "Job", "Invoice", "Subject",
)  # fmt: skip

# https://owasp.org/www-community/attacks/CSV_Injection; the wide ones count in Japanese and Chinese spreadsheets.
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(cell: str) -> str:
    """An apostrophe in front makes it text to every spreadsheet, a phone number's plus sign included."""
    return f"'{cell}" if cell.startswith(_STARTS_A_FORMULA) else cell


def table(connection: Connection, wanted: log.Wanted, *, actor: access.Actor, now: datetime, zone: ZoneInfo) -> bytes:
    """CSV in UTF-8 with a byte order mark, by which Excel knows it; times on the shop's clock. Raises NotAllowed."""
    access.require(connection, actor, "admin", "sales")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    ids = log.ids(connection, wanted, MOST)
    for start in range(0, len(ids), BATCH):
        writer.writerows(_row(line, zone) for line in log.lines(connection, ids[start : start + BATCH]))
    connection.execute(desk.sql.note_export, {"now": now, "actor": access.name(actor), "count": len(ids)})
    return out.getvalue().encode("utf-8-sig")


def _row(line: log.Line, zone: ZoneInfo) -> list[str]:
    cells = (
        str(line.id),
        _moment(line.created_at, zone),
        _moment(line.sent_at, zone),
        line.status,
        line.sentence if line.reason else "",
        line.rule_title,
        line.channel,
        line.recipient,
        line.to_address,
        line.job_number,
        line.invoice_number,
        line.subject,
    )
    return [defused(cell or "") for cell in cells]


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""
