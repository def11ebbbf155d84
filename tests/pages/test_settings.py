"""The settings page promises: what is typed is checked, what is secret never comes out, and a slip locks nobody out."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from streamlit.testing.v1 import AppTest

from tests import shop
from tests.pages.conftest import Visit, words
from tests.smtp_server import SmtpServer

SignedIn = Callable[[str], dict[str, Any]]


def part(visit: Visit, name: str, **more: Any) -> AppTest:
    return visit("settings", **more).pills(key="part").set_value(name).run()


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def row(connection: shop.Connection) -> shop.Row:
    found = connection.execute("SELECT * FROM shop").fetchone()
    assert found is not None
    return found


def test_the_profile_is_saved(visit: Visit, connection: shop.Connection) -> None:
    at = visit("settings")
    at.text_input(key="profile_name").set_value("Bay Street Print")
    at.selectbox(key="profile_timezone").set_value("Europe/Berlin")

    at.button(key="save_profile").click().run()

    assert (row(connection)["name"], row(connection)["timezone"]) == ("Bay Street Print", "Europe/Berlin")


def test_a_field_that_cannot_be_used_is_named_and_nothing_is_saved(visit: Visit, connection: shop.Connection) -> None:
    before = row(connection)
    at = visit("settings")
    at.text_input(key="profile_email").set_value("not an address")

    at.button(key="save_profile").click().run()

    assert "Email can't be 'not an address'" in words(at)
    assert row(connection) == before


def test_going_live_waits_for_an_https_address_and_a_second_click(visit: Visit, connection: shop.Connection) -> None:
    at = part(visit, "Sending")
    assert "Going live needs a public https address" in words(at)
    assert "Go live" not in [button.label for button in at.button]

    shop.set_shop(connection, public_url="https://orders.example.com")
    at.run()
    at.button(key="mode_live").click().run()
    assert row(connection)["delivery_mode"] is None
    assert "The mail server is not connected. Emails will wait." in words(at)

    at.button(key="confirm_live").click().run()
    assert row(connection)["delivery_mode"] == "live"


def test_hours_and_limits_are_saved(visit: Visit, connection: shop.Connection) -> None:
    at = part(visit, "Sending")
    at.number_input(key="sending_grace_seconds").set_value(60)
    at.number_input(key="sending_surge_limit").set_value(50)

    press(at, "Save")

    assert (row(connection)["grace_seconds"], row(connection)["surge_limit"]) == (60, 50)


def test_a_connection_is_tested_with_a_real_call_and_shows_the_answer(visit: Visit) -> None:
    with SmtpServer() as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        at = part(visit, "Connections")
        at.text_input(key="smtp_host").set_value("127.0.0.1")
        at.text_input(key="smtp_port").set_value(str(closed.getsockname()[1]))
        at.text_input(key="smtp_mail_from").set_value("orders@example.com")
        at.text_input(key="smtp_password").set_value("hush-hush")
        press(at, "Save")
        at.button(key="test_smtp").click().run()
        assert any("It does not work." in error.value for error in at.error)

        at.text_input(key="smtp_port").set_value(str(server.port))
        press(at, "Save")
        at.button(key="test_smtp").click().run()

    assert any("It works. The answer: 250" in success.value.replace("\\", "") for success in at.success)
    assert "hush-hush" not in words(at)
    # Another field than the one it was typed into: a browser keeps what stands in a field that stays.
    [password] = [box for box in at.text_input if box.label == "Password"]
    assert (password.value, password.key) == ("", "smtp_password_2")


def test_half_a_connection_is_not_saved(visit: Visit, connection: shop.Connection) -> None:
    at = part(visit, "Connections")
    at.text_input(key="twilio_account_sid").set_value("AC1")
    at.text_input(key="twilio_sender").set_value("+12125550100")
    save = next(button for button in at.button if button.key and "form_twilio" in button.key)
    save.click().run()

    assert "Not saved: auth token missing; nothing can be sent without" in words(at)
    assert connection.execute("SELECT FROM connection WHERE provider = 'twilio'").fetchone() is None


def test_what_the_environment_says_is_shown_and_not_changed_here(visit: Visit, monkeypatch: Any) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", "rk_test_x")

    at = part(visit, "Connections")

    assert "Set on the server with STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET" in words(at)
    assert "stripe_api_key" not in [box.key for box in at.text_input]


def test_somebody_is_added_edited_and_deactivated(visit: Visit, connection: shop.Connection) -> None:
    shop.make_staff(connection, name="Ada Finch", role="admin")
    at = part(visit, "Team")
    at.text_input(key="new_name").set_value("Ben Okoro")
    at.text_input(key="new_email").set_value("ben@example.com")
    press(at, "Add")
    at.run()
    ben = connection.execute("SELECT id, role FROM staff WHERE email = 'ben@example.com'").fetchone()
    assert ben is not None
    assert ben["role"] == "sales"

    at.button(key=f"edit_{ben['id']}").click().run()
    at.selectbox(key=f"role_{ben['id']}").set_value("production")
    at.button(key="save_member").click().run()
    at.button(key=f"leave_{ben['id']}").click().run()

    after = connection.execute("SELECT role, active FROM staff WHERE id = %s", [ben["id"]]).fetchone()
    assert after == {"role": "production", "active": False}


def test_the_last_admin_stays(visit: Visit, connection: shop.Connection) -> None:
    ada = shop.make_staff(connection, name="Ada Finch", email="ada@example.com", role="admin")
    at = part(visit, "Team")

    at.button(key=f"leave_{ada['id']}").click().run()

    assert "is the only admin" in at.toast[0].value
    assert connection.execute("SELECT active FROM staff").fetchone() == {"active": True}


def test_a_status_gets_another_name_and_place_and_keeps_its_key(visit: Visit, connection: shop.Connection) -> None:
    at = part(visit, "Job statuses")
    at.button(key="edit_bagging").click().run()
    at.text_input(key="label_bagging").set_value("Folding")
    at.checkbox(key="announce_bagging").check()
    at.selectbox(key="after_bagging").set_value("completed_order")

    at.button(key="save_status").click().run()

    rows = connection.execute("SELECT key, label, announce FROM job_status ORDER BY position").fetchall()
    place = [status["key"] for status in rows].index("bagging")
    assert rows[place] == {"key": "bagging", "label": "Folding", "announce": True}
    assert rows[place - 1]["key"] == "completed_order"


def test_sales_are_told_whom_to_ask(visit: Visit, signed_in: SignedIn) -> None:
    at = visit("settings", user=signed_in("sales"))

    assert "Settings are for admins." in words(at)
    assert not at.text_input


def test_the_addresses_for_webhooks_are_there_to_copy_once_there_is_a_public_one(
    visit: Visit, connection: shop.Connection
) -> None:
    before = part(visit, "Connections")
    shop.set_shop(connection, public_url="https://orders.example.com")

    after = part(visit, "Connections")

    assert not before.code
    assert "needs the shop’s public address" in words(before)
    assert {code.value for code in after.code} == {
        f"https://orders.example.com/hooks/{path}" for path in ("stripe", "twilio/inbound", "twilio/status")
    }


def test_days_on_which_the_shop_is_closed_are_entered_and_taken_back(visit: Visit, connection: shop.Connection) -> None:
    at = part(visit, "Sending")
    first = datetime.now(UTC).date() + timedelta(days=30)
    at.date_input(key="closed_first").set_value(first)
    at.date_input(key="closed_last").set_value(first + timedelta(days=2))
    at.text_input(key="closed_label").set_value("Holidays")
    press(at, "Close the shop on these days")
    days = connection.execute("SELECT id, day FROM closed_day ORDER BY day").fetchall()

    at.run().button(key=f"open_{days[1]['id']}").click().run()

    assert [(row["day"] - first).days for row in days] == [0, 1, 2]
    assert connection.execute("SELECT count(*) AS n FROM closed_day").fetchone() == {"n": 2}


def test_the_shop_chooses_its_own_colour_and_takes_it_back(visit: Visit, connection: shop.Connection) -> None:
    at = visit("settings")
    at.toggle(key="profile_own_colour").set_value(True).run()
    at.color_picker(key="profile_accent_color").set_value("#FFD400").run()
    at.button(key="save_profile").click().run()
    chosen = row(connection)["accent_color"]

    at.run().toggle(key="profile_own_colour_1").set_value(False).run()
    at.button(key="save_profile").click().run()

    assert (chosen, row(connection)["accent_color"]) == ("#ffd400", None)


def test_what_is_typed_survives_a_look_at_another_page_until_it_is_saved(
    visit: Visit, connection: shop.Connection
) -> None:
    at = visit("settings")
    at.text_input(key="profile_hours").set_value("Mon to Fri, 9 to 5").run()

    at.switch_page("health.py").run()
    at.switch_page("settings.py").run()
    kept = at.text_input(key="profile_hours").value
    said = words(at)
    at.button(key="save_profile").click().run()

    assert kept == "Mon to Fri, 9 to 5"
    assert "Not saved yet." in said
    assert row(connection)["hours"] == "Mon to Fri, 9 to 5"
    assert "Not saved yet." not in words(at)


def test_what_is_typed_can_be_taken_back(visit: Visit, connection: shop.Connection) -> None:
    shop.set_shop(connection, hours="Mornings")
    at = part(visit, "Sending")
    at.number_input(key="sending_surge_limit").set_value(3).run()
    at.pills(key="part").set_value("Shop").run()
    at.text_input(key="profile_hours").set_value("Never").run()

    at.button(key="take_back_profile").click().run()
    shown = at.text_input(key="profile_hours_1").value
    at.pills(key="part").set_value("Sending").run()

    assert shown == "Mornings"
    assert at.number_input(key="sending_surge_limit").value == 3
    assert row(connection)["surge_limit"] == 20


def test_saving_overwrites_nothing_that_a_colleague_saved_meanwhile(visit: Visit, connection: shop.Connection) -> None:
    at = visit("settings")
    at.text_input(key="profile_hours").set_value("Mornings").run()
    shop.set_shop(connection, name="Fernwood Print")

    at.button(key="save_profile").click().run()

    assert (row(connection)["name"], row(connection)["hours"]) == ("Fernwood Print", "Mornings")
    assert at.run().text_input(key="profile_name_1").value == "Fernwood Print"


def test_a_notice_has_its_days_on_the_shops_clock(visit: Visit, connection: shop.Connection) -> None:
    shop.set_shop(connection, timezone="America/New_York")
    at = visit("settings")
    at.text_area(key="profile_notice").set_value("Closed for Thanksgiving")
    at.datetime_input(key="profile_notice_from").set_value(datetime(2026, 11, 23, 9))  # noqa: DTZ001
    at.datetime_input(key="profile_notice_until").set_value(datetime(2026, 11, 30, 9))  # noqa: DTZ001
    at.button(key="save_profile").click().run()
    saved = row(connection)

    at.run().datetime_input(key="profile_notice_until_1").set_value(datetime(2026, 11, 1, 9)).run()  # noqa: DTZ001
    at.button(key="save_profile").click().run()

    assert saved["notice_from"] == datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert saved["notice_until"] == datetime(2026, 11, 30, 14, tzinfo=UTC)
    assert "The notice ends before it begins" in words(at)
    assert row(connection)["notice_until"] == saved["notice_until"]
