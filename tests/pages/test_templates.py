"""The templates page promises: no word is lost, a mistake is named at once, and nobody is overwritten silently."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from engine import access
from engine.compose import drafts, wording
from engine.compose.wording import Wording
from tests import shop
from tests.pages.conftest import Visit, words

KEY = "production_started_email"
MINE = Wording("Order {{ job_number }} is on press", "", "It is being printed, {{ customer_name }}.")
THEIRS = Wording("Order {{ job_number }}", "", "On press.")
SignedIn = Callable[[str], dict[str, Any]]


def component(at: AppTest, part: str) -> dict[str, Any]:
    """What the component with this in its data was given."""
    for element in at.get("bidi_component"):
        given: dict[str, Any] = json.loads(element.proto.json or "{}")
        if part in given:
            return given
    raise AssertionError(f"no component has {part!r}")


def draft(connection: shop.Connection, text: Wording, based_on: int | None = None, rule_key: str = KEY) -> None:
    drafts.keep(connection, rule_key, text, access.LOCAL, based_on=based_on)


def test_it_opens_with_the_wording_in_force_and_its_preview(visit: Visit) -> None:
    at = visit("templates", rule=KEY)

    assert not at.exception
    assert component(at, "edition")["text"]["subject"] == wording.default(KEY).subject
    assert "Spring 10k shirts" in component(at, "document")["document"]
    assert "In force: the shipped default." in words(at)


def test_every_channel_has_its_own_look(visit: Visit) -> None:
    looks = {"job_complete_sms": "sms", "lead_new_notification": "in_app", "status_change_toast": "toast"}
    for key, look in looks.items():
        at = visit("templates", rule=key)

        assert not at.exception, key
        assert component(at, "lines")["kind"] == look


def test_a_draft_is_there_again_and_is_what_the_preview_shows(visit: Visit, connection: shop.Connection) -> None:
    draft(connection, MINE)

    at = visit("templates", rule=KEY)

    assert component(at, "edition")["text"]["body"] == MINE.body
    assert "It is being printed" in component(at, "document")["document"]


def test_a_mistake_is_named_with_its_place_and_what_was_meant(visit: Visit, connection: shop.Connection) -> None:
    draft(connection, Wording("On press", "", "One\nHello {{ job_nmber }}"))

    at = visit("templates", rule=KEY)

    [problem] = component(at, "edition")["problems"]
    assert (problem["part"], problem["line"], problem["column"]) == ("body", 2, 10)
    assert "did you mean 'job_number'?" in problem["message"]
    assert at.button(key="save").disabled


def test_what_only_these_values_make_impossible_is_said_in_place_of_the_preview(
    visit: Visit, connection: shop.Connection
) -> None:
    draft(connection, Wording("", "", "x" * 1_601), rule_key="status_update_sms")
    draft(connection, Wording("Order", "", "{% if due_date %}Due{% endif %}"))

    too_long = words(visit("templates", rule="status_update_sms"))
    at = visit("templates", rule=KEY)
    at.pills(key=f"situation_{KEY}").set_value("no due date").run()

    assert "comes to 1,601 characters of text; at most 1,600 can be sent" in too_long
    assert "With these values it comes out without a word" in words(at)
    assert component(at, "edition")["problems"] == []


def test_saving_puts_it_in_force_and_ends_the_draft(visit: Visit, connection: shop.Connection) -> None:
    draft(connection, MINE)

    at = visit("templates", rule=KEY)
    at.button(key="save").click().run()

    assert wording.active(connection, KEY).wording == MINE
    assert drafts.load(connection, KEY, access.LOCAL) is None
    assert "In force: version 1 by the local admin" in words(at)


def test_whoever_saves_second_is_told_and_overwrites_nothing(visit: Visit, connection: shop.Connection) -> None:
    draft(connection, MINE)
    at = visit("templates", rule=KEY)
    ada = shop.make_staff(connection, name="Ada Finch")["id"]
    wording.save(connection, KEY, THEIRS, ada)

    at.button(key="save").click().run()

    assert wording.active(connection, KEY).wording == THEIRS
    assert "somebody else put another wording in force: version 1 by Ada Finch" in words(at)
    assert drafts.load(connection, KEY, access.LOCAL) is not None

    at.button(key="save_over").click().run()

    assert wording.active(connection, KEY).wording == MINE


def test_words_are_not_lost_to_another_window_of_the_same_person(visit: Visit, connection: shop.Connection) -> None:
    draft(connection, MINE)
    at = visit("templates", rule=KEY)
    wording.save(connection, KEY, THEIRS, access.LOCAL)
    drafts.forget(connection, KEY, access.LOCAL)

    at.button(key="save").click().run()

    assert component(at, "edition")["text"]["body"] == MINE.body
    assert "Yours is kept as a draft" in words(at)


def test_a_draft_is_thrown_away_only_on_purpose(visit: Visit, connection: shop.Connection) -> None:
    draft(connection, MINE)
    at = visit("templates", rule=KEY)

    at.button(key="discard").click().run()

    assert drafts.load(connection, KEY, access.LOCAL) is None
    assert component(at, "edition")["text"]["body"] == wording.default(KEY).body


def test_an_old_version_and_the_default_are_compared_and_put_in_force_again(
    visit: Visit, connection: shop.Connection
) -> None:
    wording.save(connection, KEY, MINE, access.LOCAL)
    wording.save(connection, KEY, THEIRS, access.LOCAL)
    at = visit("templates", rule=KEY)
    at.session_state[f"versions_{KEY}"] = True
    at.run()

    at.selectbox(key=f"compare_{KEY}").set_value(1).run()
    difference = [(kind, "".join(text for text, _ in parts)) for kind, parts in component(at, "changes")["changes"]]
    at.button(key=f"restore_{KEY}").click().run()
    restored = wording.active(connection, KEY).wording
    at.session_state[f"versions_{KEY}"] = True
    at.run()
    at.selectbox(key=f"compare_{KEY}").set_value(0).run()
    at.button(key=f"restore_{KEY}").click().run()

    assert ("gone", "It is being printed, {{ customer_name }}.") in difference
    assert restored == MINE
    assert wording.active(connection, KEY).version_id is None


@pytest.mark.parametrize("number", [0, 1])
def test_what_somebody_saved_meanwhile_is_not_put_aside_by_going_back(
    visit: Visit, connection: shop.Connection, number: int
) -> None:
    wording.save(connection, KEY, MINE, access.LOCAL)
    wording.save(connection, KEY, Wording("Printing", "", "It is being printed."), access.LOCAL)
    at = visit("templates", rule=KEY)
    at.session_state[f"versions_{KEY}"] = True
    at.run()
    at.selectbox(key=f"compare_{KEY}").set_value(number).run()
    wording.save(connection, KEY, THEIRS, access.LOCAL)

    at.button(key=f"restore_{KEY}").click().run()

    assert wording.active(connection, KEY).wording == THEIRS
    assert "was changed meanwhile" in " ".join(toast.value for toast in at.toast)


def test_a_default_that_changed_since_is_said(visit: Visit, connection: shop.Connection) -> None:
    wording.save(connection, KEY, MINE, access.LOCAL)
    connection.execute("UPDATE wording_version SET default_hash = 'an older one'")

    at = visit("templates", rule=KEY)
    said = words(at)
    at.button(key="compare_default").click().run()
    compared = at.selectbox(key=f"compare_{KEY}").value
    at.button(key="keep_ours").click().run()

    assert "The default has changed since this was written" in said
    assert compared == 0
    assert "The default has changed since this was written" not in words(at)
    assert wording.active(connection, KEY).wording == MINE


def test_one_click_shows_a_situation(visit: Visit) -> None:
    at = visit("templates", rule="job_complete_email")

    at.pills(key="situation_job_complete_email").set_value("ship, paid").run()

    assert "ships next" in component(at, "document")["document"]


def test_a_real_record_says_what_it_would_read_and_who_would_get_it(visit: Visit, connection: shop.Connection) -> None:
    customer = shop.make_customer(connection, name="Ada Byron", email="ada@example.com")
    job = shop.make_job(connection, customer_id=customer["id"], title="Club shirts")
    at = visit("templates", rule=KEY)

    at.segmented_control(key="preview_with").set_value("Real record").run()
    at.text_input(key="record_job").set_value(job["number"]).run()

    assert "it would go to Ada Byron (ada@example.com)" in words(at)
    assert "Club shirts" in component(at, "document")["document"]
    assert shop.events(connection) == []


def test_what_makes_a_text_dear_is_replaced_with_one_click(visit: Visit, connection: shop.Connection) -> None:
    text = Wording("", "", "Order {{ job_number }}: it’s ready – come in.")
    draft(connection, text, rule_key="job_complete_sms")
    at = visit("templates", rule="job_complete_sms")
    dear = words(at)

    at.button(key="plainer_all").click().run()

    kept = drafts.load(connection, "job_complete_sms", access.LOCAL)
    assert "UCS-2" in dear
    assert kept is not None
    assert kept.wording.body == "Order {{ job_number }}: it's ready - come in."
    assert "GSM-7" in words(at)


def test_a_test_to_oneself_waits_for_the_sender_and_says_that_nothing_leaves(
    visit: Visit, signed_in: SignedIn, connection: shop.Connection
) -> None:
    somebody = signed_in("sales")
    at = visit("templates", user=somebody, rule=KEY)

    at.button(key="test_send").click().run()

    [row] = connection.execute("SELECT * FROM message").fetchall()
    assert (row["rule_key"], row["status"], row["to_address"]) == ("test_send", "queued", somebody["email"])
    assert [toast.value for toast in at.toast] == [
        "Test written down under Messages; in the sandbox nothing leaves the shop"
    ]


def test_sales_read_and_try_out_but_have_nothing_to_write_in(visit: Visit, signed_in: SignedIn) -> None:
    at = visit("templates", user=signed_in("sales"), rule=KEY)

    assert "Admins reword it" in words(at)
    with pytest.raises(AssertionError):
        component(at, "edition")


def test_production_sees_no_wording(visit: Visit, signed_in: SignedIn) -> None:
    at = visit("templates", user=signed_in("production"), rule=KEY)

    assert "Sales and admins look after the wordings" in words(at)
    assert at.get("bidi_component") == []


@pytest.mark.parametrize("asked", ["nothing", "<script>", "9" * 300])
def test_a_link_to_no_rule_opens_another(visit: Visit, asked: str) -> None:
    at = visit("templates", rule=asked)

    assert not at.exception
    assert component(at, "edition")
