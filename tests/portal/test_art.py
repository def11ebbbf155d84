"""The proof's page promises: one decision, on the newest version, by somebody who looked at it, with evidence."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import shop
from tests.portal.conftest import hidden, now


@pytest.fixture
def approve(press, proof):
    def go(**typed):
        page = f"/art/{proof['review_token']}"
        return press(page, f"{page}/approve", **{"name": "Maya Ortiz", "checked": "yes"} | typed)

    return go


@pytest.fixture
def decline(press, proof):
    def go(**typed):
        page = f"/art/{proof['review_token']}"
        return press(page, f"{page}/decline", **{"name": "Maya Ortiz", "reason": "A darker blue"} | typed)

    return go


def test_looking_at_a_proof_changes_nothing(client, connection, proof, job):
    page = client.get(f"/art/{proof['review_token']}")

    assert page.status_code == 200
    assert 'src="https://files.example.com/relay-1.png"' in page.text
    assert now(connection, "artwork", proof) == proof
    assert now(connection, "job", job) == job
    assert shop.events(connection) == []


def test_an_approval_moves_the_job_and_keeps_who_when_and_how(client, connection, proof, job, approve):
    answer = approve()

    decided = now(connection, "artwork", proof)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/art/{proof['review_token']}")
    assert (decided["status"], decided["decided_by"], decided["decided_via"]) == ("approved", "Maya Ortiz", "portal")
    assert decided["decided_at"] is not None
    assert now(connection, "job", job)["status"] == "art_approved"
    entry = connection.execute("SELECT * FROM audit_entry").fetchone()
    assert (entry["actor"], entry["subject"]) == ("portal", f"artwork:{proof['id']}")
    assert entry["after"]["address"] == "203.0.113.7"
    assert "spelling" in entry["after"]["statement"]
    assert [event["payload"]["actor"] for event in shop.events(connection)] == ["portal"]
    assert "Approved by Maya Ortiz" in client.get(f"/art/{proof['review_token']}").text


def test_changes_that_are_asked_for_move_the_job_back_with_the_reason(connection, proof, job, decline):
    answer = decline(reason="A darker blue,\r\nplease")

    decided = now(connection, "artwork", proof)
    assert answer.status_code == 303
    assert (decided["status"], decided["decline_reason"]) == ("declined", "A darker blue,\nplease")
    assert now(connection, "job", job)["status"] == "art_revision_requested"
    assert [event["type"] for event in shop.events(connection)] == ["artwork.declined", "job.status_changed"]


@pytest.mark.parametrize(("missing", "says"), [({"name": " "}, "type your name"), ({"checked": ""}, "have checked")])
def test_an_approval_needs_a_name_and_the_tick(connection, proof, job, approve, missing, says):
    answer = approve(**missing)

    assert answer.status_code == 422
    assert says in answer.text
    assert now(connection, "artwork", proof) == proof
    assert now(connection, "job", job) == job


def test_what_was_typed_is_not_lost_when_a_reason_is_missing(proof, connection, decline):
    answer = decline(reason="  ", name='Maya "M" Ortiz')

    assert answer.status_code == 422
    assert 'value="Maya &#34;M&#34; Ortiz"' in answer.text
    assert now(connection, "artwork", proof)["status"] == "sent"


def test_a_proof_is_decided_once(client, connection, proof, job, approve):
    form = hidden(client.get(f"/art/{proof['review_token']}").text, f"/art/{proof['review_token']}/decline")
    approve()

    second = client.post(
        f"/art/{proof['review_token']}/decline", data=form | {"name": "Somebody", "reason": "No, wait"}
    )

    assert second.status_code == 409
    assert "decided already" in second.text
    assert now(connection, "artwork", proof)["status"] == "approved"
    assert now(connection, "job", job)["status"] == "art_approved"
    assert connection.execute("SELECT count(*) AS n FROM audit_entry").fetchone()["n"] == 1


def test_who_decides_on_an_order_that_was_cancelled_meanwhile_is_told_so(client, connection, proof, job):
    page = f"/art/{proof['review_token']}"
    form = hidden(client.get(page).text, f"{page}/approve")
    shop.move_job(connection, job, "cancelled")

    answer = client.post(f"{page}/approve", data=form | {"name": "Maya Ortiz", "checked": "yes"})

    assert answer.status_code == 409
    assert "cancelled in the meantime, so nothing was decided" in answer.text
    assert "decided already" not in answer.text
    assert now(connection, "artwork", proof) == proof


def test_of_two_who_decide_at_once_one_is_told_that_it_is_decided(client, connection, proof, job):
    page = f"/art/{proof['review_token']}"
    html = client.get(page).text
    forms = {
        f"{page}/approve": {"name": "Maya Ortiz", "checked": "yes"},
        f"{page}/decline": {"name": "Ben Ortiz", "reason": "A darker blue"},
    }

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda form: client.post(form[0], data=hidden(html, form[0]) | form[1]), forms.items()))

    assert sorted(answer.status_code for answer in answers) == [303, 409]
    decided = now(connection, "artwork", proof)
    to = {"approved": "art_approved", "declined": "art_revision_requested"}[decided["status"]]
    assert now(connection, "job", job)["status"] == to
    assert connection.execute("SELECT count(*) AS n FROM audit_entry").fetchone()["n"] == 1


def test_the_link_of_an_old_version_shows_the_newest_and_decides_that(client, connection, proof, job, approve):
    old_form = hidden(client.get(f"/art/{proof['review_token']}").text, f"/art/{proof['review_token']}/approve")
    newest = shop.make_artwork(connection, job_id=job["id"], image_url="https://files.example.com/relay-2.png")

    outdated = client.post(f"/art/{proof['review_token']}/approve", data=old_form | {"name": "Maya", "checked": "yes"})
    approve()

    assert outdated.status_code == 409
    assert "newer version" in outdated.text
    assert "relay-2.png" in outdated.text
    assert now(connection, "artwork", proof)["status"] == "sent"
    assert now(connection, "artwork", newest)["status"] == "approved"


@pytest.mark.parametrize("status", ["in_production", "shipped", "on_hold"])
def test_an_approval_that_comes_late_never_moves_a_job_back(connection, proof, job, approve, status):
    shop.move_job(connection, job, status)

    approve()

    assert now(connection, "artwork", proof)["status"] == "approved"
    assert now(connection, "job", job)["status"] == status


def test_a_cancelled_order_has_nothing_to_decide(client, connection, proof, job):
    form = hidden(client.get(f"/art/{proof['review_token']}").text, f"/art/{proof['review_token']}/approve")
    shop.move_job(connection, job, "cancelled")

    answer = client.post(f"/art/{proof['review_token']}/approve", data=form | {"name": "Maya", "checked": "yes"})

    assert answer.status_code == 409
    assert now(connection, "artwork", proof)["status"] == "sent"


def test_the_page_can_be_forwarded_as_it_shows_nothing_beyond_the_proof(client, connection, maya, job, proof, invoice):
    text = client.get(f"/art/{proof['review_token']}").text

    others = [maya["name"], maya["email"], maya["portal_token"], invoice["pay_token"], "482.50"]
    assert not [private for private in others if private in text]


def test_what_people_typed_is_never_markup(client, connection, job):
    nasty = "<script>alert(1)</script>"
    shop.update(connection, "job", job["id"], title=nasty)
    shop.make_artwork(connection, job_id=job["id"], status="declined", decline_reason=nasty, decided_by=nasty)
    art = shop.make_artwork(connection, job_id=job["id"], image_url="javascript:alert(1)")

    page = client.get(f"/art/{art['review_token']}").text

    assert "<script" not in page
    assert "javascript:" not in page
