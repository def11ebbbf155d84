"""In a real browser, against a really started app: the door, the first deep link, the search, and a preview at rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from engine.catalog.rules import RULES
from engine.catalog.statuses import JOB_STATUSES
from pages import early, sheet
from tests import shop
from tests.conftest import Admin, lasting_database
from tests.pages.living import Windows, press, rest
from tests.pages.test_early import fetched_early
from tests.running_app import running_app

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)

FETCHED = "() => performance.getEntriesByType('resource').map((one) => one.name.split('/').pop())"


@pytest.fixture(scope="module")
def database_url(server: Admin, server_url: str) -> Iterator[str]:
    """One for the module, as the app is."""
    with lasting_database(server, server_url) as url:
        yield url


@pytest.fixture(scope="module")
def address(database_url: str) -> Iterator[str]:
    with running_app() as started:
        yield started


@pytest.fixture(scope="module")
def windows(browser: Browser, address: str) -> Iterator[Windows]:
    with Windows(browser, address) as opened:
        yield opened


@pytest.fixture
def page(windows: Windows) -> Iterator[Page]:
    with windows.window() as opened:
        opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield opened


def test_the_first_request_may_be_a_deep_link_and_the_door_and_the_search_hold(address: str, page: Page) -> None:
    page.goto("/?rule=job_complete_email")
    expect(page.get_by_role("heading", name="Order complete")).to_be_visible()
    expect(page.get_by_text("No sign-in is set up")).to_be_visible()
    expect(page.get_by_text("OFF by default")).to_have_count(0)

    foreign = httpx.get(f"{address}/messages", headers={"Host": "evil.example"})
    assert foreign.status_code == 403
    assert "frame-ancestors 'none'" in httpx.get(address).headers["content-security-policy"]

    press(page.get_by_role("link", name="All triggers and variables"))
    search = page.get_by_label("Search triggers and variables")
    rest(page)
    search.press_sequentially("produciton")
    # The journey above has every trigger, "Production started, on" among them; the list only what was searched for.
    expect(page.get_by_role("link", name="Production started", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Order received", exact=True)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"q=produciton"))

    press(page.get_by_text("26 variables"))
    press(page.get_by_role("button", name="job_title", exact=True))
    expect(page.get_by_text("job_title copied")).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == "{{ job_title }}"


def test_a_tag_is_copied_where_the_app_is_opened_without_https(page: Page) -> None:
    with page.context.new_page() as bare:
        bare.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        bare.goto("/?q=produciton")
        expect(bare.get_by_text("26 variables")).to_have_count(1)
        press(bare.get_by_text("26 variables"))

        press(bare.get_by_role("button", name="job_title", exact=True))

        expect(bare.get_by_text("job_title copied")).to_be_attached()
        search = bare.get_by_label("Search triggers and variables")
        search.fill("")
        search.press("ControlOrMeta+V")
        expect(search).to_have_value("{{ job_title }}")


def test_a_page_of_staff_brings_what_a_toast_needs_and_one_of_customers_does_not(address: str, page: Page) -> None:
    staff, customer = httpx.get(f"{address}/messages"), httpx.get(f"{address}/p/nothing")

    page.goto("/inbox")
    rest(page)

    fetched = page.evaluate(FETCHED)
    needed = fetched_early(early.header())
    assert fetched_early(staff.headers["link"]) == needed
    assert "link" not in customer.headers
    assert {name: fetched.count(name) for name in needed} == dict.fromkeys(needed, 1)


def test_a_hostile_message_rests_in_its_frame(page: Page, connection: shop.Connection) -> None:
    hostile = (
        "<script>top.document.title = 'owned'</script>"
        "<img src=x onerror=\"top.document.title = 'owned'\">"
        "<a href='javascript:top.document.title = \"owned\"'>press</a><p>Your shirts are on press.</p>"
    )
    message = shop.insert(
        connection,
        "message",
        rule_key="production_started_email",
        channel="email",
        status="sent",
        dedupe_key="hostile",
        send_after="2026-11-03T14:00Z",
        subject="On press",
        body_text="x",
        body_html=hostile,
    )

    page.goto(f"/messages?message={message['id']}")
    frame = page.frame_locator("iframe[sandbox='allow-same-origin']")
    expect(frame.get_by_text("Your shirts are on press.")).to_be_visible()
    frame.get_by_text("press", exact=True).click()

    expect(page).not_to_have_title("owned")
    assert len(page.context.pages) == 1


@pytest.mark.parametrize(("paper", "width", "height"), [("A4", 725, 1069), ("Letter", 748, 1003)])
def test_the_reference_prints_on_one_sheet_with_every_trigger_on_it(
    browser: Browser, paper: str, width: int, height: int
) -> None:
    page = browser.new_page()
    page.set_content(
        sheet.sheet("Bay & Sons", "today 10:00", {}, {status.key: status.label for status in JOB_STATUSES})
    )

    printed = page.pdf(format=paper, prefer_css_page_size=True)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": width, "height": height})
    for rule in RULES:
        place = page.locator("p b").get_by_text(rule.title, exact=True).bounding_box()
        assert place is not None
        assert 0 <= place["x"] <= width - place["width"]
        assert 0 <= place["y"] <= height - place["height"]

    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
