"""The public form promises: a person's words reach the admins once, a program's don't, and nobody can flood them."""

import pytest

from tests import shop
from tests.desk import PUBLIC_URL
from tests.portal.conftest import hidden

WORDS = {"name": "Jonas Beck", "email": "jonas@example.com", "message": "60 hoodies by June"}


def leads(connection):
    return connection.execute("SELECT name, email, phone, source, message FROM lead ORDER BY id").fetchall()


def test_what_a_visitor_writes_becomes_a_lead(client, connection, press):
    answer = press("/lead", "/lead", **WORDS)

    assert (answer.status_code, answer.headers["location"]) == (303, "/lead?sent=1")
    assert "Thank you" in client.get("/lead?sent=1").text
    assert leads(connection) == [WORDS | {"phone": None, "source": "website"}]
    assert [event["payload"] for event in shop.events(connection, type="lead.created")] == [{"actor": "portal"}]


def test_pressing_twice_is_one_lead(client, connection):
    form = hidden(client.get("/lead").text, "/lead") | WORDS

    answers = [client.post("/lead", data=form).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert len(leads(connection)) == 1


def test_a_program_that_fills_in_everything_is_thanked_and_forgotten(client, connection, press):
    assert press("/lead", "/lead", **WORDS, website="https://spam.example").status_code == 303
    assert leads(connection) == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": ""}, "your name"),
        ({"email": ""}, "an email address or a phone number"),
        ({"email": "jonas"}, "not an email address"),
        ({"email": "", "phone": "call me"}, "not a phone number"),
        ({"message": "x" * 4001}, "under 4,000"),
    ],
)
def test_what_is_missing_or_wrong_is_said_beside_the_field(connection, press, given, says):
    answer = press("/lead", "/lead", **WORDS | given)

    assert answer.status_code == 422
    assert says in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert leads(connection) == []


def test_the_shop_s_website_sends_json(client, connection):
    answer = client.post("/lead", json=WORDS)

    assert (answer.status_code, answer.json()) == (201, {"received": True})
    assert len(leads(connection)) == 1


def test_only_pages_of_the_shop_s_website_may_send_json_from_elsewhere(client, connection):
    shop.set_shop(connection, website="https://baystreet.example.com")
    own, other = {"origin": "https://baystreet.example.com"}, {"origin": "https://evil.example"}

    asked = client.options("/lead", headers=own)
    mine = client.post("/lead", json=WORDS, headers=own | {"sec-fetch-site": "cross-site"})
    theirs = client.post("/lead", json=WORDS | {"name": "X"}, headers=other | {"sec-fetch-site": "cross-site"})

    assert asked.headers["access-control-allow-origin"] == own["origin"]
    assert client.options("/lead", headers=other).status_code == 403
    assert (mine.status_code, theirs.status_code) == (201, 403)
    assert len(leads(connection)) == 1


@pytest.mark.parametrize("body", ["", "[]", "null", '{"name": 1}', '{"name": {}}', "{" * 5000, "[" * 60_000])
def test_json_that_is_no_lead_is_refused(client, connection, body):
    answer = client.post("/lead", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 400
    assert leads(connection) == []


def test_half_a_character_is_no_reason_to_fail(client, connection):
    body = '{"name": "Jo\\ud800nas\\u0000", "email": "jonas@example.com"}'

    assert client.post("/lead", content=body, headers={"content-type": "application/json"}).status_code == 201
    assert leads(connection)[0]["name"] == "Jonas"


def test_more_than_a_shop_has_visitors_is_a_flood(client, connection, patient):
    connection.execute("INSERT INTO lead (name, source) SELECT 'x', 'website' FROM generate_series(1, 60)")

    assert client.post("/lead", json=WORDS).status_code == 429


def test_one_visitor_who_writes_too_often_has_to_wait(client, connection):
    answers = [client.post("/lead", json=WORDS | {"name": f"Jonas {n}"}) for n in range(8)]

    assert [answer.status_code for answer in answers] == [201] * 6 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0


def test_the_form_of_another_website_is_refused(client, connection):
    form = hidden(client.get("/lead").text, "/lead") | WORDS

    answer = client.post("/lead", data=form, headers={"sec-fetch-site": "cross-site", "origin": PUBLIC_URL})

    assert answer.status_code == 403
    assert leads(connection) == []
