"""The last look at proofs and packages: the newest version, every number, and nothing before there is something."""

from engine.deliver import desk as desks
from tests import desk, shop
from tests.desk import PUBLIC_URL

SENT = ("sent", None)


def test_a_proof_that_is_not_there_yet_is_waited_for(connection, job, run):
    shop.move_job(connection, job, "art_approval_sent")
    run()
    assert desk.fates(connection, "art_approval_email") == [("held", "no_proof")]

    artwork = shop.make_artwork(connection, job_id=job["id"])
    run(hours=100)

    message = desk.message(connection, "art_approval_email")
    assert (message["status"], desk.links(message)) == ("sent", [f"{PUBLIC_URL}/art/{artwork['review_token']}"])


def test_a_proof_that_was_decided_before_its_email_left_is_not_asked_about(connection, job, run):
    desk.open_shop(connection, grace_seconds=120)
    artwork = shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_approval_sent")
    run()
    shop.update(connection, "artwork", artwork["id"], status="approved")

    run(minutes=3)

    assert desk.fates(connection, "art_approval_email") == [("cancelled", "no_longer_true")]


def test_a_proof_goes_out_even_where_the_job_was_moved_back(connection, job, run):
    desk.open_shop(connection, grace_seconds=120)
    shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_approval_sent", "quote")

    run()
    run(minutes=3)

    assert desk.fates(connection, "art_approval_email") == [SENT]


def test_a_version_that_was_replaced_while_its_message_waited_is_one_message_about_the_new_one(connection, job, run):
    desk.open_shop(connection, grace_seconds=120)
    shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_approval_sent")
    run()
    second = shop.make_artwork(connection, job_id=job["id"])

    run(minutes=1)
    run(minutes=3)

    message = desk.message(connection, "art_resubmit_email")
    assert (message["status"], desk.links(message)) == ("sent", [f"{PUBLIC_URL}/art/{second['review_token']}"])
    assert desk.fates(connection, "art_approval_email") == [("cancelled", "covered")]
    assert desk.message(connection, "art_approval_email")["detail"] == f"message {message['id']}"


def test_a_message_names_every_number_that_joined_while_it_waited(connection, job, run):
    desk.open_shop(connection, grace_seconds=120)
    for number in ("1Z999AA10000000001", "1Z999AA10000000002"):
        shop.make_shipment(connection, job_id=job["id"], tracking_number=number)
        run()

    run(minutes=3)

    first, second = desk.messages(connection, rule_key="tracking_shipped_email")
    assert ((first["status"], first["reason"]), (second["status"], second["reason"])) == (SENT, ("skipped", "covered"))
    assert "1Z999AA10000000001" in first["body_text"]
    assert "1Z999AA10000000002" in first["body_text"]


def test_sent_again_it_names_every_number_that_it_named_the_first_time(connection, admin, job, run):
    desk.open_shop(connection, grace_seconds=120)
    for number in ("1Z999AA10000000001", "1Z999AA10000000002"):
        shop.make_shipment(connection, job_id=job["id"], tracking_number=number)
        run()
    run(minutes=3)
    first, _ = desk.messages(connection, rule_key="tracking_shipped_email")

    again = desks.send_again(
        connection, first["id"], actor=admin["id"], now=desk.after(hours=1), to=first["to_address"]
    )
    run(hours=1)

    [row] = desk.messages(connection, id=again)
    assert (row["status"], row["body_text"]) == ("sent", first["body_text"])


def test_a_package_after_the_message_left_names_its_own_number_and_the_earlier_apart(connection, job, run):
    shop.make_shipment(connection, job_id=job["id"], tracking_number="1Z999AA10000000001")
    run()
    shop.make_shipment(connection, job_id=job["id"], tracking_number="1Z999AA10000000002")

    run(minutes=3)

    _, second = desk.messages(connection, rule_key="tracking_shipped_email")
    assert second["status"] == "sent"
    assert second["subject"].startswith("More of order")
    assert desk.links(second) == ["https://www.ups.com/track?tracknum=1Z999AA10000000002"]
    assert "Shipped before: 1Z999AA10000000001" in second["body_text"]


def test_a_corrected_number_is_announced_as_it_is_now(connection, job, run):
    desk.open_shop(connection, grace_seconds=120)
    shipment = shop.make_shipment(connection, job_id=job["id"], tracking_number="1Z999AA10000000001")
    run()
    shop.update(connection, "shipment", shipment["id"], tracking_number="1Z999AA10000000009")

    run(minutes=1)
    run(minutes=3)

    message = desk.messages(connection, rule_key="tracking_shipped_email")[0]
    assert "1Z999AA10000000009" in message["body_text"]
    assert "1Z999AA10000000001" not in message["body_text"]


def test_a_package_that_was_taken_back_is_not_announced(connection, job, run):
    desk.open_shop(connection, grace_seconds=120)
    shop.make_shipment(connection, job_id=job["id"])
    run()
    connection.execute("DELETE FROM shipment")

    run(minutes=3)

    assert desk.fates(connection, "tracking_shipped_email") == [("cancelled", "no_longer_true")]
