"""Capture promises: whoever changes a record, the event is written with it, or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.rows import dict_row

from engine.store import database, keeper
from tests import shop


def written(connection: shop.Connection, type: str) -> list[tuple[str, int, dict[str, object]]]:
    """Subject and payload of the events of one type."""
    return [
        (event["subject_table"], event["subject_id"], event["payload"]) for event in shop.events(connection, type=type)
    ]


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def nothing_was_written_by(connection: shop.Connection, act) -> bool:
    before = len(shop.events(connection))
    act()
    return len(shop.events(connection)) == before


@pytest.fixture
def job(connection):
    return shop.make_job(connection)


@pytest.fixture
def artwork(connection, job):
    return shop.make_artwork(connection, job_id=job["id"])


@pytest.fixture
def invoice(connection):
    return shop.make_invoice(connection)


def test_an_order_of_a_customer_is_an_event(connection):
    job = shop.make_job(connection, source="customer")

    assert written(connection, "order.received") == [("job", job["id"], {})]


def test_an_order_entered_by_staff_is_no_event(connection):
    shop.make_job(connection, source="staff")

    assert shop.events(connection) == []


def test_a_status_change_says_from_and_to(connection, job):
    shop.move_job(connection, job, "in_production")

    assert written(connection, "job.status_changed") == [
        ("job", job["id"], {"from": "quote", "to": "in_production"}),
    ]


def test_an_update_that_leaves_the_status_is_no_event(connection, job):
    assert nothing_was_written_by(connection, lambda: shop.update(connection, "job", job["id"], status="quote"))
    assert nothing_was_written_by(connection, lambda: shop.update(connection, "job", job["id"], title="Autumn shirts"))


def test_shipments_of_one_statement_are_one_event_per_job(connection, job):
    other = shop.make_job(connection)

    rows = connection.execute(
        "INSERT INTO shipment (job_id, tracking_number)"
        " VALUES (%(a)s, 'A1'), (%(b)s, 'B1'), (%(a)s, 'A2') RETURNING id",
        {"a": job["id"], "b": other["id"]},
    ).fetchall()

    first, second, third = (row["id"] for row in rows)
    assert written(connection, "job.tracking_added") == [
        ("job", job["id"], {"shipment_ids": [first, third]}),
        ("job", other["id"], {"shipment_ids": [second]}),
    ]


def test_a_corrected_tracking_number_is_an_event_and_a_corrected_carrier_is_not(connection, job):
    shipment = shop.make_shipment(connection, job_id=job["id"], tracking_number="A1")
    assert nothing_was_written_by(
        connection, lambda: shop.update(connection, "shipment", shipment["id"], carrier="FedEx")
    )

    shop.update(connection, "shipment", shipment["id"], tracking_number="A2")

    assert written(connection, "job.tracking_added")[1:] == [("job", job["id"], {"shipment_ids": [shipment["id"]]})]


def test_the_first_proof_is_no_event_and_the_second_is(connection, job):
    assert nothing_was_written_by(connection, lambda: shop.make_artwork(connection, job_id=job["id"]))

    second = shop.make_artwork(connection, job_id=job["id"])

    assert written(connection, "artwork.resubmitted") == [("artwork", second["id"], {"version": 2})]


def test_an_artwork_set_back_to_sent_counts_as_resubmitted_only_after_an_earlier_version(connection, job, artwork):
    second = shop.make_artwork(connection, job_id=job["id"], status="approved")
    for proof in (artwork, second):
        shop.update(connection, "artwork", proof["id"], status="declined")
        shop.update(connection, "artwork", proof["id"], status="sent")

    assert written(connection, "artwork.resubmitted") == [("artwork", second["id"], {"version": 2})]


def test_a_declined_proof_is_an_event_and_an_approved_one_is_not(connection, artwork):
    assert nothing_was_written_by(
        connection, lambda: shop.update(connection, "artwork", artwork["id"], status="approved")
    )

    shop.update(connection, "artwork", artwork["id"], status="declined", decline_reason="The blue is too dark")

    assert written(connection, "artwork.declined") == [("artwork", artwork["id"], {"version": 1})]


@pytest.mark.parametrize("status", ["sent", "paid"])
def test_an_invoice_that_becomes_sent_or_paid_is_an_event_once(connection, invoice, status):
    shop.update(connection, "invoice", invoice["id"], status=status)
    shop.update(connection, "invoice", invoice["id"], status=status, po_number="PO-7")

    assert written(connection, f"invoice.{status}") == [("invoice", invoice["id"], {})]
    assert len(shop.events(connection)) == 1


@pytest.mark.parametrize("status", ["sent", "paid"])
def test_an_invoice_inserted_as_sent_or_paid_is_an_event(connection, status):
    invoice = shop.make_invoice(connection, status=status)

    assert written(connection, f"invoice.{status}") == [("invoice", invoice["id"], {})]


@pytest.mark.parametrize("status", ["draft", "void"])
def test_a_draft_or_void_invoice_is_no_event(connection, status):
    shop.make_invoice(connection, status=status)

    assert shop.events(connection) == []


def test_each_new_request_for_a_payment_link_is_an_event(connection, invoice):
    first, second = datetime(2026, 3, 2, 15, tzinfo=UTC), datetime(2026, 3, 3, 15, tzinfo=UTC)
    for moment in (first, first, None, second):
        shop.update(connection, "invoice", invoice["id"], payment_link_requested_at=moment)

    assert written(connection, "invoice.payment_link_requested") == [("invoice", invoice["id"], {})] * 2


def test_a_lead_is_an_event(connection):
    lead = shop.make_lead(connection)

    assert written(connection, "lead.created") == [("lead", lead["id"], {})]


def test_a_reorder_request_is_an_event(connection):
    reorder = shop.make_reorder_request(connection)

    assert written(connection, "reorder.requested") == [("reorder_request", reorder["id"], {})]


def test_a_payment_adds_up_and_settles_the_invoice_in_the_same_statement(connection):
    invoice = shop.make_invoice(connection, status="sent", total_cents=10_000)

    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=4_000)
    part = connection.execute("SELECT * FROM invoice").fetchone()
    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=6_000)
    full = connection.execute("SELECT * FROM invoice").fetchone()

    assert (part["status"], part["amount_paid_cents"], part["paid_at"]) == ("sent", 4_000, None)
    assert (full["status"], full["amount_paid_cents"]) == ("paid", 10_000)
    assert full["paid_at"] is not None
    assert written(connection, "invoice.paid") == [("invoice", invoice["id"], {})]


def test_payments_of_one_statement_all_count(connection):
    invoice = shop.make_invoice(connection, status="sent", total_cents=10_000)

    connection.execute(
        "INSERT INTO payment (invoice_id, amount_cents, received_on)"
        " SELECT %s, 5000, '2026-03-02' FROM generate_series(1, 2)",
        [invoice["id"]],
    )

    assert connection.execute("SELECT status FROM invoice").fetchone() == {"status": "paid"}


def test_a_payment_of_a_void_invoice_is_counted_and_leaves_it_void(connection):
    invoice = shop.make_invoice(connection, status="void", total_cents=10_000)

    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=10_000)

    assert connection.execute("SELECT status, amount_paid_cents FROM invoice").fetchone() == {
        "status": "void",
        "amount_paid_cents": 10_000,
    }


def test_a_rollback_leaves_no_event(connection, job):
    with pytest.raises(psycopg.errors.DivisionByZero), connection.transaction():
        shop.move_job(connection, job, "in_production")
        connection.execute("SELECT 1 / 0")

    assert shop.events(connection) == []


def test_a_move_there_and_back_in_one_transaction_is_two_events_in_order(connection, job):
    with connection.transaction():
        shop.move_job(connection, job, "in_production", "quote")

    assert [event["payload"]["to"] for event in shop.events(connection)] == ["in_production", "quote"]


def test_ten_thousand_jobs_moved_at_once_are_ten_thousand_events(connection):
    customer = shop.make_customer(connection)
    connection.execute(
        "INSERT INTO job (title, customer_id) SELECT 'Spring run', %s FROM generate_series(1, 10000)", [customer["id"]]
    )

    connection.execute("UPDATE job SET status = 'in_production'")

    counted = connection.execute("SELECT count(*) AS events, count(DISTINCT subject_id) AS jobs FROM event").fetchone()
    assert counted == {"events": 10_000, "jobs": 10_000}


@pytest.mark.parametrize("planning", ["", keeper.PLANNED_ONCE], ids=["a shop system's", "Inkbell's"])
def test_a_connection_that_moved_one_job_moves_thousands_as_quickly_as_another(connection, database_url, planning):
    """Compared each with each, these five thousand would take many times as long."""
    customer = shop.make_customer(connection)
    connection.execute(
        "INSERT INTO job (title, customer_id) SELECT 'Spring run', %s FROM generate_series(1, 5000)", [customer["id"]]
    )
    connection.execute(planning)
    shop.move_job(connection, shop.make_job(connection), "films")

    with psycopg.connect(database_url, autocommit=True) as another:
        other_took = seconds(lambda: another.execute("UPDATE job SET status = 'films'"))
    took = seconds(lambda: connection.execute("UPDATE job SET status = 'in_production'"))

    assert took < 10 * other_took


def test_no_trigger_may_compare_each_changed_row_with_each(connection):
    """A plan is kept from a connection's first change, so it has to suit one row and thousands."""
    joins = connection.execute(
        "SELECT proname, proconfig FROM pg_proc WHERE prosrc LIKE '%fresh JOIN stale%' ORDER BY proname"
    ).fetchall()

    assert len(joins) >= 7
    for function in joins:
        assert {"enable_hashjoin=on", "enable_nestloop=off"} <= set(function["proconfig"]), function["proname"]


def test_a_copy_is_captured_like_any_insert(connection):
    with connection.cursor().copy("COPY lead (name, source) FROM STDIN") as copy:
        copy.write_row(("Jonas Beck", "website"))
        copy.write_row(("Ana Ruiz", "website"))

    assert len(written(connection, "lead.created")) == 2


@pytest.fixture
def writer(connection):
    """The shop's system under a role of its own, which may touch records and nothing of the ledger."""
    connection.execute(
        "CREATE ROLE shop_system_of_a_test;"
        "GRANT SELECT, INSERT, UPDATE ON customer, job, artwork, shipment, invoice, payment, lead, reorder_request"
        " TO shop_system_of_a_test"
    )
    connection.execute("SET ROLE shop_system_of_a_test")
    yield connection
    connection.execute("RESET ROLE; DROP OWNED BY shop_system_of_a_test; DROP ROLE shop_system_of_a_test")


def test_a_writer_needs_no_right_on_events(writer):
    job = shop.make_job(writer, source="customer")
    shop.move_job(writer, job, "in_production")
    shop.make_shipment(writer, job_id=job["id"])
    invoice = shop.make_invoice(writer, job_id=job["id"], status="sent", total_cents=500)
    shop.make_payment(writer, invoice_id=invoice["id"], amount_cents=500)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        writer.execute("SELECT FROM event")

    writer.execute("RESET ROLE")

    assert [event["type"] for event in shop.events(writer)] == [
        "order.received",
        "job.status_changed",
        "job.tracking_added",
        "invoice.sent",
        "invoice.paid",
    ]


def test_a_writer_gets_no_further_than_its_tables_by_a_trigger_of_its_own(writer):
    """What a trigger of ours may do, one on a writer's temporary table could do with any row it likes."""
    ours = writer.execute(
        "SELECT oid::regprocedure::text AS name FROM pg_proc"
        " WHERE prosecdef AND prorettype = 'trigger'::regtype AND pronamespace = 'public'::regnamespace"
    ).fetchall()
    writer.execute("CREATE TEMPORARY TABLE mine (id bigint, invoice_id bigint, amount_cents bigint)")

    assert len(ours) >= 15
    for function in ours:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for function"):
            writer.execute(
                "CREATE TRIGGER mine AFTER INSERT ON mine REFERENCING NEW TABLE AS fresh"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {function['name']}"
            )


def test_a_writer_cannot_catch_events_with_a_table_of_its_own(connection, job):
    connection.execute("CREATE TEMPORARY TABLE event (LIKE public.event INCLUDING ALL)")
    connection.execute("SET search_path = pg_temp, public")

    shop.move_job(connection, job, "in_production")

    assert connection.execute("SELECT count(*) AS caught FROM pg_temp.event").fetchone() == {"caught": 0}
    assert connection.execute("SELECT count(*) AS captured FROM public.event").fetchone() == {"captured": 1}


def test_quiet_and_actor_are_kept_for_their_transaction_only(connection, job):
    with connection.transaction():
        connection.execute("SET LOCAL inkbell.quiet = 'customers'; SET LOCAL inkbell.actor = 'staff:7'")
        shop.move_job(connection, job, "films")
    shop.move_job(connection, job, "in_production")

    assert [event["payload"] for event in shop.events(connection)] == [
        {"from": "quote", "to": "films", "quiet": "customers", "actor": "staff:7"},
        {"from": "films", "to": "in_production"},
    ]


def test_an_event_rings_once_per_transaction_without_a_payload(connection, job):
    with database.listener() as ears:
        with connection.transaction():
            shop.move_job(connection, job, "films", "in_production")

        rings = list(ears.notifies(timeout=5, stop_after=1))
        more = list(ears.notifies(timeout=0))

    assert [(ring.channel, ring.payload) for ring in rings] == [("inkbell", "")]
    assert more == []


def test_a_change_that_means_nothing_rings_nobody(connection, job):
    with database.listener() as ears:
        shop.update(connection, "job", job["id"], title="Autumn shirts")
        connection.execute("SELECT pg_notify('inkbell', 'marker')")

        [ring] = ears.notifies(timeout=5, stop_after=1)

    assert ring.payload == "marker"


@pytest.mark.parametrize(("status", "rings"), [("queued", ["", "marker"]), ("held", ["marker"])])
def test_a_queued_message_wakes_the_senders(connection, status, rings):
    with database.listener() as ears:
        shop.insert(
            connection,
            "message",
            rule_key="system_alert",
            channel="in_app",
            status=status,
            dedupe_key="a",
            send_after=datetime(2026, 3, 2, tzinfo=UTC),
        )
        connection.execute("SELECT pg_notify('inkbell', 'marker')")

        heard = [ring.payload for ring in ears.notifies(timeout=5, stop_after=len(rings))]

    assert heard == rings


def test_an_event_is_seen_by_others_only_with_its_change(connection, job, database_url):
    with psycopg.connect(database_url, row_factory=dict_row) as writer:
        shop.move_job(writer, job, "in_production")
        before = shop.events(connection)
        writer.commit()

    assert before == []
    assert len(shop.events(connection)) == 1
