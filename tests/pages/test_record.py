"""The record page promises: found by what people say, and everything that happened in one line of time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import shop
from tests.pages.conftest import Visit, words


@pytest.fixture
def job(connection: shop.Connection) -> shop.Row:
    """Moved by June, declined by the customer, invoiced and paid in part."""
    june = shop.make_staff(connection, name="June Okafor")
    ada = shop.make_customer(connection, name="Ada Byron", email="ada@example.com", phone="(845) 555-0142")
    job = shop.make_job(connection, customer_id=ada["id"], title="Club shirts")
    shop.make_artwork(
        connection, job_id=job["id"], status="declined", decline_reason="Too small", decided_at="2026-11-03Z",
        decided_via="portal",
    )  # fmt: skip
    with connection.transaction():
        connection.execute("SELECT set_config('inkbell.actor', %s, true)", [f"staff:{june['id']}"])
        shop.move_job(connection, job, "in_production")
    invoice = shop.make_invoice(connection, job_id=job["id"], status="sent")
    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=1_000, method="cash")
    shop.insert(
        connection, "inbound_text", message_sid="SM1", from_number="+18455550142", customer_id=ada["id"], body="Thanks!"
    )
    return job


def test_a_job_shows_its_moves_with_who_made_them_and_all_else(visit: Visit, job: shop.Row) -> None:
    at = visit("record", job=job["number"])

    text = words(at)
    assert not at.exception
    for said in ("Club shirts", "moved to In Production", "June Okafor", "declined", "Too small", "$10.00", "Thanks!"):
        assert said in text


@pytest.mark.parametrize("kind", ["invoice", "customer"])
def test_an_invoice_and_a_customer_have_a_record_too(
    visit: Visit, connection: shop.Connection, job: shop.Row, kind: str
) -> None:
    row = connection.execute("SELECT number FROM invoice").fetchone()
    assert row is not None

    at = visit("record", **{kind: row["number"] if kind == "invoice" else str(job["customer_id"])})

    assert not at.exception
    assert "$10.00 received" in words(at)


def test_a_paid_invoice_has_nothing_open(visit: Visit, connection: shop.Connection) -> None:
    paid = shop.make_invoice(connection, status="paid", total_cents=96_000, amount_paid_cents=96_000)

    assert "$960.00, nothing open" in words(visit("record", invoice=paid["number"])).replace("\\", "")


@pytest.mark.parametrize("asked", ["Club", "byron", "ada@example.com", "845 555 0142", "number"])
def test_a_record_is_found_by_number_name_email_or_phone(visit: Visit, job: shop.Row, asked: str) -> None:
    at = visit("record")
    at.text_input(key="find").set_value(job["number"] if asked == "number" else asked).run()

    assert not at.exception
    assert "Ada Byron" in words(at)


def test_a_press_that_breaks_is_told_and_the_page_is_drawn_all_the_same(
    visit: Visit, connection: shop.Connection, job: shop.Row
) -> None:
    at = visit("record", job=job["number"])
    connection.execute(
        "CREATE FUNCTION break_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'about %', NEW.title; END $$;"
        "CREATE TRIGGER break_it BEFORE UPDATE ON job FOR EACH ROW EXECUTE FUNCTION break_it()"
    )

    at.button(key="pause_job").click().run()

    assert not at.exception
    assert at.button(key="pause_job")
    assert "nothing was changed" in at.toast[0].value
    assert "Club shirts" not in at.toast[0].value


def test_while_nothing_is_asked_what_changed_last_is_at_hand(visit: Visit, connection: shop.Connection) -> None:
    first, second, third = (shop.make_job(connection, title=title) for title in ("Aprons", "Caps", "Socks"))
    invoice = shop.make_invoice(connection, job_id=third["id"], status="sent")
    shop.make_artwork(connection, job_id=second["id"], status="declined")
    shop.make_shipment(connection, job_id=first["id"])

    at = visit("record")

    opened = [button.key for button in at.button if button.key and button.key.startswith("open_")]
    numbers = [first["number"], second["number"]]
    assert opened[:2] == [f"open_job_{number}" for number in numbers]
    assert f"open_invoice_{invoice['number']}" in opened
    assert len(opened) == len(set(opened))


def test_an_empty_shop_is_only_told_how_to_look(visit: Visit) -> None:
    at = visit("record")

    assert "Type the number" in words(at)
    assert not at.subheader


def test_every_rule_says_why_or_why_not(visit: Visit, job: shop.Row) -> None:
    at = visit("record", job=job["number"])
    at.segmented_control(key="view_job").set_value("Why, and why not").run()

    assert "The rule is off." in words(at)
    assert "Nothing has made it fire: it does when the job moves to Completed Order." in words(at)
    assert "completed_order" not in words(at)


def test_a_job_is_paused_and_resumed(visit: Visit, connection: shop.Connection, job: shop.Row) -> None:
    at = visit("record", job=job["number"])
    at.button(key="pause_job").click().run()

    paused = connection.execute("SELECT messages_paused FROM job").fetchone()
    assert paused == {"messages_paused": True}
    assert "Resume messages" in words(at)


@pytest.mark.parametrize("query", [{"job": "9999"}, {"customer": "x' OR 1=1"}, {"invoice": "9" * 50}])
def test_a_link_to_no_record_says_so(visit: Visit, query: dict[str, str]) -> None:
    at = visit("record", **query)

    assert not at.exception
    assert "There is no" in words(at)


def test_production_sees_no_record(visit: Visit, signed_in: Callable[[str], dict[str, Any]], job: shop.Row) -> None:
    at = visit("record", user=signed_in("production"), job=job["number"])

    assert "which sales and admins see" in words(at)
    assert "ada@example.com" not in words(at)
    assert "Club shirts" not in words(at)


@pytest.mark.parametrize("kind", ["job", "invoice", "customer"])
def test_the_customers_link_is_handed_on_and_can_be_ended(
    visit: Visit, connection: shop.Connection, job: shop.Row, kind: str
) -> None:
    shop.set_shop(connection, public_url="https://orders.example.com")
    keys = connection.execute(
        "SELECT c.id AS customer, i.number AS invoice, i.pay_token, c.portal_token, a.review_token "
        "FROM customer c, invoice i, artwork a"
    ).fetchone()
    assert keys is not None
    token = {"job": keys["review_token"], "invoice": keys["pay_token"], "customer": keys["portal_token"]}[kind]
    key = {"job": job["number"], "invoice": keys["invoice"], "customer": str(keys["customer"])}[kind]

    at = visit("record", **{kind: key})
    shown = [code.value for code in at.code]
    next(button for button in at.button if button.label == "Renew link").click().run()
    at.button(key="renew_confirm").click().run()

    assert not at.exception
    assert len(shown) == 1
    assert shown[0].endswith(token)
    assert [code.value for code in visit("record", **{kind: key}).code] != shown


def test_production_is_given_no_link(visit: Visit, signed_in: Any, job: shop.Row) -> None:
    at = visit("record", job=job["number"], user=signed_in("production"))

    assert not at.code


def test_the_phone_shows_the_latest_messages_and_the_older_ones_on_request(
    visit: Visit, connection: shop.Connection, job: shop.Row
) -> None:
    for number in range(1, 13):
        shop.insert(
            connection, "message", rule_key="status_update_sms", channel="sms", customer_id=job["customer_id"],
            status="sent", sent_at=f"2026-11-03T14:{number:02d}Z", send_after="2026-11-03T14:00Z",
            dedupe_key=f"sms {number}", body_text=f"Text {number}",
        )  # fmt: skip
    kind = str(job["customer_id"])

    def phone(at: AppTest) -> list[str]:
        (drawn,) = at.get("bidi_component")
        return [message["text"] for message in json.loads(drawn.proto.json)["messages"]]

    at = visit("record", customer=kind)
    at.segmented_control(key="view_customer").set_value("As the customer saw it").run()
    latest, said = phone(at), words(at)
    at.button(key=f"older_customer_{kind}").click().run()

    assert latest == [f"Text {number}" for number in range(3, 13)]
    assert "The latest 10 messages, the newest at the bottom." in said
    assert phone(at) == [f"Text {number}" for number in range(1, 13)]
    assert "Older messages" not in words(at)


def test_the_phone_says_what_never_left_the_shop(visit: Visit, connection: shop.Connection, job: shop.Row) -> None:
    for number, mode in enumerate(("sandbox", "live")):
        shop.insert(
            connection, "message", rule_key="status_update_sms", channel="sms", customer_id=job["customer_id"],
            status="sent", sent_at=f"2026-11-03T14:0{number}Z", send_after="2026-11-03T14:00Z",
            dedupe_key=f"sms {number}", body_text=f"Text {number}", mode=mode,
        )  # fmt: skip
    at = visit("record", customer=str(job["customer_id"]))

    at.segmented_control(key="view_customer").set_value("As the customer saw it").run()

    assert "Not all of it reached the customer: 1 of 2 went no further than the shop" in words(at)
