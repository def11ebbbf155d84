"""Notices payments without any webhook: asks Stripe what became of the sessions that can still bring money."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import datetime

import structlog

from engine.errors import NotConnected, ProviderUnavailable
from engine.payments import astray, provider
from engine.payments.provider import Session, Stripe
from engine.payments.settle import Row, held, settle, sql
from engine.store import alerts, connections, database

log = structlog.get_logger()

BATCH = 50
ANSWER_SECONDS = 5.0
MOST_FAILURES = 3
"""Questions in a row without an answer: Stripe is down, and each of the others would wait for it too."""
WORDS = {"paid": "paid", "pending": "payment_pending", "failed": "payment_failed", "expired": "checkout_expired"}


def refresh_open_sessions(now: datetime | None = None, *, at_once: bool = False) -> Counter[str]:
    """
    Counts what changed: paid, payment_pending, payment_failed, checkout_expired; empty when nothing did.

    Asks about the sessions whose turn it is: young ones every few seconds, older ones every few minutes; `at_once` asks
    about all. An open session that no longer fits its invoice is expired. Never raises because of Stripe.
    """
    tally: Counter[str] = Counter()
    with database.transaction() as connection:
        now = now or database.now(connection)
        fault = connection.execute(sql.fault).fetchone()
        probing = bool(fault and fault["last_error"])
        if probing and not connection.execute(sql.take_probe, {"now": now, "at_once": at_once}).fetchone():
            return tally
        rows = connection.execute(sql.take, {"now": now, "at_once": at_once, "most": BATCH}).fetchall()
        if not rows and not probing:
            return tally
        try:
            stripe: Stripe | None = provider.connected(connection, timeout=ANSWER_SECONDS, retries=0)
        except NotConnected:
            stripe = None
    if stripe is None:
        for row in rows:
            _nobody_to_ask(row, now)
        return tally
    with closing(stripe):
        try:
            if probing:
                stripe.check()
                with database.transaction() as connection:
                    connections.note_error(connection, "stripe", None, now=now)
            _refresh_all(stripe, rows, now, tally)
        except provider.CredentialsRefused as error:
            note_refusal(error, now)
        except (ProviderUnavailable, provider.Refused) as error:
            log.warning("checkouts not refreshed", error=type(error).__name__)
    return tally


def _refresh_all(stripe: Stripe, rows: list[Row], now: datetime, tally: Counter[str]) -> None:
    failures = 0
    for row in rows:
        try:
            change = _refresh(stripe, row, now)
        except ProviderUnavailable as error:
            failures += 1
            log.warning("checkout not refreshed", invoice=row["invoice_id"], error=type(error).__name__)
            if failures == MOST_FAILURES:
                return
            continue
        failures = 0
        if change:
            tally[change] += 1


def note_refusal(error: provider.CredentialsRefused, now: datetime) -> None:
    """Stripe counts as not connected until it takes a key again; admins hear of it once per outage."""
    with database.transaction() as connection:
        connections.note_error(connection, "stripe", str(error), now=now)
        fault = connection.execute(sql.fault).fetchone()
        assert fault is not None
        since = fault["failing_since"].isoformat()
        subject = "Card payments don't work"
        body = "Stripe refused the key, so customers can't pay by card. Check it on Settings → Connections."
        alerts.tell_admins(connection, now=now, cause=f"stripe:credentials:{since}", subject=subject, body=body)
        alerts.tell_elsewhere(connection, now=now, failing="stripe", cause="credentials", subject=subject, body=body)
    log.warning("credentials refused", provider="stripe")


def _nobody_to_ask(row: Row, now: datetime) -> None:
    with database.transaction() as connection:
        invoice = held(connection, row["invoice_id"], now)
        present = connection.execute(sql.session, {"id": row["id"]}).fetchone()
        if invoice and present and present["status"] == "pending":
            astray.tell(connection, invoice, present, now)


def _refresh(stripe: Stripe, row: Row, now: datetime) -> str | None:
    """The word for what changed, or None. Stripe is asked while nothing is locked."""
    try:
        session = stripe.retrieve(row["provider_id"])
    except provider.Refused as error:
        # Of another account, or gone. What has outlived its day is not waited for.
        log.warning("checkout not found", invoice=row["invoice_id"], code=error.code)
        session = None
    status = _write(row, session, now)
    if status == "outdated" and session is not None:
        status = _write(row, stripe.expire(session.id), now)
    return WORDS.get(status)


def _write(row: Row, session: Session | None, now: datetime) -> str:
    with database.transaction() as connection:
        invoice = held(connection, row["invoice_id"], now)
        present = connection.execute(sql.session, {"id": row["id"]}).fetchone()
        if invoice is None or present is None or present["status"] not in ("open", "pending"):
            return "settled"
        if session is None:
            if present["status"] == "open" and present["expires_at"] is not None and present["expires_at"] < now:
                connection.execute(sql.mark, {"id": row["id"], "status": "expired", "now": now})
                return "expired"
            if present["status"] == "pending":
                astray.tell(connection, invoice, present, now)
            connection.execute(sql.look_again, {"id": row["id"], "now": now})
            return "unchanged"
        status = settle(connection, invoice, present, session, now)
        due = (invoice["balance_cents"], invoice["currency"]) if invoice["status"] == "sent" else None
        if status == "open" and due != (present["amount_cents"], present["currency"]):
            return "outdated"
        connection.execute(sql.look_again, {"id": row["id"], "now": now})
        return status if status != present["status"] else "unchanged"
