"""A row of a job changes, and the customer's email says so: to whom, under which subject, with which links."""

from tests import desk, shop
from tests.desk import PUBLIC_URL


def test_an_order_of_a_customer_is_confirmed_with_a_link_to_their_portal(connection, maya, run):
    job = shop.make_job(connection, customer_id=maya["id"], source="customer", title="Relay team shirts")

    run()

    message = desk.message(connection, "order_received_email")
    assert (message["channel"], message["to_address"], message["status"]) == ("email", "maya@example.com", "sent")
    assert message["subject"] == f"Thank you for your order {job['number']}"
    assert desk.links(message) == [f"{PUBLIC_URL}/p/{maya['portal_token']}"]


def test_the_first_proof_sent_for_approval_comes_with_the_link_to_review_it(connection, job, run):
    artwork = shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_approval_sent")

    run()

    message = desk.message(connection, "art_approval_email")
    assert (message["channel"], message["to_address"], message["status"]) == ("email", "maya@example.com", "sent")
    assert message["subject"] == f"Your proof for order {job['number']} is ready"
    assert desk.links(message) == [f"{PUBLIC_URL}/art/{artwork['review_token']}"]
    assert desk.messages(connection, rule_key="art_resubmit_email") == []


def test_a_new_version_of_a_proof_is_announced_with_the_link_to_that_version(connection, job, run):
    shop.make_artwork(connection, job_id=job["id"], status="approved")
    second = shop.make_artwork(connection, job_id=job["id"])

    run()

    message = desk.message(connection, "art_resubmit_email")
    assert (message["channel"], message["to_address"], message["status"]) == ("email", "maya@example.com", "sent")
    assert message["subject"] == f"Your new proof for order {job['number']} is ready"
    assert desk.links(message) == [f"{PUBLIC_URL}/art/{second['review_token']}"]
    assert "version 2" in message["body_text"]


def test_a_job_that_goes_on_press_is_announced_by_name_and_number(connection, job, run):
    shop.move_job(connection, job, "in_production")

    run()

    message = desk.message(connection, "production_started_email")
    assert (message["channel"], message["to_address"], message["status"]) == ("email", "maya@example.com", "sent")
    assert message["subject"] == f"Order {job['number']} is in production"
    assert "Relay team shirts" in message["body_text"]
    assert message["provider_id"].startswith("sandbox:")


def test_a_finished_job_links_to_its_unpaid_invoice(connection, job, run):
    shop.make_invoice(connection, job_id=job["id"], status="draft", total_cents=99_900)
    invoice = shop.make_invoice(connection, job_id=job["id"], status="sent", total_cents=48_250)
    shop.update(connection, "job", job["id"], delivery_method="pickup")
    shop.move_job(connection, job, "completed_order")

    run()

    message = desk.message(connection, "job_complete_email")
    assert (message["channel"], message["to_address"], message["status"]) == ("email", "maya@example.com", "sent")
    assert message["subject"] == f"Order {job['number']} is ready for pickup"
    assert desk.links(message) == [f"{PUBLIC_URL}/invoice/{invoice['pay_token']}"]
    assert "$482.50" in message["body_text"]


def test_a_finished_job_without_an_invoice_links_to_the_portal(connection, maya, job, run):
    shop.move_job(connection, job, "completed_order")

    run()

    message = desk.message(connection, "job_complete_email")
    assert desk.links(message) == [f"{PUBLIC_URL}/p/{maya['portal_token']}"]


def test_packages_entered_together_are_one_email_with_every_number(connection, job, run):
    with connection.transaction():
        shop.make_shipment(connection, job_id=job["id"], carrier="UPS", tracking_number="1Z999AA10123456784")
        shop.make_shipment(connection, job_id=job["id"], carrier="USPS", tracking_number="9400111899223100001234")

    run()

    first, second = desk.messages(connection, rule_key="tracking_shipped_email")
    assert (first["channel"], first["to_address"], first["status"]) == ("email", "maya@example.com", "sent")
    assert first["subject"] == f"Order {job['number']} is on its way"
    assert desk.links(first) == [
        "https://www.ups.com/track?tracknum=1Z999AA10123456784",
        "https://tools.usps.com/go/TrackConfirmAction?tLabels=9400111899223100001234",
    ]
    assert (second["status"], second["reason"], second["detail"]) == ("skipped", "covered", f"message {first['id']}")


def test_an_announced_status_without_an_email_of_its_own_is_told_by_the_general_one(connection, maya, job, run):
    desk.switch(connection, True, "status_change_email")
    shop.move_job(connection, job, "art_approved")

    run()

    message = desk.message(connection, "status_change_email")
    assert (message["channel"], message["to_address"], message["status"]) == ("email", "maya@example.com", "sent")
    assert message["subject"] == f"Order {job['number']}: Artwork approved"
    assert desk.links(message) == [f"{PUBLIC_URL}/p/{maya['portal_token']}"]


def test_the_job_s_own_contact_is_written_to_by_name(connection, job, run):
    shop.update(connection, "job", job["id"], contact_name="Theo Lang", contact_email="theo@example.com")
    shop.move_job(connection, job, "in_production")

    run()

    message = desk.message(connection, "production_started_email")
    assert message["to_address"] == "theo@example.com"
    assert message["body_text"].startswith("Hi Theo,")
