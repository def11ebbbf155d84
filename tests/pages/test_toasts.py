"""What a page says after it wrote is heard: a toast right before st.rerun() is lost now and then, so none is there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import shop
from tests.pages.conftest import FRAME, Visit


def lost(path: Path) -> list[str]:
    """The functions that draw the page again themselves after a toast, their own or one of `act`."""
    found = []
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef):
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            names = {ast.unparse(call.func) for call in calls if not asks_for_another_run(call)}
            if "st.rerun" in names and names & {"st.toast", "act"}:
                found.append(f"{path.name}:{function.lineno} {function.name}")
    return found


def asks_for_another_run(call: ast.Call) -> bool:
    """Of `act`, which then keeps the toast for it."""
    return "anew" in {word.arg for word in call.keywords}


@pytest.mark.parametrize("path", sorted(FRAME.parent.glob("*.py")), ids=lambda path: path.stem)
def test_no_page_shows_a_toast_and_then_draws_itself_again(path: Path) -> None:
    assert lost(path) == []


def test_what_was_told_is_shown_by_the_next_run_and_by_that_one_only(visit: Visit, connection: shop.Connection) -> None:
    at = visit("leads")
    at.text_input(key="lead_name").set_value("Juno Vale")
    at.text_input(key="lead_email").set_value("juno@example.com")

    at.button(key="FormSubmitter:new_lead-Enter the lead").click().run()
    said = [toast.value for toast in at.toast]
    at.run()

    assert (said, list(at.toast)) == (["The lead is entered"], [])
    assert {field.value for field in at.text_input} == {""}
    assert connection.execute("SELECT name FROM lead").fetchall() == [{"name": "Juno Vale"}]


def test_a_refusal_stands_below_its_form_which_keeps_what_was_typed(visit: Visit) -> None:
    at = visit("leads")
    at.text_input(key="lead_email").set_value("juno@example.com")

    at.button(key="FormSubmitter:new_lead-Enter the lead").click().run()

    assert [error.value for error in at.error]
    assert not at.toast
    assert at.text_input(key="lead_email").value == "juno@example.com"
