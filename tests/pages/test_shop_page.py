"""The shop page promises: a job moves with one press, whoever presses sees what it tells, and it can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.decide import run
from tests import shop
from tests.pages.conftest import Visit, words

SignedIn = Callable[[str], dict[str, Any]]


def events(connection: shop.Connection) -> list[dict[str, Any]]:
    return [row["payload"] for row in connection.execute("SELECT payload FROM event ORDER BY id")]


def status_of(connection: shop.Connection, job: dict[str, Any]) -> str:
    row = connection.execute("SELECT status FROM job WHERE id = %(id)s", job).fetchone()
    assert row is not None
    return str(row["status"])


def decide() -> None:
    run.decide_all()


def keys(at: Any) -> list[str]:
    return [button.key for button in at.button]


def choose(at: Any, job: dict[str, Any], to: str) -> Any:
    at.session_state["moving"] = (job["id"], to)
    return at.run()


def test_the_next_step_moves_the_job_as_the_person_who_pressed(
    visit: Visit, signed_in: SignedIn, connection: shop.Connection
) -> None:
    job = shop.make_job(connection, status="screen_burned")
    user = signed_in("sales")

    at = visit("shop", user=user)
    said = words(at)
    at.button(key=f"next_{job['id']}").click().run()

    assert "Tells the customer by email" in said
    assert events(connection) == [
        {"from": "screen_burned", "to": "in_production", "actor": f"staff:{user['sub'].removeprefix('account-')}"}
    ]
    assert "moved to In Production" in at.toast[0].value


def test_any_other_move_says_first_whom_it_tells(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_approved")

    at = choose(visit("shop"), job, "in_production")
    said = words(at)
    at.button(key="confirm_move").click().run()

    assert "**Production started** by email to Maya Ortiz (maya" in said
    assert status_of(connection, job) == "in_production"


def test_dont_notify_travels_with_the_move(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_approved")

    at = choose(visit("shop"), job, "in_production")
    at.checkbox(key=f"quiet_{job['id']}").check().run()
    said = words(at)
    at.button(key="confirm_move").click().run()

    assert "The customer is not told of this move." in said
    assert events(connection)[0]["quiet"] == "customers"


def test_two_people_moving_one_job_don_t_overwrite_each_other(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="art_approved")
    at = visit("shop")
    shop.update(connection, "job", job["id"], status="on_hold")

    at.button(key=f"next_{job['id']}").click().run()

    assert "has moved to On Hold meanwhile" in at.toast[0].value.replace("\\", "")
    assert len(events(connection)) == 1


def test_production_moves_its_stretch_and_sees_no_address_and_no_money(
    visit: Visit, signed_in: SignedIn, connection: shop.Connection
) -> None:
    on_press = shop.make_job(connection, status="bagging")
    quoted = shop.make_job(connection, status="quote", customer_id=on_press["customer_id"])
    user = signed_in("production")

    at = visit("shop", user=user)
    listed = words(at.text_input(key="q").set_value("shirts").run())
    moving = words(choose(at, on_press, "completed_order"))
    one = words(visit("jobs", user=user, job=on_press["number"]))

    assert f"next_{quoted['id']}" not in keys(at)
    assert "Sales moves this one." in listed
    assert "**Order complete** by email to Maya Ortiz" in moving
    assert "Bagging" in one
    for said in (listed, moving, one):
        assert "example.com" not in said
        assert "Invoice" not in said
    for page in ("customers", "invoices", "leads", "imports", "start"):
        assert "example.com" not in words(visit(page, user=user))


def test_the_strip_says_when_the_customer_is_told_and_undo_leaves_no_trace(
    visit: Visit, connection: shop.Connection
) -> None:
    job = shop.make_job(connection, status="screen_burned")
    at = visit("shop")
    at.button(key=f"next_{job['id']}").click().run()
    undecided = words(at)
    decide()
    decided = words(at.run())
    undo = next(button for button in at.button if button.label == "Undo")

    undo.click().run()

    assert "Looking who will be told." in undecided
    assert "The customer will be told at" in decided
    assert status_of(connection, job) == "screen_burned"
    left = connection.execute("SELECT status, reason FROM message WHERE channel = 'email'").fetchall()
    assert left == [{"status": "cancelled", "reason": "no_net_change"}]
    assert "moved to In Production." not in words(at.run())


def test_the_strip_sends_now_or_never(visit: Visit, connection: shop.Connection) -> None:
    first, second = (shop.make_job(connection, status="screen_burned") for _ in range(2))
    at = visit("shop")
    for job in (first, second):
        at.button(key=f"next_{job['id']}").click().run()
    decide()
    at.run()

    next(button for button in at.button if button.label == "Send now").click().run()
    [button for button in at.button if button.label == "Don’t send"][-1].click().run()

    rows = connection.execute(
        "SELECT status, reason, try_after < send_after AS hurried FROM message WHERE channel = 'email' ORDER BY id"
    ).fetchall()
    assert rows == [
        {"status": "cancelled", "reason": "discarded", "hurried": None},
        {"status": "queued", "reason": None, "hurried": True},
    ]


def test_the_strip_offers_no_second_hurry_and_stays_a_moment_to_say_what_came_of_it(
    visit: Visit, connection: shop.Connection
) -> None:
    shop.set_shop(connection, grace_seconds=120)
    job = shop.make_job(connection, status="screen_burned")
    at = visit("shop")
    at.button(key=f"next_{job['id']}").click().run()
    decide()
    next(button for button in at.run().button if button.label == "Send now").click().run()
    hurried, offered = words(at), [button.label for button in at.button]
    connection.execute(
        "UPDATE message SET status = 'sent', sent_at = now(), provider_id = 'sandbox:1' WHERE channel = 'email'"
    )

    connection.execute("UPDATE event SET occurred_at = now() - interval '130 seconds'")
    just_over = words(at.run())
    connection.execute("UPDATE event SET occurred_at = now() - interval '145 seconds'")
    over = words(at.run())

    assert "The email goes out now." in hurried
    assert "Send now" not in offered
    assert "In the sandbox since" in just_over
    assert "would have been told by email" in just_over
    assert "would have been told" not in over


def test_the_strip_promises_no_message_while_sending_is_stopped(visit: Visit, connection: shop.Connection) -> None:
    shop.set_shop(connection, grace_seconds=120)
    job = shop.make_job(connection, status="screen_burned")
    at = visit("shop")
    at.button(key=f"next_{job['id']}").click().run()
    decide()
    connection.execute("UPDATE message SET mode = 'live'")
    shop.insert(connection, "connection", provider="smtp", last_error="535 bad password")
    broken = words(at.run())
    shop.set_shop(connection, sending_paused=True)
    paused = words(at.run())

    assert "The email waits until its channel works." in broken
    assert "The email waits until sending is resumed." in paused
    assert "will be told" not in broken + paused
    assert "Send now" not in [button.label for button in at.button]


def test_dont_send_before_it_is_decided_makes_the_move_a_quiet_one(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, status="screen_burned")
    at = visit("shop")
    at.button(key=f"next_{job['id']}").click().run()

    next(button for button in at.button if button.label == "Don’t send").click().run()
    decide()

    row = connection.execute("SELECT status, reason FROM message WHERE channel = 'email'").fetchone()
    assert row == {"status": "skipped", "reason": "quiet"}


def test_the_board_shows_one_station_the_first_due_first_and_forty_at_most(
    visit: Visit, connection: shop.Connection
) -> None:
    customer = shop.make_customer(connection)["id"]
    for place in range(42):
        shop.make_job(connection, customer_id=customer, status="films", title=f"Run {place}", due_date="2027-03-01")
    shop.make_job(connection, customer_id=customer, status="films", title="Urgent", due_date="2027-02-01")
    shop.make_job(connection, customer_id=customer, status="bagging", title="Elsewhere")

    at = visit("shop")
    said = words(at)

    assert "43 jobs in Films, the 40 that are due first." in said
    assert said.index("Urgent") < said.index("Run 0")
    assert "Elsewhere" not in said
    assert len([key for key in keys(at) if key and key.startswith("next_")]) == 40


def test_the_search_looks_through_all_stations(visit: Visit, connection: shop.Connection) -> None:
    shop.make_job(connection, title="Banner", status="films")
    shop.make_job(connection, title="Banjo shirts", status="delivered")

    at = visit("shop")
    at.text_input(key="q").set_value("banj").run()

    assert "Banjo shirts" in words(at)
    assert "Banner" not in words(at)


def test_an_empty_board_says_how_jobs_come(visit: Visit) -> None:
    assert "No jobs yet." in words(visit("shop"))
