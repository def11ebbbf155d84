"""People's data promises: it can be handed over whole, and forgotten without forgetting to leave them alone."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import access, artworks, customers, job_entry, people, proofs, suppressions
from engine.catalog.forgotten import digest
from engine.decide import run as decide_run
from engine.deliver import channel, outbox
from engine.deliver.outcome import Accepted
from engine.errors import Conflict, InkbellError, NotAllowed
from engine.store import database, facts
from engine.store.database import Connection
from tests.chaos.storm import until
from tests.desk import NOW
from tests.shop import (
    Row,
    insert,
    make_artwork,
    make_customer,
    make_invoice,
    make_job,
    make_lead,
    make_reorder_request,
    make_staff,
    update,
)
from tests.test_commands import one_line, run

CANARY = "Zephyrine"
EMAIL, PHONE = "zephyrine@example.com", "+12125550187"


@pytest.fixture
def maya(connection: Connection) -> Row:
    """A customer whose name, addresses and words are everywhere that a customer's can be."""
    customer = make_customer(
        connection, name=CANARY, company=f"{CANARY} Ltd", email=EMAIL, billing_email=f"books.{EMAIL}",
        cc_emails=[f"cc.{EMAIL}"], phone="(212) 555-0187",
    )  # fmt: skip
    job = make_job(
        connection, customer_id=customer["id"], contact_name=CANARY, contact_email=f"job.{EMAIL}", source="customer"
    )
    make_artwork(
        connection, job_id=job["id"], status="declined", decline_reason=CANARY, decided_by=CANARY, decided_note=CANARY
    )
    invoice = make_invoice(
        connection, customer_id=customer["id"], job_id=job["id"], status="paid", amount_paid_cents=48_250
    )
    insert(
        connection, "checkout_session", invoice_id=invoice["id"], n=1, provider_id="cs_1", amount_cents=48_250,
        currency="USD", status="expired",
    )  # fmt: skip
    make_reorder_request(connection, customer_id=customer["id"], job_id=job["id"], note=CANARY)
    make_lead(connection, name=CANARY, email=EMAIL.upper(), phone=PHONE, company=CANARY, message=CANARY)
    insert(
        connection, "rule_override", customer_id=customer["id"], rule_key="order_received_email", enabled=False,
        reason=CANARY,
    )  # fmt: skip
    insert(connection, "inbound_text", message_sid="SM1", from_number=PHONE, body=CANARY)
    make_message(connection, "reply", rule_key="sms_reply", channel="in_app", dedupe_key="sms_reply:SM1:all")
    sent = make_message(connection, "sent", customer_id=customer["id"], to_address=EMAIL)
    event = connection.execute("SELECT id FROM event WHERE type = 'artwork.declined'").fetchone()
    assert event
    make_message(connection, "notice", channel="in_app", event_id=event["id"])
    insert(
        connection, "attempt", message_id=sent["id"], lease=1, started_at=NOW, to_address=EMAIL, detail=f"to {EMAIL}"
    )
    connection.execute('UPDATE event SET handled_at = now(), payload = payload || \'{"actor": "Zephyrine"}\'')
    suppressions.add(connection, "sms", PHONE, note=f"{CANARY} called", actor=access.LOCAL, now=NOW)
    suppressions.add(connection, "email", EMAIL, note="came back", actor=access.LOCAL, now=NOW, reason="bounced")
    return customer


def make_message(connection: Connection, key: str, **values: Any) -> Row:
    return insert(
        connection,
        "message",
        **{
            "rule_key": "order_received_email", "channel": "email", "status": "sent", "dedupe_key": key,
            "subject": CANARY, "body_text": CANARY, "body_html": CANARY, "send_after": NOW, "sent_at": NOW,
        } | values,
    )  # fmt: skip


def everything(connection: Connection) -> str:
    """The whole database as text."""
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    return "\n".join(
        f"{table['tablename']} {row}"
        for table in tables
        for row in connection.execute(f"SELECT to_jsonb(t) AS row FROM {table['tablename']} AS t").fetchall()
    )


def traces(connection: Connection) -> list[str]:
    words = (CANARY.lower(), "2125550187", "(212) 555-0187")
    return [line for line in everything(connection).splitlines() if any(word in line.lower() for word in words)]


def forget(connection: Connection, customer: Row, **options: Any) -> people.Forgotten:
    with connection.transaction():
        return people.forget(connection, customer["id"], actor=access.COMMAND_LINE, now=NOW, **options)


def test_an_export_holds_all_that_is_known_and_nobody_else_may_read_it(
    connection: Connection, maya: Row, tmp_path: Path
) -> None:
    make_customer(connection, name="Somebody Else")
    file = tmp_path / "maya.json"

    done = run("customer", "export", str(maya["id"]), file)

    known = json.loads(file.read_text(encoding="utf-8"))
    empty = sorted(name for name, value in known.items() if not value)
    assert (done.returncode, empty) == (0, ["payments", "shipments"])
    assert len(known["messages"]) == 3
    assert [checkout["provider_id"] for checkout in known["checkouts"]] == ["cs_1"]
    assert known["customer"]["name"] == CANARY
    assert "Somebody Else" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_export_opens_no_door(connection: Connection, maya: Row, tmp_path: Path) -> None:
    tokens = [row["t"] for row in connection.execute(
        "SELECT portal_token AS t FROM customer UNION ALL SELECT review_token FROM artwork "
        "UNION ALL SELECT pay_token FROM invoice")]  # fmt: skip

    words = " ".join(f"https://orders.example.com/{token}" for token in tokens)
    make_message(connection, "linked", customer_id=maya["id"], to_address=EMAIL, body_text=words, body_html=words)

    run("customer", "export", str(maya["id"]), tmp_path / "maya.json")

    written = (tmp_path / "maya.json").read_text()
    assert len(tokens) == 3
    assert "https://orders.example.com/" in written
    assert not [token for token in tokens if token in written]


def test_an_export_replaces_no_file(connection: Connection, maya: Row, tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_text("kept")

    refused = run("customer", "export", str(maya["id"]), tmp_path / "kept.json")

    assert refused.returncode == 1
    assert "File exists" in one_line(refused.stderr)
    assert (tmp_path / "kept.json").read_text() == "kept"


def test_somebody_who_was_forgotten_is_found_nowhere(connection: Connection, maya: Row) -> None:
    done = run("customer", "forget", str(maya["id"]))

    assert done.stdout == f"forgot customer {maya['id']}: 3 messages emptied, 2 suppressions kept\n"
    assert traces(connection) == []


def test_what_was_written_down_about_their_decisions_and_their_data_names_nobody_any_more(
    connection: Connection, maya: Row
) -> None:
    """Every door by which the shop and the customer themself put words about a customer into the book of changes."""
    by = {"actor": access.LOCAL, "now": NOW}
    given = {"name": CANARY, "company": CANARY, "email": EMAIL, "billing_email": EMAIL, "cc_emails": EMAIL}
    with connection.transaction():
        known = customers.create(connection, {**given, "phone": PHONE, "texts_allowed": True}, **by)
        customers.change(connection, known, {"email": f"new.{EMAIL}", "cc_emails": f"new.{EMAIL}"}, **by)
        customers.switch_off(connection, known, "order_received_email", until=None, reason=CANARY, **by)
    number = job_entry.create(connection, job_entry.Order(known, "48 shirts", contact_name=CANARY), **by)
    job = connection.execute("SELECT id FROM job WHERE number = %s", [number]).fetchone()
    assert job
    for version, decide in enumerate((ask_for_changes, approve_at_the_counter, approve_online), start=1):
        make_artwork(connection, job_id=job["id"], version=version)
        with connection.transaction():
            decide(connection, job["id"], version)
    connection.execute("UPDATE event SET handled_at = now()")

    with connection.transaction():
        people.forget(connection, known, **by)
        people.forget(connection, maya["id"], **by)

    assert traces(connection) == []
    assert "203.0.113.7" not in everything(connection)
    rows = connection.execute("SELECT action, after FROM audit_entry WHERE action LIKE 'proof%' ORDER BY id").fetchall()
    assert [row["action"] for row in rows] == ["proof declined", "proof.approved", "proof approved"]
    assert [row["after"]["version"] for row in rows] == [1, 2, 3]
    assert "spelling" in rows[2]["after"]["statement"]


def ask_for_changes(connection: Connection, job_id: int, version: int) -> None:
    token = token_of(connection, job_id, version)
    how = proofs.Circumstances("203.0.113.7", CANARY)
    proofs.decline(connection, token, version, name=CANARY, reason=CANARY, circumstances=how, now=NOW)


def approve_at_the_counter(connection: Connection, job_id: int, version: int) -> None:
    artworks.approve(connection, job_id, version, by=CANARY, note=f"{CANARY} called", actor=access.LOCAL, now=NOW)


def approve_online(connection: Connection, job_id: int, version: int) -> None:
    token = token_of(connection, job_id, version)
    how = proofs.Circumstances("203.0.113.7", CANARY)
    proofs.approve(
        connection, token, version, name=CANARY, checked=True, note=CANARY, circumstances=how, now=NOW
    )  # fmt: skip


def token_of(connection: Connection, job_id: int, version: int) -> str:
    row = connection.execute(
        "SELECT review_token FROM artwork WHERE job_id = %s AND version = %s", [job_id, version]
    ).fetchone()
    assert row
    return str(row["review_token"])


def test_forgetting_keeps_what_the_books_and_the_ledger_need(connection: Connection, maya: Row) -> None:
    before = connection.execute("SELECT number, total_cents, status FROM invoice").fetchall()
    keys = connection.execute("SELECT id, status, dedupe_key FROM message ORDER BY id").fetchall()

    forget(connection, maya)

    assert connection.execute("SELECT number, total_cents, status FROM invoice").fetchall() == before
    assert connection.execute("SELECT id, status, dedupe_key FROM message ORDER BY id").fetchall() == keys


def test_every_link_of_theirs_is_dead(connection: Connection, maya: Row) -> None:
    tokens = "SELECT portal_token, review_token, pay_token FROM customer, artwork, invoice"
    before = connection.execute(tokens).fetchone()

    forget(connection, maya)

    after = connection.execute(tokens).fetchone()
    assert before
    assert after
    assert not set(before.values()) & set(after.values())


def test_silence_outlives_the_address(connection: Connection, maya: Row) -> None:
    forget(connection, maya)

    back = make_customer(connection, email=EMAIL.title(), phone="212-555-0187")
    job = make_job(connection, customer_id=back["id"], source="customer")
    waiting = "SELECT id FROM event WHERE subject_id = %s AND handled_at IS NULL"
    event = connection.execute(waiting, [job["id"]]).fetchone()

    assert event
    assert facts.for_events(connection, [event["id"]])[event["id"]].suppressed == {("email", EMAIL), ("sms", PHONE)}


def test_a_silence_that_is_only_a_digest_can_be_lifted_by_whoever_knows_the_address(
    connection: Connection, maya: Row
) -> None:
    forget(connection, maya)

    lifted = suppressions.lift(connection, "sms", PHONE, note="asked us to", actor=access.LOCAL, now=NOW)

    row = connection.execute("SELECT lifted_at FROM suppression WHERE channel = 'sms'").fetchone()
    assert lifted
    assert row == {"lifted_at": NOW}


def test_somebody_who_comes_back_silences_us_and_is_forgotten_again_stays_silent(
    connection: Connection, maya: Row
) -> None:
    forget(connection, maya)
    suppressions.lift(connection, "sms", PHONE, note="came back", actor=access.LOCAL, now=NOW)
    back = make_customer(connection, name=CANARY, email=None, phone=PHONE)
    suppressions.add(connection, "sms", PHONE, note="left again", actor=access.LOCAL, now=NOW)

    forget(connection, back)

    rows = connection.execute("SELECT address, lifted_at FROM suppression WHERE channel = 'sms'").fetchall()
    assert rows == [{"address": digest(PHONE), "lifted_at": None}]
    assert traces(connection) == []


def test_the_database_and_the_program_make_the_same_digest(connection: Connection) -> None:
    row = connection.execute("SELECT forgotten_address('Ännchen@Example.com') AS said").fetchone()

    assert row == {"said": digest("Ännchen@Example.com")}


def test_an_address_that_another_customer_has_too_stays_readable(connection: Connection, maya: Row) -> None:
    make_customer(connection, email=EMAIL, phone=None)

    forget(connection, maya)

    rows = connection.execute("SELECT channel, address FROM suppression ORDER BY channel").fetchall()
    assert [row["address"] for row in rows] == [EMAIL, digest(PHONE)]


def test_whoever_owes_money_is_forgotten_only_by_force(connection: Connection, maya: Row) -> None:
    make_invoice(connection, customer_id=maya["id"], status="sent", number="INV-9", total_cents=12_000)

    refused = run("customer", "forget", str(maya["id"]))
    forced = run("customer", "forget", str(maya["id"]), "--force")

    assert refused.returncode == 1
    assert one_line(refused.stderr) == (
        f"customer {maya['id']} owes 120.00 USD on 'INV-9'; settle that first, or add --force"
    )
    assert forced.returncode == 0
    entry = connection.execute("SELECT actor, after FROM audit_entry WHERE action = 'customer forgotten'").fetchone()
    assert entry == {"actor": "command line", "after": {"messages": 3, "suppressions": 2, "forced": True}}


def test_nothing_that_waits_goes_to_somebody_who_was_forgotten(connection: Connection, maya: Row) -> None:
    waiting = [
        make_message(connection, status, customer_id=maya["id"], status=status, sent_at=None)
        for status in ("queued", "held")
    ]

    forget(connection, maya)

    rows = connection.execute("SELECT status FROM message WHERE id = ANY(%s)", [[w["id"] for w in waiting]]).fetchall()
    assert [row["status"] for row in rows] == ["cancelled", "cancelled"]


def test_while_a_message_is_on_its_way_nothing_is_forgotten(connection: Connection, maya: Row) -> None:
    make_message(
        connection, "away", customer_id=maya["id"], status="sending", leased_until=NOW + timedelta(minutes=2), lease=1
    )

    with pytest.raises(Conflict, match="on its way"):
        forget(connection, maya)

    assert len(traces(connection)) > 10


LOCKED = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def waits(connection: Connection) -> bool:
    """Whether somebody waits for a lock that another transaction holds."""
    return bool(connection.execute(LOCKED).fetchall())


def on_its_way(connection: Connection, maya: Row) -> outbox.Claim:
    """An email that a sender has just claimed."""
    make_message(connection, "away", customer_id=maya["id"], status="queued", sent_at=None, subject=None)
    with database.transaction() as sender:
        [claim] = outbox.claim(sender, "email", NOW)
    return claim


def begin(claim: outbox.Claim) -> bool:
    words = {"subject": CANARY, "body_text": CANARY, "body_html": CANARY, "to_address": EMAIL, "handed_to": EMAIL}
    with database.transaction() as sender:
        unchanged = channel.desk(sender, "email").unchanged
        content = words | {"wording_version_id": None, "dunning_on": None}
        return outbox.begin_attempt(sender, claim, content, unchanged, NOW)


def settle(claim: outbox.Claim) -> None:
    with database.transaction() as sender:
        outbox.settle_outcome(sender, claim, Accepted("smtp:1", f"to {EMAIL}"), NOW)


def test_a_sender_beside_it_writes_nothing_over_what_was_blanked(connection: Connection, maya: Row) -> None:
    claim = on_its_way(connection, maya)
    with pytest.raises(Conflict, match="on its way"):
        forget(connection, maya)
    assert begin(claim)
    with pytest.raises(Conflict, match="on its way"):
        forget(connection, maya)
    settle(claim)

    forget(connection, maya)

    assert not begin(claim)
    settle(claim)
    assert traces(connection) == []


def test_a_message_on_its_way_is_waited_for(connection: Connection, maya: Row) -> None:
    claim = on_its_way(connection, maya)
    begin(claim)

    with ThreadPoolExecutor(1) as beside:
        with connection.transaction():
            connection.execute("SELECT FROM message WHERE id = %s FOR UPDATE", [claim.id])
            forgetting = beside.submit(people.forget_when_free, maya["id"], actor=access.COMMAND_LINE, seconds=20)
            assert until(lambda: waits(connection), 10)
        settle(claim)
        done = forgetting.result(30)

    assert done.messages == 4
    assert traces(connection) == []


def test_the_wait_is_bounded_and_ends_in_a_sentence(connection: Connection, maya: Row) -> None:
    on_its_way(connection, maya)

    with pytest.raises(Conflict, match="try again in two minutes"):
        people.forget_when_free(maya["id"], actor=access.COMMAND_LINE, seconds=0)

    assert len(traces(connection)) > 10


def test_a_decision_that_is_being_made_does_not_bring_the_address_back(connection: Connection, maya: Row) -> None:
    with ThreadPoolExecutor(1) as beside:
        with database.transaction() as deciding:
            deciding.execute(decide_run.sql.waiting, {"now": None, "most": 1})
            forgetting = beside.submit(people.forget_when_free, maya["id"], actor=access.COMMAND_LINE)
            assert until(lambda: waits(connection), 10)
            make_message(deciding, "decided", customer_id=maya["id"], status="queued", to_address=EMAIL)
        forgetting.result(30)

    assert traces(connection) == []


def test_only_an_admin_hands_out_or_forgets(connection: Connection, maya: Row, tmp_path: Path) -> None:
    sales = make_staff(connection, role="sales")["id"]

    with pytest.raises(NotAllowed):
        people.forget(connection, maya["id"], actor=sales, now=NOW)
    with pytest.raises(NotAllowed):
        people.export(connection, maya["id"], tmp_path / "x", actor=sales, now=NOW)

    assert not (tmp_path / "x").exists()


def test_an_unknown_customer_is_one_sentence(connection: Connection) -> None:
    refused = run("customer", "forget", "77")

    assert one_line(refused.stderr).startswith("there is no customer 77")


def test_the_present_address_of_somebody_else_is_not_silenced_by_accident(connection: Connection, maya: Row) -> None:
    other = make_customer(connection, email="other@example.com", phone="+12125550199")
    job = make_job(connection, customer_id=other["id"])
    forget(connection, maya)
    update(connection, "job", job["id"], status="in_production")
    event = connection.execute("SELECT id FROM event WHERE handled_at IS NULL").fetchone()

    assert event
    assert facts.for_events(connection, [event["id"]])[event["id"]].suppressed == frozenset()


def test_a_misspelled_call_says_how(connection: Connection) -> None:
    assert run("customer", "forget", "maya").returncode == 2
    with pytest.raises(InkbellError):
        people.forget(connection, 1, actor=access.LOCAL, now=NOW)


@pytest.mark.parametrize("status", ["sent", "queued", "expired"])
def test_a_test_written_with_their_record_is_forgotten_too(connection: Connection, maya: Row, status: str) -> None:
    make_message(connection, "test_send:1", rule_key="test_send", status=status, to_address="ada@example.com")

    forget(connection, maya)

    assert traces(connection) == []
    test = connection.execute("SELECT status, to_address FROM message WHERE rule_key = 'test_send'").fetchone()
    assert test == {"status": "cancelled" if status == "queued" else status, "to_address": "ada@example.com"}


@pytest.mark.parametrize(("currency", "sum_"), [("JPY", "12000 JPY"), ("KWD", "12.000 KWD")])
def test_what_is_owed_is_said_in_the_units_of_its_currency(
    connection: Connection, maya: Row, currency: str, sum_: str
) -> None:
    make_invoice(
        connection, customer_id=maya["id"], status="sent", number="INV-9", total_cents=12_000, currency=currency
    )

    with pytest.raises(InkbellError, match=f"owes {sum_} on 'INV-9'"):
        forget(connection, maya)
