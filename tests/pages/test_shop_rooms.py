"""The rooms round the board promise: what is pressed there is written, and each opens only to those who may see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests import desk, shop
from tests.pages.conftest import Visit, words

SignedIn = Callable[[str], dict[str, Any]]

ROOMS = ("customers", "invoices", "leads", "imports", "start", "jobs")


@pytest.mark.parametrize("role", ["admin", "sales", "production"])
def test_each_room_opens_or_says_whom_to_ask(
    visit: Visit, signed_in: SignedIn, connection: shop.Connection, role: str
) -> None:
    customer = shop.make_customer(connection, email="secret@example.com")
    shop.make_invoice(connection, customer_id=customer["id"], status="sent", total_cents=98_765)
    shop.make_lead(connection, email="secret2@example.com")
    user = signed_in(role)
    closed = {"admin": (), "sales": ("start",), "production": ("customers", "invoices", "leads", "imports", "start")}

    for room in ROOMS:
        at = visit(room, user=user)
        said = words(at)

        assert not at.exception, room
        assert bool(at.info) >= (room in closed[role]), room
        if role == "production":
            assert "secret" not in said, room
            assert "987" not in said, room


def test_a_new_job_is_entered_for_a_customer_who_called(visit: Visit, connection: shop.Connection) -> None:
    customer = shop.make_customer(connection)

    at = visit("jobs", new="1", customer=str(customer["id"]))
    at.text_input[0].set_value("Caps")
    at.checkbox(key="ordered").check()
    next(button for button in at.button if button.label == "Enter the job").click().run()

    job = connection.execute("SELECT title, source, customer_id FROM job").fetchone()
    assert job == {"title": "Caps", "source": "customer", "customer_id": customer["id"]}
    assert [event["type"] for event in shop.events(connection)] == ["order.received"]
    assert "Caps" in words(at)


def test_a_jobs_proof_parcels_and_invoice_are_made_on_its_page(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_requested")

    at = visit("jobs", job=job["number"])
    at.segmented_control(key="part").set_value("Proofs").run()
    at.button(key=f"send_proof_{job['id']}").click().run()
    at.segmented_control(key="part").set_value("Tracking").run()
    at.text_area(key=f"parcels_{job['number']}").set_value("1Z1\nUSPS 94001").run()
    at.button(key=f"parcels_{job['number']}_add").click().run()
    at.segmented_control(key="part").set_value("Invoices").run()
    at.text_input(key=f"bill_{job['id']}__total").set_value("482.50")
    next(button for button in at.button if button.label == "Make a draft").click().run()
    invoice = connection.execute("SELECT * FROM invoice").fetchone()
    assert invoice is not None
    at.session_state[f"sending_{invoice['id']}"] = True
    at.run()
    at.button(key=f"send_{invoice['id']}").click().run()

    assert not at.exception
    assert [event["type"] for event in shop.events(connection)] == [
        "job.status_changed", "job.tracking_added", "invoice.sent",
    ]  # fmt: skip
    assert invoice["total_cents"] == 48_250


def test_a_bank_payment_that_did_not_come_is_said_on_its_invoice(visit: Visit, connection: shop.Connection) -> None:
    invoice = shop.make_invoice(connection, status="sent", payment_pending_at=desk.NOW)

    at = visit("invoices")
    at.session_state[f"more_{invoice['id']}"] = True
    at.run()
    at.button(key=f"astray_{invoice['id']}").click().run()

    assert "The invoice is due again" in at.toast[0].value
    assert connection.execute("SELECT payment_pending_at FROM invoice").fetchone() == {"payment_pending_at": None}


def test_a_part_payment_and_then_the_rest_pay_an_invoice(visit: Visit, connection: shop.Connection) -> None:
    invoice = shop.make_invoice(connection, status="sent", total_cents=10_000)

    at = visit("invoices")
    closed = [field.key for field in at.text_input]

    def pay(amount: str) -> None:
        # The test client forgets an open drawer at every run; a browser keeps it open.
        at.session_state[f"pay_{invoice['id']}"] = True
        at.run()
        at.session_state[f"pay_{invoice['id']}"] = True
        at.text_input(key=f"amount_{invoice['id']}").set_value(amount).run()
        at.session_state[f"pay_{invoice['id']}"] = True
        at.button(key=f"record_{invoice['id']}").click().run()

    pay("40")
    partly, drawn = words(at), [field.key for field in at.text_input]
    pay("60")

    row = connection.execute("SELECT status, amount_paid_cents FROM invoice").fetchone()
    assert f"amount_{invoice['id']}" not in [*closed, *drawn]
    assert "$60.00 open of **$100.00**" in partly
    assert row == {"status": "paid", "amount_paid_cents": 10_000}


def test_a_check_that_a_colleague_has_recorded_meanwhile_is_not_recorded_twice(
    visit: Visit, connection: shop.Connection
) -> None:
    invoice = shop.make_invoice(connection, status="sent", total_cents=10_000)
    at = visit("invoices")
    at.session_state[f"pay_{invoice['id']}"] = True
    at.run()
    at.session_state[f"pay_{invoice['id']}"] = True
    at.text_input(key=f"amount_{invoice['id']}").set_value("40").run()

    shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=4_000)
    at.button(key=f"record_{invoice['id']}").click().run()

    assert ["has been recorded meanwhile" in toast.value for toast in at.toast] == [True]
    assert connection.execute("SELECT amount_cents FROM payment").fetchall() == [{"amount_cents": 4_000}]


def test_a_sum_typed_in_the_very_click_that_records_it_is_the_one_recorded(
    visit: Visit, connection: shop.Connection
) -> None:
    invoice = shop.make_invoice(connection, status="sent", total_cents=10_000)
    at = visit("invoices")
    at.session_state[f"pay_{invoice['id']}"] = True
    at.run()

    at.text_input(key=f"amount_{invoice['id']}").set_value("40")
    at.checkbox(key=f"paid_quiet_{invoice['id']}").check()
    at.button(key=f"record_{invoice['id']}").click().run()

    (payment,) = connection.execute("SELECT amount_cents FROM payment").fetchall()
    assert payment == {"amount_cents": 4_000}


def test_a_correction_typed_in_the_very_click_that_saves_it_is_saved(visit: Visit, connection: shop.Connection) -> None:
    invoice = shop.make_invoice(connection, status="sent")
    at = visit("invoices")
    at.session_state[f"edit_{invoice['id']}"] = True
    at.run()

    at.text_input(key=f"correct_{invoice['id']}_po_number").set_value("PO 77")
    at.button(key=f"correct_{invoice['id']}").click().run()

    assert connection.execute("SELECT po_number FROM invoice").fetchone() == {"po_number": "PO 77"}


def test_what_is_typed_in_the_very_click_on_a_jobs_page_is_not_lost(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_requested")
    parcels = f"parcels_{job['number']}"
    at = visit("jobs", job=job["number"], part="Proofs")

    at.text_input(key=f"proof_{job['id']}").set_value("https://files.example.com/one.png")
    at.button(key=f"send_proof_{job['id']}").click().run()
    proof = connection.execute("SELECT id FROM artwork").fetchone()
    assert proof is not None
    at.text_area(key=f"reason_{proof['id']}").set_value("Too small")
    at.checkbox(key=f"decide_quiet_{proof['id']}").check()
    at.button(key=f"decline_{proof['id']}").click().run()
    at.segmented_control(key="part").set_value("Tracking").run()
    at.text_area(key=parcels).set_value("1Z1").run()
    at.text_area(key=parcels).set_value("1Z1\n1Z2")
    at.button(key=f"{parcels}_add").click().run()

    declined = connection.execute("SELECT image_url, decline_reason FROM artwork").fetchall()
    assert declined == [{"image_url": "https://files.example.com/one.png", "decline_reason": "Too small"}]
    assert connection.execute("SELECT count(*) FROM shipment").fetchone() == {"count": 2}


def test_a_reason_typed_in_the_very_click_that_switches_off_is_kept(visit: Visit, connection: shop.Connection) -> None:
    customer = shop.make_customer(connection)
    at = visit("customers", customer=str(customer["id"]))
    at.selectbox(key="override").set_value("job_complete_email").run()

    at.text_input(key="override_reason").set_value("They call")
    at.date_input(key="override_until").set_value(datetime.now(UTC).date() + timedelta(30))
    at.button(key="switch_off").click().run()

    kept = connection.execute("SELECT reason, until > now() AS ends FROM rule_override").fetchone()
    assert kept == {"reason": "They call", "ends": True}


def test_a_second_press_sends_no_second_version(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_requested")
    at = visit("jobs", job=job["number"], part="Proofs")

    shop.make_artwork(connection, job_id=job["id"])
    at.button(key=f"send_proof_{job['id']}").click().run()

    assert ["version 1 is there already" in toast.value.lower() for toast in at.toast] == [True]
    assert connection.execute("SELECT version FROM artwork").fetchall() == [{"version": 1}]


def test_a_payment_entered_by_mistake_is_taken_back_from_a_paid_invoice(
    visit: Visit, connection: shop.Connection
) -> None:
    invoice = shop.make_invoice(connection, status="sent", total_cents=10_000)
    slip = shop.make_payment(connection, invoice_id=invoice["id"], amount_cents=10_000, method="check")

    at = visit("invoices", which="Paid")
    at.session_state[f"paid_{invoice['id']}"] = True
    at.run()
    listed = words(at)
    at.session_state[f"paid_{invoice['id']}"] = True
    at.button(key=f"back_{slip['id']}").click().run()

    row = connection.execute("SELECT status, amount_paid_cents FROM invoice").fetchone()
    assert "· check" in listed
    assert row == {"status": "sent", "amount_paid_cents": 0}
    assert shop.events(connection)[-1]["payload"]["quiet"] == "customers"


def test_an_invoice_is_made_void_only_after_a_question(visit: Visit, connection: shop.Connection) -> None:
    invoice = shop.make_invoice(connection, status="sent", total_cents=10_000)

    at = visit("invoices")
    at.session_state[f"more_{invoice['id']}"] = True
    at.run()
    at.session_state[f"more_{invoice['id']}"] = True
    at.button(key=f"void_{invoice['id']}").click().run()
    before = connection.execute("SELECT status FROM invoice").fetchone()
    at.button(key="void_confirm").click().run()

    assert before == {"status": "sent"}
    assert connection.execute("SELECT status FROM invoice").fetchone() == {"status": "void"}


def test_a_customer_who_wants_no_emails_gets_none(visit: Visit, connection: shop.Connection) -> None:
    customer = shop.make_customer(connection, email="ann@example.com")

    at = visit("customers")
    at.button(key=f"open_{customer['id']}").click().run()
    at.button(key="optout_email").click().run()
    said = words(at)
    at.button(key="lift_email_ann@example.com").click().run()

    assert "ann@example.com** asked not to be written to" in said
    row = connection.execute("SELECT lifted_at IS NOT NULL AS lifted FROM suppression").fetchone()
    assert row == {"lifted": True}


def test_a_file_is_previewed_and_imported_quietly(visit: Visit, connection: shop.Connection) -> None:
    at = visit("imports")
    at.file_uploader[0].set_value(("customers.csv", b"Name,Email\nAnn,ann@example.com\nBo,nowhere\n", "text/csv")).run()
    said = words(at)
    at.button(key="import").click().run()

    assert "Line 3 (Bo): 'nowhere' is no email address" in said
    assert connection.execute("SELECT name FROM customer").fetchall() == [{"name": "Ann"}]
    assert any("Imported 1 new and 0 changed customers, quietly." in each.value for each in at.success)


def test_an_import_that_somebody_else_got_in_the_way_of_keeps_nothing_and_says_so(
    visit: Visit, connection: shop.Connection
) -> None:
    customer = shop.make_customer(connection)
    data = b"Job number,Title,Customer\n2001,Caps,Maya Ortiz\n2002,Mugs,Maya Ortiz\n"
    at = visit("imports", kind="Jobs")
    at.file_uploader[0].set_value(("jobs.csv", data, "text/csv")).run()
    shop.make_job(connection, number="2002", title="Hats", customer_id=customer["id"])

    at.button(key="import").click().run()

    assert "Line 3 has been changed meanwhile by somebody else" in words(at)
    assert "Nothing of the file was kept." in words(at)
    assert "1 changes" in words(at)
    assert [row["title"] for row in connection.execute("SELECT title FROM job")] == ["Hats"]


def test_an_empty_shop_is_led_and_the_list_ticks(visit: Visit, connection: shop.Connection) -> None:
    at = visit("start")
    at.button(key="tick_others").click().run()
    said = words(at)

    assert not at.exception
    assert "Local said so" in said or "local said so" in said
    assert "no reminder goes out by itself" in said


def test_the_first_page_leads_on_until_all_is_done_or_an_admin_has_read_enough_of_it(
    visit: Visit, connection: shop.Connection
) -> None:
    empty = words(visit())
    shop.set_shop(connection, name="Bay Street Print", email="orders@example.com")
    shop.make_customer(connection)
    begun = visit()
    begun.button(key="hide_welcome").click().run()
    start = visit("start")
    start.button(key="show_welcome").click().run()

    assert "Welcome." in empty
    assert "2 of 8 steps** of the first visit are done. Next: connect your mail server." in words(visit())
    assert "steps** of the first visit" not in words(begun)
    assert "Speak of them there again" not in words(start)


def test_the_first_page_leads_nobody_else(visit: Visit, connection: shop.Connection, signed_in: SignedIn) -> None:
    seen = words(visit(user=signed_in("sales")))

    assert "Welcome." not in seen
    assert "Set the shop up" not in seen


def test_a_job_is_corrected_on_its_page(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, title="Caps")

    at = visit("jobs", job=job["number"], part="Details")
    at.text_input(key=f"job_{job['id']}_title").set_value("Green caps")
    next(button for button in at.button if button.label == "Save").click().run()

    assert not at.exception
    assert connection.execute("SELECT title FROM job").fetchone() == {"title": "Green caps"}


def test_a_draft_is_corrected_where_it_stands(visit: Visit, connection: shop.Connection) -> None:
    invoice = shop.make_invoice(connection, total_cents=5_000)

    at = visit("invoices")
    at.session_state[f"edit_{invoice['id']}"] = True
    at.pills(key="which").set_value("draft").run()
    at.session_state[f"edit_{invoice['id']}"] = True
    at.text_input(key=f"correct_{invoice['id']}_total_cents").set_value("60.00").run()
    at.session_state[f"edit_{invoice['id']}"] = True
    at.button(key=f"correct_{invoice['id']}").click().run()

    assert not at.exception
    assert connection.execute("SELECT total_cents FROM invoice").fetchone() == {"total_cents": 6_000}


def test_parcels_say_what_the_customer_will_hear_before_they_are_added(
    visit: Visit, connection: shop.Connection
) -> None:
    customer = shop.make_customer(connection, email="maya@example.com")
    job = shop.make_job(connection, customer_id=customer["id"], status="bagging")

    at = visit("jobs", job=job["number"], part="Tracking")
    at.text_area(key=f"parcels_{job['number']}").set_value("1Z999AA10123456784").run()
    aloud = words(at)
    at.checkbox(key=f"parcels_{job['number']}_quiet").check().run()

    assert "**Tracking, shipped** by email to" in aloud or "by email to" in aloud
    assert "maya@example.com" in aloud
    assert "The customer is not told" in words(at)
    assert shop.events(connection) == []


def test_more_at_once_than_the_shops_limit_is_said_before_it_is_pressed(
    visit: Visit, connection: shop.Connection
) -> None:
    shop.set_shop(connection, surge_limit=1)
    customer = shop.make_customer(connection)
    jobs = [shop.make_job(connection, customer_id=customer["id"]) for _ in range(2)]
    held = [
        shop.insert(
            connection, "message", rule_key="job_complete_email", channel="email", customer_id=customer["id"],
            status="held", reason="surge", dedupe_key=f"held {job['id']}", send_after="2026-11-03T14:00Z",
        )["id"]
        for job in jobs
    ]  # fmt: skip
    data = "Job number,Title,Customer\n" + "".join(f"{job['number']},Caps,{customer['email']}\n" for job in jobs)

    parcels = visit("jobs", tracking="1")
    parcels.text_area(key="parcels_many").set_value(f"{jobs[0]['number']} 1Z1").run()
    few = words(parcels)
    parcels.text_area(key="parcels_many").set_value("".join(f"{job['number']} 1Z1\n" for job in jobs)).run()
    file = visit("imports", kind="Jobs")
    file.file_uploader[0].set_value(("jobs.csv", data.encode(), "text/csv")).run()
    quiet = words(file)
    file.checkbox(key="quiet_0").uncheck().run()
    release = visit("messages", status="held")
    release.session_state["acting_asked"] = ("release", tuple(held))
    release.run()

    said = "More than 1 of one trigger within ten minutes are held"
    assert said not in few + quiet
    assert said in words(parcels)
    assert said in words(file)
    assert "These are 2; Inkbell holds more than 1 of one trigger at once." in words(release)


def test_a_lead_that_somebody_looked_after_goes_to_the_end(visit: Visit, connection: shop.Connection) -> None:
    old, new = shop.make_lead(connection, name="Old"), shop.make_lead(connection, name="New")

    at = visit("leads")
    at.button(key=f"handled_lead_{new['id']}").click().run()

    text = words(at)
    assert text.index("Old") < text.index("New")
    assert "looked after it" in text
    assert old["id"] != new["id"]


@pytest.mark.parametrize("reach", [{"email": "jonas@example.com"}, {"email": None, "phone": "(212) 555-0150"}])
def test_a_lead_becomes_one_customer_whoever_presses_and_however_often(
    visit: Visit, connection: shop.Connection, reach: dict[str, Any]
) -> None:
    lead = shop.make_lead(connection, **reach)
    here, there = visit("leads"), visit("leads")

    for at in (here, there):
        at.button(key=f"lead_{lead['id']}").click().run()

    assert ["is a customer already" in toast.value for toast in there.toast] == [True]
    assert "Is a customer" in words(here)
    assert len(connection.execute("SELECT id FROM customer").fetchall()) == 1


def test_a_job_names_its_own_contact(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, contact_name="Luis Ferrer", contact_email="luis@example.com")

    assert "Luis Ferrer · luis@example.com" in words(visit("jobs", job=job["number"]))


def test_one_piece_is_one_piece_and_a_wish_without_an_old_job_is_no_new_one(
    visit: Visit, connection: shop.Connection
) -> None:
    job = shop.make_job(connection, quantity=1)
    shop.make_reorder_request(connection, customer_id=job["customer_id"], quantity=1)

    text = " ".join(words(at) for at in (visit("jobs", job=job["number"]), visit("record", job=job["number"])))

    assert text.count("1 piece") == 2
    assert "1 pieces" not in text
    assert "wants to order again, 1 piece" in words(visit("leads", part="Reorders"))


@pytest.mark.parametrize("asked", ["²", "9" * 30, "x"])
def test_an_address_that_names_no_customer_says_so(visit: Visit, connection: shop.Connection, asked: str) -> None:
    said = words(visit("customers", customer=asked)) + words(visit("jobs", new="1", customer=asked))

    assert "went wrong" not in said


def test_a_number_that_is_known_already_is_not_said_to_be_added(visit: Visit, connection: shop.Connection) -> None:
    parcel = shop.make_shipment(connection)
    job = connection.execute("SELECT number FROM job").fetchone()
    assert job is not None
    at = visit("jobs", job=job["number"], part="Tracking")
    at.text_area(key=f"parcels_{job['number']}").set_value(parcel["tracking_number"]).run()

    at.button(key=f"parcels_{job['number']}_add").click().run()

    assert ["there already" in toast.value for toast in at.toast] == [True]


def test_the_first_visit_counts_one_as_one(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection)
    shop.make_invoice(connection, job_id=job["id"], status="sent", due_date="2020-01-31")

    text = words(visit("start"))

    assert all(one in text for one in ("1 customer:", "**1 job**", "**1 open invoice**", "**1 old debt**"))


def test_a_customers_form_saves_what_was_typed_and_leaves_what_changed_meanwhile(
    visit: Visit, connection: shop.Connection
) -> None:
    customer = shop.make_customer(connection, email="old@example.com", sms_consent_at="2026-01-05T12:00Z")
    at = visit("customers", customer=str(customer["id"]))
    shop.update(connection, "customer", customer["id"], email="new@example.com", sms_consent_at=None)

    at.text_input(key=f"customer_{customer['id']}_company").set_value("Bay Street")
    next(button for button in at.button if button.label == "Save").click().run()

    row = connection.execute("SELECT company, email, sms_consent_at FROM customer").fetchone()
    fields = {field.label: field.value for field in at.text_input}
    assert row == {"company": "Bay Street", "email": "new@example.com", "sms_consent_at": None}
    assert (fields["Company"], fields["Email"]) == ("Bay Street", "new@example.com")


def test_a_jobs_form_saves_what_was_typed_and_leaves_what_changed_meanwhile(
    visit: Visit, connection: shop.Connection
) -> None:
    gone = shop.make_staff(connection, role="sales", active=False)
    job = shop.make_job(connection, due_date=date(2026, 3, 9), contact_email="old@example.com", sales_rep_id=gone["id"])
    at = visit("jobs", job=job["number"], part="Details")
    shop.update(connection, "job", job["id"], due_date=date(2026, 3, 20), contact_email="new@example.com")

    at.text_input(key=f"job_{job['id']}_title").set_value("Green caps")
    next(button for button in at.button if button.label == "Save").click().run()

    row = connection.execute("SELECT title, due_date, contact_email, sales_rep_id FROM job").fetchone()
    assert row == {
        "title": "Green caps", "due_date": date(2026, 3, 20), "contact_email": "new@example.com",
        "sales_rep_id": gone["id"],
    }  # fmt: skip


def test_an_invoices_correction_leaves_what_changed_meanwhile(visit: Visit, connection: shop.Connection) -> None:
    invoice = shop.make_invoice(connection, status="sent", due_date=date(2026, 3, 9))
    at = visit("invoices")

    def draw() -> None:
        # The test client forgets an open drawer at every run; a browser keeps it open.
        at.session_state[f"edit_{invoice['id']}"] = True

    draw()
    at.run()
    draw()
    next(field for field in at.text_input if field.label == "Their PO number").set_value("PO-7").run()
    shop.update(connection, "invoice", invoice["id"], due_date=date(2026, 4, 9))
    draw()
    at.button(key=f"correct_{invoice['id']}").click().run()

    row = connection.execute("SELECT po_number, due_date FROM invoice").fetchone()
    assert row == {"po_number": "PO-7", "due_date": date(2026, 4, 9)}
