"""The messages page promises: every message with its reason as a sentence, and each as it was sent, harmlessly."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import shop
from tests.pages.conftest import ROOT, Visit, words

_keys = itertools.count()


def message(connection: shop.Connection, **values: Any) -> int:
    defaults = {
        "rule_key": "production_started_email",
        "channel": "email",
        "status": "sent",
        "dedupe_key": f"test:{next(_keys)}",
        "send_after": "2026-11-03T14:00Z",
        "subject": "On press",
    }
    return int(shop.insert(connection, "message", **defaults | values)["id"])


def test_an_empty_ledger_says_what_to_do(visit: Visit) -> None:
    at = visit("messages")

    assert "No messages yet. Move a job on the Shop page" in words(at)


def test_messages_stand_newest_first_with_recipient_and_status(visit: Visit, connection: shop.Connection) -> None:
    customer = shop.make_customer(connection, name="Ada Byron")
    message(connection, subject="First")
    message(connection, subject="Second", customer_id=customer["id"], to_address="ada@example.com")

    text = words(visit("messages"))

    assert text.index("**Second**") < text.index("**First**")
    assert "Ada Byron (ada@example.com)" in text


def test_a_status_shows_only_its_messages_and_the_count_of_all(visit: Visit, connection: shop.Connection) -> None:
    message(connection, subject="Out")
    message(connection, subject="Stuck", status="held", reason="surge")

    at = visit("messages")
    at.segmented_control(key="status").set_value("held").run()

    assert "2 messages: 1 held, 1 sent" in words(at)
    assert "**Stuck**" in words(at)
    assert "**Out**" not in words(at)


def test_what_is_due_and_cannot_leave_says_what_it_waits_for(visit: Visit, connection: shop.Connection) -> None:
    message(connection, status="queued", mode="live")
    due = words(visit("messages"))
    shop.insert(connection, "connection", provider="smtp", last_error="535 bad password")
    broken = words(visit("messages"))
    shop.set_shop(connection, sending_paused=True)
    paused = words(visit("messages"))

    assert "goes out now" in due
    assert "waits until its channel works" in broken
    assert "waits until sending is resumed" in paused
    assert "goes out now" not in broken + paused


def test_a_reason_is_read_as_a_sentence(visit: Visit, connection: shop.Connection) -> None:
    message(connection, status="skipped", reason="no_address")

    at = visit("messages")

    assert "There is no address to send it to. Add one to the customer or the job, then send again." in words(at)


def test_a_long_list_is_read_in_pages(visit: Visit, connection: shop.Connection) -> None:
    for number in range(1, 28):
        message(connection, subject=f"Number {number}")

    at = visit("messages")
    first = words(at)
    at.pagination(key="page").set_value(2).run()
    second = words(at)

    assert "**Number 27**" in first
    assert "**Number 2**" not in first
    assert "**Number 2**" in second
    assert "**Number 27**" not in second


def test_a_message_is_shown_with_whom_why_when_and_what_it_is_about(visit: Visit, connection: shop.Connection) -> None:
    job = shop.make_job(connection, title="Club shirts")
    shop.update(connection, "job", job["id"], status="in_production")
    event = connection.execute("SELECT id FROM event").fetchone()
    assert event is not None
    number = message(
        connection, event_id=event["id"], to_address="ada@example.com", body_text="It is on press.", mode="sandbox"
    )
    connection.execute(
        "INSERT INTO attempt (message_id, lease, started_at, outcome, detail)"
        " VALUES (%s, 1, now(), 'refused', '550 5.1.1 no such user')",
        [number],
    )

    text = words(visit("message", message=str(number)))

    assert "ada@example.com" in text
    assert "**Production started**" in text
    assert f"Job {job['number']}, Club shirts" in text
    assert "It is on press." in text
    assert "in sandbox mode nothing leaves the shop" in text
    assert "550 5.1.1 no such user" in text


def test_a_message_that_waits_says_when_it_goes_out(visit: Visit, connection: shop.Connection) -> None:
    shop.set_shop(connection, timezone="UTC")
    number = message(connection, status="queued", subject=None, send_after="2999-01-02T09:30Z")

    text = words(visit("message", message=str(number)))

    assert "goes out Wed 2 Jan 2999 09:30" in text
    assert "It is written at the moment it goes out" in text


@pytest.mark.parametrize("asked", ["12345", "0", "-1", "x", "9" * 40, "<script>"])
def test_a_link_to_no_message_says_so(visit: Visit, asked: str) -> None:
    at = visit("message", message=asked)

    assert not at.exception
    assert "There is no" in words(at)


def test_text_of_the_database_never_becomes_markup(visit: Visit, connection: shop.Connection) -> None:
    hostile = "**bold** [click](https://evil.example) :material/home: https://evil.example <b>x</b> $x$"
    message(connection, subject=hostile, to_address=hostile, status="failed", reason="refused", detail=hostile)
    number = message(connection, subject=hostile, to_address=hostile, detail=hostile, body_text=hostile)

    for at in (visit("messages"), visit("message", message=str(number))):
        shown = [element.value for kind in ("title", "markdown", "caption") for element in at.get(kind)]
        shown += [element.proto.label for element in at.get("page_link")]
        assert not [text for text in shown if re.search(r"(?<!\\)\[click|:material/home:|https://evil|<b>", text)]


@pytest.mark.parametrize("page", ["messages", "message"])
def test_production_sees_no_address_and_no_amount(
    visit: Visit, signed_in: Callable[[str], dict[str, Any]], connection: shop.Connection, page: str
) -> None:
    number = message(connection, to_address="ada@example.com", subject="You owe $12")

    at = (
        visit(page, user=signed_in("production"), message=str(number))
        if page == "message"
        else visit(page, user=signed_in("production"))
    )

    assert "which sales and admins see" in words(at)
    assert "ada@example.com" not in words(at)
    assert "You owe" not in words(at)


def test_no_preview_anywhere_lets_a_script_run() -> None:
    frames = [
        (file.name, tag)
        for file in sorted((ROOT / "pages").rglob("*.py"))
        for tag in re.findall(r"<iframe[^>]*>", file.read_text())
    ]
    sources = "".join(Path(file).read_text() for file in (ROOT / "pages").rglob("*.py"))

    assert frames
    assert all('sandbox="allow-same-origin"' in tag for _, tag in frames)
    assert '"allow-scripts' not in sources
    assert "allow-same-origin allow-" not in sources
    assert "st.iframe(" not in sources


def test_the_preview_starts_with_its_policy_whatever_the_message_says(
    visit: Visit, connection: shop.Connection
) -> None:
    number = message(connection, body_text="x", body_html="<!-- <head> --><p>Hello</p>")

    at = visit("message", message=str(number))

    (frame,) = at.get("bidi_component")
    document = frame.proto.mixed.json if frame.proto.HasField("mixed") else frame.proto.json
    assert "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'" in document.split("<p>Hello")[0]
