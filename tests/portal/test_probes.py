"""Whatever watches Inkbell learns whether it is well, and strangers learn no more than that."""

from engine.store import heartbeat
from tests import desk


def test_it_is_well_with_a_database_its_schema_and_a_sidecar(client, connection):
    without = client.get("/healthz")
    heartbeat.beat(connection, "one", {})
    well = client.get("/healthz")

    assert (without.status_code, without.json()["sidecar"]) == (503, False)
    assert (well.status_code, well.json()) == (200, {"database": True, "schema": True, "sidecar": True})


def test_a_schema_that_is_behind_is_not_well(client, connection):
    connection.execute("DELETE FROM alembic_version")

    assert client.get("/healthz").json() == {"database": True, "schema": False, "sidecar": False}


def test_a_database_that_is_away_is_told_without_a_word_more(client, monkeypatch):
    from engine.store import database

    database.use("postgresql://nobody:secret@127.0.0.1:1/none")

    answer = client.get("/healthz")
    page = client.get("/p/" + "0" * 64)

    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert (page.status_code, "secret" in page.text, "127.0.0.1" in page.text) == (503, False, False)


def test_there_are_no_metrics_until_a_token_is_set(client, monkeypatch):
    assert client.get("/metrics").status_code == 404
    monkeypatch.setenv("INKBELL_METRICS_TOKEN", "m" * 32)
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_metrics_count_what_waits_and_what_was_asked_for(client, connection, monkeypatch):
    monkeypatch.setenv("INKBELL_METRICS_TOKEN", "m" * 32)
    desk.queued(connection)
    client.get("/art/" + "0" * 64)

    text = client.get("/metrics", headers={"authorization": "Bearer " + "m" * 32}).text

    assert 'inkbell_messages{channel="email",status="queued"} 1.0' in text
    assert "inkbell_sidecar_alive 0.0" in text
    assert 'inkbell_portal_requests_total{method="GET",route="/art/{token}",status="404"}' in text
    assert "0" * 64 not in text
