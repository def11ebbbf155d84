"""In a real browser that runs no JavaScript: a proof goes back and forth, an invoice is paid, a reorder is made."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from engine import payments
from portal.app import application
from sidecar import passes
from tests import desk, shop
from tests.chromium import chromium

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)
PHONE = {"width": 390, "height": 844}
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30"/></svg>'


class Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = threading.Event()

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        self.listens.set()


@pytest.fixture
def address(connection) -> Iterator[str]:
    server = Server(uvicorn.Config(application(), port=0, access_log=False, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    assert server.listens.wait(20)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport=PHONE, java_script_enabled=False, base_url=address)

    def elsewhere(route: Route) -> None:
        if route.request.url.startswith(address):
            route.continue_()
        elif route.request.resource_type == "image":
            route.fulfill(body=PICTURE, content_type="image/svg+xml")
        else:
            route.fulfill(body="<h1>Stripe's page</h1>", content_type="text/html")

    opened.route("**/*", elsewhere)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def sent(connection, rule_key: str) -> int:
    passes.once(desk.NOW)
    return len(desk.messages(connection, rule_key=rule_key, status="sent"))


def test_changes_reach_the_admins_and_the_next_version_is_approved(connection, page, admin, job, proof):
    shop.move_job(connection, job, "art_requested", "art_approval_sent")
    assert sent(connection, "art_approval_email") == 1

    page.goto(f"/art/{proof['review_token']}")
    page.get_by_text("Ask for changes").click()
    page.get_by_label("What should be changed?").fill("A darker blue")
    page.locator("form[action$=decline]").get_by_label("Your name").fill("Maya Ortiz")
    page.get_by_role("button", name="Send these changes").click()
    expect(page.get_by_text("A darker blue")).to_be_visible()
    assert sent(connection, "art_decline_notification") == 1

    shop.make_artwork(connection, job_id=job["id"], image_url="https://files.example.com/relay-2.png")
    assert sent(connection, "art_resubmit_email") == 1

    page.goto(f"/art/{proof['review_token']}")
    page.get_by_label("I have checked").check()
    page.locator("form[action$=approve]").get_by_label("Your name").fill("Maya Ortiz")
    page.get_by_role("button", name="Approve version 2").click()
    expect(page.get_by_text("Approved by Maya Ortiz")).to_be_visible()
    assert connection.execute("SELECT status FROM job").fetchone()["status"] == "art_approved"


def test_an_invoice_is_paid_and_the_receipt_follows(connection, page, stripe, invoice):
    page.goto(f"/invoice/{invoice['pay_token']}")
    page.get_by_role("button", name="Pay $482.50 by card").click()
    expect(page.get_by_role("heading", name="Stripe's page")).to_be_visible()
    stripe.pay()
    payments.refresh_open_sessions(at_once=True)

    page.goto(f"/pay/{invoice['pay_token']}/thanks")

    expect(page.get_by_text("is paid")).to_be_visible()
    assert sent(connection, "invoice_paid_email") == 1


def test_a_reorder_is_asked_for_and_the_admins_hear_of_it(connection, page, admin, maya, job):
    page.goto(f"/p/{maya['portal_token']}")
    page.get_by_text("Order this again").click()
    page.get_by_label("How many?").fill("24")
    page.get_by_role("button", name="Ask for a reorder").click()

    expect(page.get_by_text("We have your request")).to_be_visible()
    assert sent(connection, "reorder_request_received") == 1


def test_a_shop_s_own_colour_is_on_its_buttons(connection, page, job, proof):
    desk.open_shop(connection, accent_color="#ffd400")

    page.goto(f"/art/{proof['review_token']}")

    button = page.get_by_role("button", name="Approve version 1")
    assert button.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 212, 0)"
    assert button.evaluate("e => getComputedStyle(e).color") == "rgb(20, 23, 29)"


def test_a_phone_needs_no_sideways_scrolling(page, connection, maya, job, proof, invoice):
    shop.update(connection, "job", job["id"], title="Averyveryverylongtitlewithoutanyplacetobreakitanywhere" * 2)

    for path in (f"/p/{maya['portal_token']}", f"/art/{proof['review_token']}", f"/invoice/{invoice['pay_token']}"):
        page.goto(path)
        box = page.locator("main").bounding_box()
        assert box is not None
        assert box["width"] <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_keeps_somebody_out(
    browser, address, connection, maya, job, proof, invoice, stripe, scheme
):
    desk.open_shop(connection, accent_color="#ffd400")
    shop.make_artwork(connection, job_id=job["id"])
    shop.make_shipment(connection, job_id=job["id"])
    shop.set_shop(connection, phone="(212) 555-0199", notice="Closed on Friday", website="https://shop.example.com")
    pay = invoice["pay_token"]
    pages = [f"/p/{maya['portal_token']}?asked=1", f"/art/{proof['review_token']}", f"/invoice/{pay}", f"/pay/{pay}"]
    context = browser.new_context(viewport=PHONE, base_url=address, color_scheme=scheme)
    page = context.new_page()
    found = []
    for path in [*pages, f"/pay/{pay}/thanks", "/lead", "/p/nothing"]:
        page.goto(path)
        # A page without script has nothing that could open what is folded, so it is looked at open.
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found += [(path, one["id"], one["nodes"][0]["html"]) for one in Axe().run(page).response["violations"]]
    context.close()

    assert not found
