"""Who may write promises: whatever changes the shop's data asks who acts, and what their role is at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from engine import (
    access,
    artworks,
    automations,
    closed_days,
    copies,
    customers,
    enquiries,
    first_steps,
    grace,
    imports,
    inbox,
    invoices,
    job_entry,
    job_statuses,
    jobs,
    link_tokens,
    payments,
    people,
    providers,
    prune,
    restoring,
    rule_switch,
    shipments,
    shop_profile,
    staff,
    suppressions,
    toasts,
)
from engine.capture import due
from engine.catalog.rules import rule
from engine.compose import drafts, exchange, wording
from engine.compose.composed import Composed
from engine.compose.wording import Wording
from engine.decide.run import decide_all
from engine.deliver import desk, export, log, test_send
from engine.errors import InkbellError, NotAllowed
from engine.store import connections, database
from tests import shop
from tests.callgraph import Graph
from tests.desk import NOW, after, open_shop, switch

# Functions that write although nobody's role is asked, and why there is nobody to ask.
NOBODY_ACTS = "the sidecar's own work on events and messages"
BY_TOKEN = "a customer acts, whom the token in the link names"
SIGNED = "a provider reports; its signature was checked, or we asked it ourselves"
BELOW = "a step of functions that asked, and knows the actor only as a name"
ON_THE_SERVER = "only commands on the server get here"
HARMLESS = "rolled back before anybody sees it, or about the person's own account"
WITHOUT_A_ROLE = {
    NOBODY_ACTS: (
        "capture.due.scan",
        "decide.run.decide_all",
        "decide.run.decide_batch",
        "decide.run.write",
        "decide.run.write_all",
        "deliver.answer.settle",
        "deliver.answer.settle_and_begin",
        "deliver.answer.settle_plain",
        "deliver.answer.stays",
        "deliver.channel.changes_hands",
        "deliver.channel.fault",
        "deliver.channel.may_claim",
        "deliver.channel.works",
        "deliver.claimed.Claimed.fill_up",
        "deliver.claimed.Claimed.take",
        "deliver.dispatch.Dispatcher.deliver",
        "deliver.here.deliver",
        "deliver.outbox.begin_attempt",
        "deliver.outbox.claim",
        "deliver.outbox.claim_to_try",
        "deliver.outbox.give_back",
        "deliver.outbox.keep_from_ageing",
        "deliver.outbox.recover",
        "deliver.outbox.release_held",
        "deliver.outbox.settle",
        "deliver.outbox.settle_outcome",
        "deliver.outbox.settle_sent",
        "deliver.outbox.settle_sent_and_begin",
        "deliver.reminders.cover",
        "store.alerts.tell_admins",
        "store.alerts.tell_elsewhere",
        "store.heartbeat.beat",
        "store.heartbeat.forget",
    ),
    BY_TOKEN: (
        "leads.receive",
        "payments.checkout.checkout_url",
        "proofs.approve",
        "proofs.decline",
        "reorders.request",
    ),
    SIGNED: (
        "deliver.aftercare.follow",
        "deliver.aftercare.reconcile",
        "deliver.aftercare.record_report",
        "inbound_texts.receive",
        "payments.astray.tell",
        "payments.hook.receive",
        "payments.settle.settle",
        "payments.watch.note_refusal",
        "payments.watch.refresh_open_sessions",
    ),
    BELOW: (
        "payments.settle.enter",
        "store.connections.clear",
        "store.connections.note_error",
        "store.connections.save",
        "store.fingerprint.adopt",
        "store.fingerprint.mark",
    ),
    ON_THE_SERVER: ("demo.load", "store.migrate.migrate"),
    HARMLESS: ("access.sign_in", "decide.as_if.happened"),
}
EXCEPTED = {f"engine.{name}": why for why, names in WITHOUT_A_ROLE.items() for name in names}
# What a screen may call of these, and what the customer's pages may.
OPEN_TO = {"pages": {HARMLESS}, "portal": {BY_TOKEN, SIGNED}}

KEY = "production_started_email"
ADMIN, OFFICE, EVERYBODY = ("admin",), ("admin", "sales"), access.ROLES


@cache
def graph() -> Graph:
    return Graph("engine", "pages", "portal", "app.py")


def writers() -> set[str]:
    """Every public function of the engine from which a statement is reached that changes rows."""
    return {
        name
        for name, function in graph().functions.items()
        if name.startswith("engine.") and function.is_public and graph().written(name)
    }


def asks(name: str) -> bool:
    return "engine.access.require" in graph().reached(name)


def test_every_function_that_writes_asks_for_a_role_or_says_why_not() -> None:
    silent = {name for name in writers() if not asks(name) or "actor" not in graph().functions[name].parameters}

    assert silent == EXCEPTED.keys()


@pytest.mark.parametrize("folder", OPEN_TO)
def test_no_screen_reaches_a_write_past_the_question_who_acts(folder: str) -> None:
    past = {
        (name, mentioned): EXCEPTED[mentioned]
        for name, function in graph().functions.items()
        if name.startswith(f"{folder}.")
        for mentioned in function.mentions & EXCEPTED.keys()
    }

    assert {place: why for place, why in past.items() if why not in OPEN_TO[folder]} == {}


@dataclass(frozen=True)
class Shop:
    """One of everything, so that each write has something to change."""

    connection: database.Connection
    folder: Path
    by_role: dict[str, int]
    gone: int
    ids: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.ids[name]


@dataclass(frozen=True)
class Write:
    """`first` is a statement that makes room for the call. `idle`: it finds nothing to do, whoever calls."""

    roles: tuple[str, ...]
    call: Callable[[Shop, access.Actor], object]
    first: str = "SELECT"
    idle: bool = False


def at(actor: access.Actor, moment: Any = NOW) -> dict[str, Any]:
    return {"actor": actor, "now": moment}


WRITES: dict[str, Write] = {
    "artworks.send": Write(OFFICE, lambda s, a: artworks.send(s.connection, s.job, image_url="", **at(a))),
    "artworks.approve": Write(OFFICE, lambda s, a: artworks.approve(s.connection, s.job, 1, by="M", note="", **at(a))),
    "artworks.decline": Write(
        OFFICE, lambda s, a: artworks.decline(s.connection, s.job, 1, by="M", reason="Wrong blue", **at(a))
    ),
    "automations.set_option": Write(
        ADMIN, lambda s, a: automations.set_option(s.connection, "payment_due_soon_email", "days_before", 5, **at(a))
    ),
    "automations.send_backlog": Write(
        ADMIN, lambda s, a: automations.send_backlog(s.connection, "invoice_overdue_email", s.backlog, a, NOW)
    ),
    "closed_days.add": Write(
        ADMIN, lambda s, a: closed_days.add(s.connection, date(2026, 3, 3), date(2026, 3, 3), "Move", **at(a))
    ),
    "closed_days.open_again": Write(
        ADMIN,
        lambda s, a: closed_days.open_again(s.connection, 7, **at(a)),
        first="INSERT INTO closed_day (id, day) OVERRIDING SYSTEM VALUE VALUES (7, '2026-03-04')",
    ),
    "compose.drafts.keep": Write(
        ADMIN, lambda s, a: drafts.keep(s.connection, KEY, Wording("Half", "", "x"), a, based_on=None)
    ),
    "compose.drafts.forget": Write(ADMIN, lambda s, a: drafts.forget(s.connection, KEY, a)),
    "compose.exchange.import_": Write(ADMIN, lambda s, a: exchange.import_(s.folder, a)),
    "compose.wording.save": Write(ADMIN, lambda s, a: wording.save(s.connection, KEY, Wording("New", "", "Text"), a)),
    "compose.wording.restore": Write(ADMIN, lambda s, a: wording.restore(s.connection, KEY, 1, a)),
    "compose.wording.keep": Write(ADMIN, lambda s, a: wording.keep(s.connection, KEY, a)),
    "compose.wording.revert": Write(ADMIN, lambda s, a: wording.revert(s.connection, KEY, a)),
    "copies.adopt": Write(
        ADMIN, lambda s, a: copies.adopt(s.connection, **at(a)), first="UPDATE shop SET fingerprint = 'another'"
    ),
    "customers.create": Write(OFFICE, lambda s, a: customers.create(s.connection, {"name": "Ann"}, **at(a))),
    "customers.of_lead": Write(
        OFFICE,
        lambda s, a: customers.of_lead(s.connection, 7, **at(a)),
        first="INSERT INTO lead (id, name, email) OVERRIDING SYSTEM VALUE VALUES (7, 'Jo', 'jo@example.com')",
    ),
    "customers.change": Write(
        OFFICE, lambda s, a: customers.change(s.connection, s.customer, {"company": "Bay"}, **at(a))
    ),
    "customers.pause": Write(OFFICE, lambda s, a: customers.pause(s.connection, s.customer, after(days=1), **at(a))),
    "customers.switch_off": Write(
        OFFICE,
        lambda s, a: customers.switch_off(s.connection, s.customer, KEY, until=None, reason="calls", **at(a)),
    ),
    "customers.switch_on": Write(
        OFFICE, lambda s, a: customers.switch_on(s.connection, s.customer, "job_complete_email", **at(a))
    ),
    "deliver.desk.release": Write(ADMIN, lambda s, a: desk.release(s.connection, [s.held], **at(a))),
    "deliver.desk.discard": Write(ADMIN, lambda s, a: desk.discard(s.connection, [s.held], **at(a))),
    "deliver.desk.put_aside": Write(OFFICE, lambda s, a: desk.put_aside(s.connection, [s.failed], **at(a))),
    "deliver.desk.send_again": Write(
        OFFICE, lambda s, a: desk.send_again(s.connection, s.failed, to="maya@example.com", **at(a))
    ),
    "deliver.export.table": Write(
        OFFICE, lambda s, a: export.table(s.connection, log.Wanted(), zone=NOW.tzinfo, **at(a))
    ),
    "deliver.test_send.to_myself": Write(
        OFFICE, lambda s, a: test_send.to_myself(s.connection, rule(KEY), Composed("A", "", "b", ""), a, now=NOW)
    ),
    "enquiries.add_lead": Write(
        OFFICE,
        lambda s, a: enquiries.add_lead(
            s.connection, name="Jo", email="jo@example.com", phone="", company="", message="", **at(a)
        ),
    ),
    "enquiries.handle": Write(
        OFFICE,
        lambda s, a: enquiries.handle(s.connection, "lead", 7, True, **at(a)),
        first="INSERT INTO lead (id, name) OVERRIDING SYSTEM VALUE VALUES (7, 'Jo')",
    ),
    "enquiries.add_reorder": Write(
        OFFICE, lambda s, a: enquiries.add_reorder(s.connection, job_number=s.number, quantity=9, note="", **at(a))
    ),
    "first_steps.tick": Write(ADMIN, lambda s, a: first_steps.tick(s.connection, "others", True, **at(a))),
    # Production may take back its own moves; this one was an admin's.
    "grace.undo": Write(OFFICE, lambda s, a: grace.undo(s.connection, s.moved, **at(a))),
    "grace.dont_send": Write(OFFICE, lambda s, a: grace.dont_send(s.connection, s.moved, **at(a))),
    "grace.send_now": Write(OFFICE, lambda s, a: grace.send_now(s.connection, s.moved, **at(a))),
    "imports.writing.carry_out": Write(
        OFFICE, lambda s, a: imports.carry_out(s.connection, s.plan, imports.Mapped(), quiet="all", **at(a))
    ),
    "inbox.mark_read": Write(EVERYBODY, lambda s, a: inbox.mark_read(s.connection, s.notice, actor=a)),
    "inbox.mark_all_read": Write(EVERYBODY, lambda s, a: inbox.mark_all_read(s.connection, up_to=s.notice, actor=a)),
    "invoices.change": Write(
        OFFICE,
        lambda s, a: invoices.change(s.connection, s.draft, {"total_cents": 7}, **at(a)),
    ),
    "invoices.create": Write(
        OFFICE, lambda s, a: invoices.create(s.connection, customer_id=s.customer, total_cents=100, **at(a))
    ),
    "invoices.send": Write(OFFICE, lambda s, a: invoices.send(s.connection, s.draft, **at(a))),
    "invoices.void": Write(OFFICE, lambda s, a: invoices.void(s.connection, s.invoice, **at(a))),
    "invoices.dispute": Write(OFFICE, lambda s, a: invoices.dispute(s.connection, s.invoice, True, **at(a))),
    "invoices.pause_reminders": Write(
        OFFICE, lambda s, a: invoices.pause_reminders(s.connection, s.invoice, after(days=3), **at(a))
    ),
    "invoices.request_payment_link": Write(
        OFFICE, lambda s, a: invoices.request_payment_link(s.connection, s.invoice, **at(a))
    ),
    "job_entry.change": Write(OFFICE, lambda s, a: job_entry.change(s.connection, s.job, {"title": "Green"}, **at(a))),
    "job_entry.create": Write(
        OFFICE, lambda s, a: job_entry.create(s.connection, job_entry.Order(s.customer, "Caps"), **at(a))
    ),
    "job_entry.pause": Write(OFFICE, lambda s, a: job_entry.pause(s.connection, s.job, True, **at(a))),
    "job_statuses.change": Write(
        ADMIN,
        lambda s, a: job_statuses.change(
            s.connection, "films", label="Film", customer_label="In work", announce=True, after="quote", **at(a)
        ),
    ),
    "jobs.move": Write(EVERYBODY, lambda s, a: jobs.move(s.connection, s.job, "bagging", actor=a)),
    "link_tokens.renew": Write(OFFICE, lambda s, a: link_tokens.renew(s.connection, "customer", s.customer, **at(a))),
    "payments.astray.did_not_come": Write(
        OFFICE,
        lambda s, a: payments.did_not_come(s.connection, s.invoice, **at(a)),
        first="UPDATE invoice SET payment_pending_at = now()",
    ),
    "payments.entry.record_payment": Write(
        OFFICE,
        lambda s, a: payments.record_payment(s.connection, s.invoice, 100, "cash", None, date(2026, 3, 2), a, NOW),
    ),
    "payments.entry.take_back": Write(OFFICE, lambda s, a: payments.take_back(s.connection, s.payment, **at(a))),
    "people.export": Write(
        ADMIN, lambda s, a: people.export(s.connection, s.customer, s.folder / f"export-{a}.json", **at(a))
    ),
    "people.forget_when_free": Write(
        ADMIN, lambda s, a: people.forget_when_free(s.customer, actor=a, force=True, seconds=0)
    ),
    "people.forget": Write(ADMIN, lambda s, a: people.forget(s.connection, s.customer, force=True, **at(a))),
    "providers.save": Write(
        ADMIN, lambda s, a: providers.save(s.connection, "smtp", {"host": "mail.example.com"}, actor=a)
    ),
    "providers.disconnect": Write(ADMIN, lambda s, a: providers.disconnect(s.connection, "stripe", actor=a)),
    "providers.test": Write(ADMIN, lambda s, a: providers.test("smtp", **at(a)), idle=True),
    "prune.prune": Write(ADMIN, lambda s, a: prune.prune(timedelta(days=90), **at(a)), idle=True),
    "restoring.restore": Write(ADMIN, lambda s, a: restoring.restore(s.folder / "none.dump", actor=a), idle=True),
    "rule_switch.enable": Write(ADMIN, lambda s, a: rule_switch.enable(s.connection, "status_change_email", **at(a))),
    "rule_switch.disable": Write(ADMIN, lambda s, a: rule_switch.disable(s.connection, KEY, **at(a))),
    "shipments.add": Write(
        EVERYBODY, lambda s, a: shipments.add(s.connection, [shipments.Parcel(s.number, "UPS", "1Z1")], **at(a))
    ),
    "shop_profile.change": Write(ADMIN, lambda s, a: shop_profile.change(s.connection, {"name": "New"}, **at(a))),
    "shop_profile.set_mode": Write(ADMIN, lambda s, a: shop_profile.set_mode(s.connection, "sandbox", **at(a))),
    "shop_profile.pause_all": Write(ADMIN, lambda s, a: shop_profile.pause_all(s.connection, **at(a))),
    "shop_profile.resume_all": Write(
        ADMIN,
        lambda s, a: shop_profile.resume_all(s.connection, **at(a)),
        first="UPDATE shop SET sending_paused = true",
    ),
    "staff.deactivate": Write(ADMIN, lambda s, a: staff.deactivate(s.connection, s.colleague, actor=a)),
    "staff.add": Write(ADMIN, lambda s, a: staff.add(s.connection, "new@example.com", "New", "admin", actor=a)),
    "suppressions.add": Write(
        OFFICE, lambda s, a: suppressions.add(s.connection, "email", "maya@example.com", note="asked", **at(a))
    ),
    "suppressions.lift": Write(
        OFFICE, lambda s, a: suppressions.lift(s.connection, "sms", "+12125550123", note="asked", **at(a))
    ),
    "toasts.choose": Write(EVERYBODY, lambda s, a: toasts.choose(s.connection, "mine", actor=a)),
}


def test_every_writer_that_asks_is_called_below() -> None:
    assert {f"engine.{name}" for name in WRITES} == writers() - EXCEPTED.keys()


@pytest.fixture
def furnished(connection: shop.Connection, tmp_path: Path) -> Iterator[Shop]:
    open_shop(connection, grace_seconds=120)
    by_role = {role: shop.make_staff(connection, role=role)["id"] for role in access.ROLES}
    colleague = shop.make_staff(connection, role="admin")["id"]
    gone = shop.make_staff(connection, role="admin", active=False)["id"]
    customer = shop.make_customer(connection, email="maya@example.com")["id"]
    job = shop.make_job(connection, customer_id=customer, status="films")
    shop.make_artwork(connection, job_id=job["id"])
    owed = shop.make_invoice(
        connection, customer_id=customer, status="sent", due_date=date(2026, 1, 5), created_at="2026-01-01Z"
    )
    draft = shop.make_invoice(connection, customer_id=customer)
    shop.make_lead(connection)
    shop.insert(connection, "rule_override", customer_id=customer, rule_key="job_complete_email", enabled=False)
    shop.insert(connection, "suppression", channel="sms", address="+12125550123", reason="opted_out", since=NOW)
    switch(connection, True, KEY)
    connection.execute("UPDATE rule_setting SET enabled_at = %s WHERE rule_key = 'invoice_overdue_email'", [NOW])
    told = shop.make_job(connection, customer_id=customer, status="films")
    with database.transaction() as own:
        connections.save(own, "stripe", {"api_key": "a key"}, actor="local")
        drafts.keep(own, KEY, Wording("Half", "", "x"), by_role["admin"], based_on=None)
        wording.save(own, KEY, Wording("First", "", "First"), access.LOCAL)
        wording.save(own, KEY, Wording("Second", "", "Second"), access.LOCAL)
        for each in (told, shop.make_job(connection, customer_id=customer, status="films")):
            jobs.move(own, each["id"], "in_production", actor=by_role["admin"])
        plan = imports.plan(own, "customers", imports.read(b"name\nAnn\n"), imports.Mapped({"name": "name"}))
    due.scan(NOW)
    decide_all(NOW)
    connection.execute("UPDATE message SET status = 'sent' WHERE channel = 'in_app'")
    first, second = _ids(connection, "message", rule_key=KEY)
    connection.execute("UPDATE message SET status = 'held', reason = 'surge' WHERE id = %s", [first])
    copy = connection.execute("SELECT * FROM message WHERE id = %s", [second]).fetchone()
    assert copy is not None
    failed = shop.insert(
        connection, "message", **{name: copy[name] for name in COPIED}, status="failed", dedupe_key="failed"
    )
    (tmp_path / f"{KEY}.md").write_text("Subject: Changed\n\nChanged.\n")
    ids = {
        "job": job["id"], "number": job["number"], "customer": customer, "invoice": owed["id"], "draft": draft["id"],
        "colleague": colleague, "plan": plan, "held": first, "failed": failed["id"],
        "moved": copy["event_id"], "payment": shop.make_payment(connection)["id"],
        "notice": max(_ids(connection, "message", staff_id=by_role["admin"])),
        "backlog": _ids(connection, "event", type="invoice.overdue"),
    }  # fmt: skip
    with database.transaction() as own:
        yield Shop(own, tmp_path, by_role, gone, ids)


COPIED = ("event_id", "rule_key", "channel", "customer_id", "to_address", "send_after", "mode")


def _ids(connection: shop.Connection, table: str, **where: Any) -> list[int]:
    ((column, value),) = where.items()
    found = sql.SQL("SELECT id FROM {} WHERE {} = %s ORDER BY id").format(*map(sql.Identifier, (table, column)))
    return [row["id"] for row in connection.execute(found, [value])]


def tried(given: Shop, write: Write, actor: access.Actor) -> tuple[InkbellError | None, set[str]]:
    """What was raised, and which tables had changed by then; all of it is taken back."""
    raised = None
    with given.connection.transaction(force_rollback=True):
        given.connection.execute(write.first)
        before = shop.digests(given.connection)
        try:
            write.call(given, actor)
        except InkbellError as error:
            raised = error
        now = shop.digests(given.connection)
    return raised, {name for name in now if now[name] != before[name]}


def test_whoever_has_left_or_was_never_here_writes_nothing(furnished: Shop) -> None:
    for actor in (furnished.gone, 999_999):
        answers = {name: tried(furnished, write, actor) for name, write in WRITES.items()}

        assert {name: said for name, said in answers.items() if not isinstance(said[0], NotAllowed) or said[1]} == {}


def test_each_write_is_open_to_its_roles_and_to_nobody_else(furnished: Shop) -> None:
    answers = {
        (name, role): tried(furnished, write, actor)
        for name, write in WRITES.items()
        for role, actor in furnished.by_role.items()
    }

    refused = {place: tables for place, (raised, tables) in answers.items() if isinstance(raised, NotAllowed)}
    closed = {(name, role) for name, write in WRITES.items() for role in access.ROLES if role not in write.roles}
    assert refused == {place: set[str]() for place in closed}
    # The same call by an admin does write, so it was the role that stopped the others.
    idle = {name: raised for (name, role), (raised, tables) in answers.items() if role == "admin" and not tables}
    assert idle.keys() == {name for name, write in WRITES.items() if write.idle}, idle
