"""Every page promises: tokens stay secret, forms are ours, and whoever asks too much waits alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from starlette.responses import Response
from structlog.testing import capture_logs

from engine import link_tokens
from engine.access import LOCAL
from engine.errors import BadSetting, DatabaseUnreachable
from engine.store import database, heartbeat
from portal import hatch, limits, routes, safety
from tests import shop
from tests.portal.conftest import hidden
from tests.test_people import everything

KINDS = ["p", "art", "invoice", "pay"]


@pytest.fixture
def tokens(maya, proof, invoice):
    pay = invoice["pay_token"]
    return {"p": maya["portal_token"], "art": proof["review_token"], "invoice": pay, "pay": pay}


def test_unknown_foreign_and_malformed_tokens_get_the_same_answer(client, tokens):
    for kind in KINDS:
        foreign = tokens["invoice" if kind == "art" else "art"]
        wrong = ["0" * 64, foreign, "x", "%00" * 20, "ü" * 20, "a" * 5000, "..%2f..%2fetc", "' OR true --" * 2]

        answers = [client.get(f"/{kind}/{token}") for token in wrong]

        assert {answer.status_code for answer in answers} == {404}, kind
        assert len({answer.text for answer in answers}) == 1, kind


@pytest.mark.parametrize("token", ["0" * 64, "mistyped"])
def test_whoever_comes_by_a_dead_link_reads_whom_to_ask(client, connection, token):
    connection.execute("UPDATE shop SET name = 'Bay Street Print', phone = '(212) 555-0100'")

    answer = client.get(f"/p/{token}")

    assert answer.status_code == 404
    for said in ("There is nothing here", "or ask us", "Bay Street Print", "(212) 555-0100"):
        assert said in answer.text


@pytest.mark.usefixtures("patient")
def test_every_answer_keeps_its_address_to_itself(client, tokens):
    paths = ["/p/{p}", "/art/{art}", "/invoice/{pay}", "/pay/{pay}", "/pay/{pay}/thanks", "/lead", "/p/nothing"]
    for path in (*paths, "/healthz"):
        headers = client.get(path.format(**tokens)).headers

        assert headers["cache-control"] == "no-store", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["x-robots-tag"].startswith("noindex"), path
        assert headers["x-content-type-options"] == "nosniff", path
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'"), path
        assert "unsafe" not in policy, path
        assert "script" not in policy, path
        assert "frame-ancestors 'none'" in policy, path


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_any_address_changes_nothing(client, connection, tokens, stripe, method):
    heartbeat.beat(connection, "one", {})
    before = everything(connection)
    opened = []
    for route in routes():
        kind = route.path.split("/")[1]
        path = route.path.replace("{token}", tokens.get(kind, "")).replace("{name}", "c8102e")
        opened.append(client.request(method, path).status_code)

    assert everything(connection) == before
    assert opened.count(200) >= 8
    assert stripe.sessions == {}


def test_pages_have_no_script_and_no_inline_style(client, tokens):
    pages = [client.get(f"/{kind}/{token}").text for kind, token in tokens.items()]

    assert not [page for page in pages if "<script" in page or "style=" in page or "<style" in page]


def test_a_cookie_makes_no_difference(client, tokens):
    with_cookie = client.get(f"/art/{tokens['art']}", headers={"cookie": "_streamlit_user=admin"})

    assert with_cookie.text == client.get(f"/art/{tokens['art']}").text
    assert "set-cookie" not in with_cookie.headers


def test_no_token_is_in_the_log(client, tokens):
    with capture_logs() as lines:
        for kind, token in tokens.items():
            client.get(f"/{kind}/{token}")

    assert [line["route"] for line in lines] == ["/p/{token}", "/art/{token}", "/invoice/{token}", "/pay/{token}"]
    assert not [token for token in tokens.values() if token in repr(lines)]


def test_a_page_that_fails_says_so_and_logs_no_value(client, tokens, monkeypatch):
    def fail(*_):
        raise ValueError(tokens["art"])

    monkeypatch.setattr("engine.proofs.find", fail)

    with capture_logs() as lines:
        answer = client.get(f"/art/{tokens['art']}")

    assert answer.status_code == 500
    assert tokens["art"] not in answer.text + repr(lines)


NOON = datetime(2026, 3, 2, 12, 59, tzinfo=UTC)


def test_a_form_s_key_holds_for_its_hour_and_the_next(database_url):
    key = safety.form_key("t" * 64, "approve", 2, NOON)

    fits = {
        lapse: safety.fits(key, "t" * 64, "approve", 2, NOON + timedelta(minutes=lapse)) for lapse in (0, 60, 61, -60)
    }

    assert fits == {0: True, 60: True, 61: False, -60: False}


def test_a_form_s_key_is_for_one_token_action_and_version(database_url):
    key, this = safety.form_key("t" * 64, "approve", 2, NOON), ("t" * 64, "approve", 2)
    others = [("u" * 64, "approve", 2), ("t" * 64, "decline", 2), ("t" * 64, "approve", 3), ("t" * 64, "approve", 22)]

    assert [one for one in (this, *others) if safety.fits(key, *one, NOON)] == [this]


def test_a_key_of_a_secret_that_is_being_replaced_still_fits(monkeypatch):
    old, new = "b2xk" * 10 + "b2w=", "bmV3" * 10 + "bmU="
    monkeypatch.setenv("INKBELL_SECRET_KEY", old)
    key = safety.form_key("t", "pay", 1, NOON)
    monkeypatch.setenv("INKBELL_SECRET_KEY", f"{new},{old}")

    assert safety.fits(key, "t", "pay", 1, NOON)


def test_a_form_without_our_key_does_nothing_and_comes_back_filled_in(client, connection, tokens, proof):
    for key in ("", "0" * 64, "ü"):
        form = {"key": key, "version": "1", "name": "Maya", "checked": "yes"}

        answer = client.post(f"/art/{tokens['art']}/approve", data=form)

        assert answer.status_code == 409, key
        assert 'value="Maya"' in answer.text, key
        assert connection.execute("SELECT status FROM artwork").fetchone()["status"] == "sent", key


def test_a_form_that_another_website_sends_is_refused(client, connection, tokens):
    page = f"/art/{tokens['art']}"
    form = hidden(client.get(page).text, f"{page}/approve") | {"name": "Maya", "checked": "yes"}

    answer = client.post(f"{page}/approve", data=form, headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403
    assert connection.execute("SELECT status FROM artwork").fetchone()["status"] == "sent"


def test_more_than_64_kilobytes_are_not_read(client, tokens):
    told = client.post(f"/art/{tokens['art']}/approve", content=b"x" * 65_537)
    dripped = client.post("/lead", content=b"x" * 65_537, headers={"content-length": "1"})

    assert (told.status_code, dripped.status_code) == (413, 413)


def test_nothing_can_be_uploaded(client, tokens):
    assert client.post(f"/art/{tokens['art']}/approve", files={"name": b"x"}).status_code == 415


def test_no_page_does_anything_else(client, tokens):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = client.request(method, f"/p/{tokens['p']}")

        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD"), method


def test_whoever_asks_too_much_waits_and_the_others_don_t():
    clock = [0.0]
    rate = limits.Rate(at_once=2, a_minute=60, clock=lambda: clock[0])

    assert [rate.wait("a"), rate.wait("a"), rate.wait("a"), rate.wait("b")] == [0, 0, 2, 0]
    clock[0] = 1.0
    assert rate.wait("a") == 0


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.5", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.5", ["1.2.3.4, 198.51.100.1, 10.0.0.9"], "198.51.100.1"),
        ("10.0.0.5", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.5", ["nonsense"], "10.0.0.5"),
        ("10.0.0.5", [], "10.0.0.5"),
        ("2001:db8:1:2:3::4", [], "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.5", ["198.51.100.1"], "198.51.100.1"),
        (None, [], "unknown"),
    ],
)
def test_a_client_is_the_nearest_address_that_is_no_trusted_proxy(monkeypatch, peer, forwarded, client):
    monkeypatch.setenv("INKBELL_TRUSTED_PROXIES", "10.0.0.0/8")

    assert limits.client(peer, forwarded) == client


def test_a_malformed_list_of_proxies_is_named(monkeypatch):
    monkeypatch.setenv("INKBELL_TRUSTED_PROXIES", "the proxy")

    with pytest.raises(BadSetting, match="INKBELL_TRUSTED_PROXIES"):
        limits.trusted_proxies()


def test_a_statement_that_takes_too_long_is_stopped_on_the_narrow_pool_only(database_url):
    with pytest.raises(DatabaseUnreachable, match="too busy"), database.narrow(), database.transaction() as narrow:
        narrow.execute("SET LOCAL statement_timeout = 50")
        narrow.execute("SELECT pg_sleep(5)")

    with database.narrow(), database.transaction() as narrow:
        assert narrow.execute("SHOW statement_timeout").fetchone() == {"statement_timeout": "2s"}
    with database.transaction() as wide:
        assert wide.execute("SHOW statement_timeout").fetchone() == {"statement_timeout": "0"}


def test_an_invoice_that_somebody_holds_costs_a_moment_and_no_thread(client, connection, tokens, stripe):
    page = f"/pay/{tokens['pay']}"
    form = hidden(client.get(page).text, page)
    with database.transaction() as other:
        other.execute("SELECT FROM invoice FOR UPDATE")
        answer = client.post(page, data=form)

    assert answer.status_code == 503
    assert stripe.sessions == {}


def test_customers_who_wait_for_stripe_keep_nobody_from_their_proofs(client, tokens, monkeypatch):
    enough, answered = threading.Semaphore(0), threading.Event()

    def wait(visit):
        enough.release()
        answered.wait()
        return Response(status_code=303)

    paying = next(route.endpoint for route in client.app.routes if route.path == "/pay/{token}")
    monkeypatch.setitem(paying.answers, "POST", wait)
    with client, ThreadPoolExecutor() as others:
        waiting = [others.submit(client.post, f"/pay/{tokens['pay']}") for _ in range(hatch.WORKERS)]
        enough.acquire()
        enough.acquire()
        try:
            proof = others.submit(client.get, f"/art/{tokens['art']}").result(timeout=10)
        finally:
            answered.set()

    assert proof.status_code == 200
    assert [paid.result().status_code for paid in waiting] == [303] * hatch.WORKERS


@pytest.mark.parametrize(("kind", "table"), [("p", "customer"), ("art", "artwork"), ("pay", "invoice")])
def test_a_link_in_the_wrong_hands_can_be_ended(client, connection, tokens, kind, table):
    row = connection.execute(f"SELECT id FROM {table}").fetchone()
    with database.transaction() as renewing:
        link_tokens.renew(renewing, table, row["id"], actor=LOCAL, now=NOON)

    assert client.get(f"/{kind}/{tokens[kind]}").status_code == 404
    token = {"customer": "portal_token", "artwork": "review_token", "invoice": "pay_token"}[table]
    renewed = connection.execute(f"SELECT {token} AS token FROM {table}").fetchone()["token"]
    assert client.get(f"/{kind}/{renewed}").status_code == 200
    assert connection.execute("SELECT action FROM audit_entry").fetchone()["action"] == "link renewed"


def test_the_links_of_older_versions_end_with_the_newest_proof_s(client, connection, job, proof):
    newest = shop.make_artwork(connection, job_id=job["id"], version=2)

    link_tokens.renew(connection, "artwork", newest["id"], actor=LOCAL, now=datetime(2026, 3, 2, tzinfo=UTC))

    assert client.get(f"/art/{proof['review_token']}").status_code == 404


def test_tokens_have_twice_the_bits_that_nobody_guesses(connection, tokens):
    assert all(len(token) == 64 for token in tokens.values())
    assert shop.make_customer(connection)["portal_token"] != tokens["p"]
