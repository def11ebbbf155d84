from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser

from pages import early
from tests.pages.living import rest
from tests.running_app import running_app

IMPORTED = re.compile(r'(?:from|import) ?"\./([\w.-]+\.js)"')
FETCHED = "() => performance.getEntriesByType('resource').map((one) => one.name.split('/').pop())"


def names(header: str | None) -> list[str]:
    return re.findall(r"<\./static/js/([\w.-]+)>; rel=modulepreload", header or "")


def test_the_scripts_that_are_named_exist_and_bring_what_they_import() -> None:
    named = names(early.header())
    page = (early.STATIC / "index.html").read_text()

    assert [name.split(".")[0] for name in named] == ["Toast"]
    for name in named:
        imported = IMPORTED.findall((early.SCRIPTS / name).read_text())
        assert [other for other in imported if other not in named and f"/{other}" not in page] == []
    assert len(early.header() or "") < 3000  # many a proxy has 4 KB for all headers of an answer


def test_a_streamlit_with_other_names_costs_the_header_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "TOAST", "Telegram.*.js")

    assert early.header() is None


@pytest.mark.browser
def test_a_page_of_staff_brings_what_a_toast_needs_and_one_of_customers_does_not(
    database_url: str, browser: Browser
) -> None:
    with running_app() as address:
        staff, customer = httpx.get(f"{address}/messages"), httpx.get(f"{address}/p/nothing")
        page = browser.new_page()
        page.goto(f"{address}/inbox")
        rest(page)
        fetched = page.evaluate(FETCHED)
        page.close()

    assert names(staff.headers["link"]) == names(early.header())
    assert "link" not in customer.headers
    assert {name: fetched.count(name) for name in names(early.header())} == dict.fromkeys(names(early.header()), 1)
