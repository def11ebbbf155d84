"""What the shop's own people see in the app when a row changes."""

from tests import desk, shop


def test_a_declined_proof_is_told_to_admins_with_the_customer_s_reason(connection, admin, job, run):
    artwork = shop.make_artwork(connection, job_id=job["id"])
    shop.update(connection, "artwork", artwork["id"], status="declined", decline_reason="The logo is too small")

    run()

    message = desk.message(connection, "art_decline_notification")
    assert (message["channel"], message["staff_id"], message["to_address"]) == ("in_app", admin["id"], None)
    assert message["status"] == "sent"
    assert message["subject"] == f"Proof declined: {job['number']}, Relay team shirts"
    assert "The logo is too small" in message["body_text"]


def test_a_moved_job_is_one_toast_for_everyone_signed_in(connection, admin, job, run):
    shop.make_staff(connection)
    shop.move_job(connection, job, "films")

    run()

    message = desk.message(connection, "status_change_toast")
    assert (message["channel"], message["staff_id"], message["customer_id"]) == ("toast", None, None)
    assert message["status"] == "sent"
    assert message["subject"] == f"{job['number']}: Films"
    assert "Quote" in message["body_text"]


def test_a_new_lead_is_told_to_every_active_admin_and_to_nobody_else(connection, admin, run):
    second = shop.make_staff(connection)
    shop.make_staff(connection, active=False)
    shop.make_staff(connection, role="sales")
    shop.make_lead(connection, name="Jonas Beck", email="jonas@example.com", message="60 hoodies by May?")

    run()

    rows = desk.messages(connection, rule_key="lead_new_notification")
    assert [(row["channel"], row["staff_id"], row["status"]) for row in rows] == [
        ("in_app", admin["id"], "sent"),
        ("in_app", second["id"], "sent"),
    ]
    assert rows[0]["subject"] == "New lead: Jonas Beck"
    assert "60 hoodies by May?" in rows[0]["body_text"]
    assert "jonas@example.com" in rows[0]["body_text"]


def test_a_reorder_is_told_to_admins_with_the_job_and_the_quantity(connection, admin, maya, job, run):
    shop.make_reorder_request(connection, customer_id=maya["id"], job_id=job["id"], quantity=48, note="Same colors")

    run()

    message = desk.message(connection, "reorder_request_received")
    assert (message["channel"], message["staff_id"], message["status"]) == ("in_app", admin["id"], "sent")
    assert message["subject"] == f"Reorder request from Maya Ortiz: job {job['number']}"
    assert "48 pieces" in message["body_text"]
    assert "Same colors" in message["body_text"]


def test_without_an_admin_one_notice_waits_for_whoever_becomes_one(connection, run):
    shop.make_lead(connection)

    run()

    message = desk.message(connection, "lead_new_notification")
    assert (message["staff_id"], message["status"]) == (None, "sent")
    assert message["dedupe_key"].endswith(":all")
