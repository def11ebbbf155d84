"""The customer's page promises: their own orders as they stand, and another run at the press of a button."""

import pytest

from engine import reorders
from portal import safety
from tests import shop
from tests.portal.conftest import hidden


def test_the_page_shows_orders_packages_proofs_and_invoices(client, connection, maya, job, proof, invoice):
    shop.move_job(connection, job, "art_requested", "art_approval_sent")
    shop.make_shipment(connection, job_id=job["id"], carrier="UPS", tracking_number="1Z999AA10123456784")
    draft = shop.make_invoice(connection, job_id=job["id"], total_cents=100)

    page = client.get(f"/p/{maya['portal_token']}")

    assert page.status_code == 200
    assert "Relay team shirts" in page.text
    assert 'aria-current="step">Waiting for your approval' in page.text
    assert f'href="/art/{proof["review_token"]}"' in page.text
    assert "https://www.ups.com/track?tracknum=1Z999AA10123456784" in page.text
    assert f'href="/invoice/{invoice["pay_token"]}"' in page.text
    assert draft["pay_token"] not in page.text


@pytest.mark.parametrize("status", ["quote", "art_revision_requested", "films", "on_hold", "cancelled", "delivered"])
def test_every_status_has_a_page_in_the_shop_s_words(client, connection, maya, job, status):
    shop.move_job(connection, job, status)
    connection.execute("UPDATE job_status SET customer_label = 'In our hands' WHERE key = %s", [status])

    assert "In our hands" in client.get(f"/p/{maya['portal_token']}").text


def test_another_customer_s_orders_are_not_on_it(client, connection, maya, job):
    other = shop.make_job(connection, title="Somebody else's caps")

    assert other["title"] not in client.get(f"/p/{maya['portal_token']}").text


def test_a_reorder_is_asked_for_once_and_admins_hear_of_it(client, connection, press, maya, job):
    page = f"/p/{maya['portal_token']}"

    answer = press(page, f"{page}/reorder", quantity="24", note="Same colours")

    request = connection.execute("SELECT * FROM reorder_request").fetchone()
    assert answer.status_code == 303
    assert "We have your request" in client.get(answer.headers["location"]).text
    assert (request["job_id"], request["quantity"], request["note"]) == (job["id"], 24, "Same colours")
    assert [event["payload"] for event in shop.events(connection, type="reorder.requested")] == [{"actor": "portal"}]


def test_a_double_click_is_one_reorder(client, connection, maya, job):
    page = f"/p/{maya['portal_token']}"
    form = hidden(client.get(page).text, f"{page}/reorder") | {"quantity": "24"}

    answers = [client.post(f"{page}/reorder", data=form).status_code for _ in range(2)]

    assert answers[0] == 303
    assert connection.execute("SELECT count(*) AS n FROM reorder_request").fetchone()["n"] == 1


def test_two_wishes_from_pages_that_were_open_side_by_side_both_count(client, connection, maya, job):
    page = f"/p/{maya['portal_token']}"
    caps = shop.make_job(connection, customer_id=maya["id"], title="Caps")
    html = client.get(page).text

    client.post(f"{page}/reorder", data=hidden(html, f"{page}/reorder", job["id"]) | {"quantity": "24"})
    client.post(f"{page}/reorder", data=hidden(html, f"{page}/reorder", caps["id"]) | {"quantity": "24"})
    client.post(f"{page}/reorder", data=hidden(html, f"{page}/reorder", caps["id"]) | {"quantity": "36"})

    kept = connection.execute("SELECT job_id, quantity FROM reorder_request ORDER BY id").fetchall()
    assert [tuple(row.values()) for row in kept] == [(job["id"], 24), (caps["id"], 24), (caps["id"], 36)]


def test_a_quantity_that_is_no_number_is_asked_for_again(connection, press, maya, job):
    page = f"/p/{maya['portal_token']}"

    answer = press(page, f"{page}/reorder", quantity="two dozen", note="Same colours")

    assert answer.status_code == 422
    assert "as a number" in answer.text
    assert "two dozen" in answer.text
    assert connection.execute("SELECT FROM reorder_request").fetchone() is None


def test_a_link_in_the_wrong_hands_does_not_bury_the_admins(connection, press, maya, job):
    for _ in range(reorders.MOST_PER_HOUR):
        shop.make_reorder_request(connection, customer_id=maya["id"], job_id=job["id"])
    page = f"/p/{maya['portal_token']}"

    refused = press(page, f"{page}/reorder", quantity="24")
    connection.execute("UPDATE reorder_request SET created_at = created_at - interval '1 hour'")
    taken = press(page, f"{page}/reorder", quantity="24")

    assert (refused.status_code, taken.status_code) == (429, 303)
    assert "Too many reorders were asked for within the hour; call us instead." in refused.text
    assert connection.execute("SELECT count(*) AS n FROM reorder_request WHERE quantity = 24").fetchone()["n"] == 1


def test_nobody_orders_another_customer_s_job(client, connection, maya, job):
    other = shop.make_job(connection)
    moment = connection.execute("SELECT clock_timestamp() AS now").fetchone()["now"]
    key = safety.form_key(maya["portal_token"], "reorder", f"{other['id']}:0", moment)

    answer = client.post(
        f"/p/{maya['portal_token']}/reorder", data={"job": other["id"], "seen": "0", "key": key, "quantity": "1"}
    )

    assert answer.status_code == 422
    assert connection.execute("SELECT FROM reorder_request").fetchone() is None
