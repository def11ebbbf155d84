"""What never left told nobody, so a later event may say it; what left, or still may, is never said again."""

import pytest

from tests import desk, shop

PROOF, RECEIPT = "art_approval_email", "invoice_paid_email"
SENT, QUIET, OVER = ("sent", None), ("skipped", "quiet"), ("cancelled", "no_longer_true")


@pytest.fixture
def quietly(connection):
    def move(job, *statuses):
        with connection.transaction():
            connection.execute("SET LOCAL inkbell.quiet = 'customers'")
            return shop.move_job(connection, job, *statuses)

    return move


def test_a_proof_that_was_sent_quietly_is_announced_when_it_is_sent_aloud(connection, job, quietly, run):
    shop.make_artwork(connection, job_id=job["id"])
    quietly(job, "art_approval_sent", "art_requested")
    run()

    shop.move_job(connection, job, "art_approval_sent")
    run(hours=1)
    shop.move_job(connection, job, "art_requested", "art_approval_sent")
    run(hours=2)

    assert desk.fates(connection, PROOF) == [QUIET, SENT]


def test_a_payment_that_was_entered_by_mistake_does_not_use_up_the_receipt(connection, maya, run):
    desk.open_shop(connection, grace_seconds=300)
    invoice = shop.make_invoice(connection, customer_id=maya["id"], status="sent")
    shop.update(connection, "invoice", invoice["id"], status="paid")
    run()
    shop.update(connection, "invoice", invoice["id"], status="sent")
    run(hours=1)

    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=invoice["total_cents"])
    run(hours=2)
    run(hours=3)
    shop.update(connection, "invoice", invoice["id"], status="sent")
    shop.update(connection, "invoice", invoice["id"], status="paid")
    run(hours=4)
    run(hours=5)

    assert desk.fates(connection, RECEIPT) == [OVER, SENT]


def test_the_same_event_decided_twice_says_nothing_afresh(connection, job, quietly, run):
    shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_approval_sent")
    run()
    connection.execute("UPDATE message SET status = 'cancelled', reason = 'discarded' WHERE rule_key = %s", [PROOF])

    connection.execute("UPDATE event SET handled_at = NULL")
    run(hours=1)

    assert desk.fates(connection, PROOF) == [("cancelled", "discarded")]


def test_a_refused_proof_goes_to_the_corrected_address_when_it_is_sent_again(connection, job, maya, run):
    shop.update(connection, "customer", maya["id"], email=None)
    shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_approval_sent")
    run()

    shop.update(connection, "customer", maya["id"], email="maya.new@example.com")
    shop.move_job(connection, job, "art_requested", "art_approval_sent")
    run(hours=1)

    assert desk.fates(connection, PROOF) == [("skipped", "no_address"), SENT]
