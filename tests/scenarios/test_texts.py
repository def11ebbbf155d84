"""The customer's phone hears of it: number, words and links of each text."""

import pytest

from engine.store import database, facts, standing
from tests import desk, shop
from tests.desk import PUBLIC_URL

TEXTS = ("job_complete_sms", "art_approval_sms", "tracking_shipped_sms", "invoice_sent_sms", "status_update_sms")


@pytest.fixture(autouse=True)
def texts_are_on(connection):
    desk.switch(connection, True, *TEXTS)


def text(connection, rule_key):
    """The only text of this rule, which has a body and nothing else."""
    message = desk.message(connection, rule_key)
    assert (message["channel"], message["to_address"], message["status"]) == ("sms", "+12125550123", "sent")
    assert (message["subject"], message["body_html"]) == (None, None)
    return message["body_text"]


def test_a_finished_job_is_texted(connection, job, run):
    shop.update(connection, "job", job["id"], delivery_method="pickup")
    shop.move_job(connection, job, "completed_order")

    run()

    body = text(connection, "job_complete_sms")
    assert f"Bay Street Print: order {job['number']}, Relay team shirts, is ready for pickup." in body
    assert "STOP" in body


def test_a_time_zone_is_known_in_any_case_as_postgres_knows_it(connection, job, run):
    shop.set_shop(connection, timezone="america/new_york")
    shop.move_job(connection, job, "completed_order")

    run()

    assert desk.message(connection, "job_complete_sms")["status"] == "sent"
    with database.transaction() as own:
        assert standing.read(own).zone.key == "America/New_York"


@pytest.mark.parametrize(
    ("zone", "same"),
    [("PST", "Etc/GMT+8"), ("UTC+3", "Etc/GMT+3"), ("+05:00", "Etc/GMT+5"), ("<X>-5:45", "Asia/Kathmandu")],
)
def test_a_time_zone_that_only_postgres_knows_is_one_whose_clocks_agree(connection, job, run, zone, same):
    shop.set_shop(connection, timezone=zone)
    shop.move_job(connection, job, "completed_order")

    run()

    assert desk.message(connection, "job_complete_sms")["status"] == "sent"
    with database.transaction() as own:
        assert facts.shop(own).timezone == standing.read(own).zone.key == same


def test_a_proof_is_texted_with_its_link(connection, job, run):
    artwork = shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_approval_sent")

    run()

    assert f"{PUBLIC_URL}/art/{artwork['review_token']}" in text(connection, "art_approval_sms")


def test_a_new_version_of_a_proof_is_texted_with_its_own_link(connection, job, run):
    shop.make_artwork(connection, job_id=job["id"], status="approved")
    second = shop.make_artwork(connection, job_id=job["id"])

    run()

    assert f"{PUBLIC_URL}/art/{second['review_token']}" in text(connection, "art_approval_sms")


def test_a_package_is_texted_with_where_to_follow_it(connection, job, run):
    shop.make_shipment(connection, job_id=job["id"], carrier="UPS", tracking_number="1Z999AA10123456784")

    run()

    assert "https://www.ups.com/track?tracknum=1Z999AA10123456784" in text(connection, "tracking_shipped_sms")


def test_an_invoice_is_texted_with_its_sum_and_link(connection, job, run):
    invoice = shop.make_invoice(connection, job_id=job["id"], status="sent", total_cents=48_250)

    run()

    body = text(connection, "invoice_sent_sms")
    assert "$482.50" in body
    assert f"{PUBLIC_URL}/invoice/{invoice['pay_token']}" in body


def test_an_announced_status_without_a_text_of_its_own_is_told_by_the_general_one(connection, job, run):
    shop.move_job(connection, job, "in_production")

    run()

    body = text(connection, "status_update_sms")
    assert f"order {job['number']}, Relay team shirts, is now: In production." in body


def test_only_the_first_text_says_how_to_stop_them(connection, job, run):
    shop.move_job(connection, job, "in_production")
    run()
    shop.move_job(connection, job, "delivered")
    run(hours=2)

    first, second = desk.messages(connection, rule_key="status_update_sms")
    assert "STOP" in first["body_text"]
    assert "STOP" not in second["body_text"]
