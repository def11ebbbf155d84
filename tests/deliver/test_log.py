"""The log promises: what people remember of a message finds it, however long the ledger is."""

from __future__ import annotations

from typing import Any

import pytest

from engine.deliver import log
from engine.deliver.log import Wanted
from engine.store import queries
from tests import shop


def write(connection: shop.Connection, key: str, **values: Any) -> int:
    message = {
        "rule_key": "order_received_email",
        "channel": "email",
        "status": "sent",
        "send_after": "2026-11-03T14:00Z",
        "dedupe_key": key,
        **values,
    }
    return int(shop.insert(connection, "message", **message)["id"])


def found(connection: shop.Connection, **wanted: Any) -> list[int]:
    return list(log.ids(connection, Wanted(**wanted), 50))


def test_a_message_is_found_by_words_or_by_their_beginnings(connection: shop.Connection) -> None:
    texts = (
        "baseball",
        "BASEBALL jerseys",
        "jerseys base",
        "2041",
        "INV-2041",
        "anna@example.com",
        "example.com",
        "don’t wait",
    )
    wanted = write(
        connection, "wanted", subject="Your baseball jerseys", body_text="Invoice INV-2041: don’t wait.",
        to_address="anna@example.com",
    )  # fmt: skip
    write(connection, "other", subject="Tote bags", body_text="Invoice INV-2042", to_address="bo@example.org")

    assert [text for text in texts if found(connection, text=text) != [wanted]] == []


def test_a_telephone_number_is_found_as_people_write_it(connection: shop.Connection) -> None:
    texts = ("+12125550142", "(212) 555-0142", "555-0142", "0142")
    wanted = write(connection, "wanted", channel="sms", to_address="+12125550142")
    write(connection, "other", channel="sms", to_address="+12125550143")

    assert [text for text in texts if found(connection, text=text) != [wanted]] == []


def test_what_still_waits_is_found_by_its_words_and_its_address(connection: shop.Connection) -> None:
    texts = ("second", "PAT@example.com")
    waiting = write(
        connection, "waits", status="queued", subject=None, body_text="A second try", to_address="pat@example.com"
    )

    assert [text for text in texts if found(connection, text=text) != [waiting]] == []


def test_what_nobody_wrote_finds_nothing(connection: shop.Connection) -> None:
    texts = ("zeppelin", "base ball", "—", "' OR 1=1 --", "a & !b | c:*")
    write(connection, "other", subject="Your baseball jerseys", body_text="Ready.")

    assert [text for text in texts if found(connection, text=text) != []] == []


def test_of_a_reason_with_two_meanings_the_right_one_is_told(connection: shop.Connection) -> None:
    def sentence(**values: Any) -> str:
        (line,) = log.lines(connection, [write(connection, str(values), **values)])
        return line.sentence

    stopped = {"channel": "sms", "status": "skipped", "reason": "opted_out"}
    held = {"status": "held", "reason": "job_paused"}

    assert "asked for no more of these" in sentence(**stopped)
    assert "No consent" in sentence(**stopped, detail="no consent to texts is recorded")
    assert "are paused" in sentence(**held)
    assert "on hold" in sentence(**held, detail="the job is on hold")


def test_a_page_behind_the_last_shows_the_last(connection: shop.Connection) -> None:
    ids = [write(connection, str(number), subject="Again") for number in range(log.PER_PAGE + 1)]
    counts = log.counts(connection)

    for wanted in (Wanted(), Wanted(text="again")):
        page = log.page(connection, wanted, 9, counts)

        assert ([line.id for line in page.lines], page.total, page.more) == ([ids[0]], log.PER_PAGE + 1, False)


def test_a_search_that_finds_very_many_says_only_that_there_are_more(
    connection: shop.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MOST_FOUND", 2)
    for number in range(3):
        write(connection, str(number), subject="Again")

    page = log.page(connection, Wanted(text="again"), 1, log.counts(connection))

    assert (len(page.lines), page.total, page.more) == (2, 2, True)


@pytest.mark.parametrize(
    ("index", "wanted"), [("message_by_words", Wanted(text="zeppelin")), ("message_status", Wanted(status="expired"))]
)
def test_a_search_walks_an_index_and_not_the_ledger(connection: shop.Connection, index: str, wanted: Wanted) -> None:
    connection.execute(
        "INSERT INTO message (rule_key, channel, status, dedupe_key, subject, send_after) "
        "SELECT 'order_received_email', 'email', 'sent', 'k' || n, 'Order ' || n, now() FROM generate_series(1, 3000) n"
    )
    connection.execute("ANALYZE message")

    explain = queries.sql.SQL("EXPLAIN ") + queries.load("log").find
    plan = connection.execute(explain, log.asdict(wanted) | {"limit": 25, "offset": 0}).fetchall()

    assert index in str(plan)


@pytest.mark.parametrize(
    ("channel", "to", "said"),
    [
        ("email", "luis@example.com", "Luis Ferrer, for Dana Whitfield"),
        ("email", "dana@example.com", "Dana Whitfield"),
        ("sms", "+18455550131", "Luis Ferrer, for Dana Whitfield"),
        ("sms", "+18455550111", "Dana Whitfield"),
        ("email", None, "Dana Whitfield"),
    ],
)
def test_whoever_a_job_names_in_its_customers_place_is_named_in_the_log(
    connection: shop.Connection, channel: str, to: str | None, said: str
) -> None:
    dana = shop.make_customer(connection, name="Dana Whitfield", email="dana@example.com")
    job = shop.make_job(
        connection, customer_id=dana["id"], contact_name="Luis Ferrer", contact_email=" Luis@example.com",
        contact_phone="(845) 555-0131 ext. 4",
    )  # fmt: skip
    moved = shop.insert(connection, "event", type="job.status_changed", subject_table="job", subject_id=job["id"])
    sent = write(connection, "1", channel=channel, to_address=to, customer_id=dana["id"], event_id=moved["id"])

    (line,) = log.lines(connection, [sent])
    whole = log.one(connection, sent)

    assert whole is not None
    assert (line.recipient, whole.recipient) == (said, said)
