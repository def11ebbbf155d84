"""
In a real browser that runs no JavaScript, from the email or text that the sidecar really sends: a proof goes back and
forth, an invoice is paid, a reorder is made, and texts end.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from portal.app import application
from sidecar import passes
from tests import axe, desk, shop
from tests.portal.conftest import now
from tests.portal.test_stripe_hook import PAID, sign
from tests.portal.test_twilio_hook import sign as sign_text
from tests.smtp_server import Mail, SmtpServer, smtp_server
from tests.twilio_server import TwilioServer, twilio_server

__all__ = ["smtp_server", "twilio_server"]

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
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
def address(connection, monkeypatch) -> Iterator[str]:
    """Of a portal that listens; customers' links and the providers' webhooks begin with it."""
    server = Server(uvicorn.Config(application(), port=0, access_log=False, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    assert server.listens.wait(20)
    listening = f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    monkeypatch.setenv("INKBELL_PUBLIC_URL", listening)
    yield listening
    server.should_exit = True
    thread.join()


def elsewhere(context: BrowserContext, address: str) -> None:
    """Nothing is loaded from the internet: pictures are ours, and another site is a page that names itself."""

    def answer(route: Route) -> None:
        if route.request.url.startswith(address):
            route.continue_()
        elif route.request.resource_type == "image":
            route.fulfill(body=PICTURE, content_type="image/svg+xml")
        else:
            route.fulfill(body="<h1>Stripe's page</h1>", content_type="text/html")

    context.route("**/*", answer)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, base_url=address)
    elsewhere(context, address)
    yield context.new_page()
    context.close()


@pytest.fixture
def mails(smtp_server: SmtpServer, monkeypatch) -> Callable[[], list[Mail]]:
    """Lets the sidecar do all that is due, and gives what newly arrived at the mail server."""
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    monkeypatch.setenv("MAIL_FROM", "orders@example.com")

    def run() -> list[Mail]:
        before = len(smtp_server.mails)
        passes.once(desk.NOW)
        return smtp_server.mails[before:]

    return run


def link(mail: Mail, kind: str) -> str:
    """The one that the email's button leads to."""
    [found] = set(re.findall(rf'href="(http://localhost:\d+/{kind}/[^"]+)"', mail.html))
    assert found in mail.text
    return found


def test_a_proof_is_approved_from_its_email(connection, page, mails, maya):
    job = shop.make_job(connection, customer_id=maya["id"], title="Relay team shirts", status="art_requested")
    proof = shop.make_artwork(connection, job_id=job["id"], image_url="https://files.example.com/relay-1.png")
    shop.move_job(connection, job, "art_approval_sent")
    [mail] = mails()
    assert mail.recipients == ("maya@example.com",)

    page.goto(link(mail, "art"))
    expect(page.get_by_role("img", name="Proof of Relay team shirts, version 1")).to_be_visible()
    page.get_by_label("I have checked").check()
    page.get_by_label("Your name").first.fill("Maya Ortiz")
    page.get_by_role("button", name="Approve version 1").click()

    expect(page.get_by_text("Approved by Maya Ortiz")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    decided = now(connection, "artwork", proof)
    assert (decided["status"], decided["decided_by"], decided["decided_via"]) == ("approved", "Maya Ortiz", "portal")
    assert now(connection, "job", job)["status"] == "art_approved"


def test_changes_reach_the_admins_and_the_next_version_its_approval(connection, page, mails, admin, maya):
    job = shop.make_job(connection, customer_id=maya["id"], title="Relay team shirts", status="art_requested")
    shop.make_artwork(connection, job_id=job["id"], image_url="https://files.example.com/relay-1.png")
    shop.move_job(connection, job, "art_approval_sent")
    [first] = mails()

    page.goto(link(first, "art"))
    page.get_by_text("Ask for changes").click()
    page.get_by_label("What should be changed?").fill("A darker blue")
    page.locator("form[action$=decline]").get_by_label("Your name").fill("Maya Ortiz")
    page.get_by_role("button", name="Send these changes").click()
    expect(page.get_by_text("A darker blue")).to_be_visible()
    assert now(connection, "job", job)["status"] == "art_revision_requested"
    assert mails() == []
    notice = desk.message(connection, "art_decline_notification")
    assert (notice["status"], notice["staff_id"]) == ("sent", admin["id"])
    assert "A darker blue" in notice["body_text"]

    shop.make_artwork(connection, job_id=job["id"], image_url="https://files.example.com/relay-2.png")
    [second] = mails()
    assert desk.message(connection, "art_resubmit_email")["rfc_message_id"] == second.message_id
    page.goto(link(second, "art"))
    expect(page.get_by_text("Version 1", exact=True)).to_be_visible()
    page.get_by_label("I have checked").check()
    page.locator("form[action$=approve]").get_by_label("Your name").fill("Maya Ortiz")
    page.get_by_role("button", name="Approve version 2").click()

    expect(page.get_by_text("Approved by Maya Ortiz")).to_be_visible()
    assert now(connection, "job", job)["status"] == "art_approved"


def test_an_invoice_is_paid_from_its_email_and_the_receipt_follows(connection, page, mails, stripe, maya):
    draft = shop.make_invoice(connection, customer_id=maya["id"], total_cents=48_250)
    shop.update(connection, "invoice", draft["id"], status="sent")
    [mail] = mails()

    page.goto(link(mail, "invoice"))
    page.emulate_media(media="print")
    expect(page.get_by_text("Due", exact=True).first).to_be_visible()
    expect(page.get_by_role("button", name="Pay $482.50 by card")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Pay $482.50 by card").click()
    expect(page.get_by_role("heading", name="Stripe's page")).to_be_visible()
    page.goto(stripe.newest["success_url"])
    expect(page.get_by_role("heading", name="No payment has arrived yet")).to_be_visible()
    stripe.pay()
    event = {"id": "evt_1", "object": "event", "type": "checkout.session.completed"}
    body = json.dumps({**event, "data": {"object": {**stripe.newest, **PAID}}}).encode()
    told = page.request.post("/hooks/stripe", data=body, headers={"stripe-signature": sign(body)})
    page.get_by_role("link", name="Look again").click()

    assert (told.status, told.text()) == (200, "paid\n")
    expect(page.get_by_text(f"Invoice {draft['number']} is paid")).to_be_visible()
    [receipt] = mails()
    assert desk.message(connection, "invoice_paid_email")["rfc_message_id"] == receipt.message_id
    assert "$482.50" in receipt.text
    page.goto(link(receipt, "invoice"))
    expect(page.locator(".badge")).to_have_text("Paid")
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_reorder_is_asked_for_and_the_admins_hear_of_it(connection, page, mails, admin, maya):
    job = shop.make_job(connection, customer_id=maya["id"], title="Relay team shirts", source="customer")
    [mail] = mails()

    page.goto(link(mail, "p"))
    page.get_by_text("Order this again").click()
    page.get_by_label("How many?").fill("24")
    page.get_by_label("Anything that should be different?").fill("Two in XL")
    page.get_by_role("button", name="Ask for a reorder").click()

    expect(page.get_by_text("We have your request")).to_be_visible()
    assert mails() == []
    notice = desk.message(connection, "reorder_request_received")
    assert (notice["status"], notice["staff_id"]) == ("sent", admin["id"])
    assert all(words in notice["body_text"] for words in (job["number"], "24", "Two in XL"))


def test_stop_ends_the_texts_and_start_begins_them_again(
    connection, page, address, mails, maya, twilio_server: TwilioServer, monkeypatch
):
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", twilio_server.account_sid)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", twilio_server.auth_token)
    monkeypatch.setenv("TWILIO_FROM", twilio_server.sender)
    monkeypatch.setenv("TWILIO_API_BASE", twilio_server.url)
    desk.only(connection, "status_update_sms")
    job = shop.make_job(connection, customer_id=maya["id"], status="art_approved")

    def texts(status: str) -> int:
        shop.move_job(connection, job, status)
        mails()
        return len(twilio_server.texts)

    def tell(path: str, **form: str) -> int:
        signed = {"x-twilio-signature": sign_text(twilio_server.auth_token, address + path, form)}
        return page.request.post(path, form=form, headers=signed).status

    def reply(sid: str, words: str) -> int:
        return tell("/hooks/twilio/inbound", MessageSid=sid, From="+12125550123", To=twilio_server.sender, Body=words)

    assert texts("in_production") == 1
    sid = twilio_server.texts[0]["sid"]
    assert tell("/hooks/twilio/status", MessageSid=sid, MessageStatus="delivered") == 204
    assert reply("SM1", "Stop") == 200
    assert texts("completed_order") == 1
    assert reply("SM2", "START") == 200
    assert texts("shipped") == 2

    fates = desk.fates(connection, "status_update_sms")
    assert fates == [("delivered", None), ("skipped", "opted_out"), ("sent", None)]


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


@pytest.mark.parametrize(
    ("scheme", "size", "color"),
    [("light", PHONE, None), ("dark", PHONE, "#3a0ca3"), ("light", DESKTOP, "#ffe600")],
    ids=["Inkbell's colour", "a dark one at night", "a bright one by day"],
)
def test_axe_finds_nothing_that_keeps_somebody_out(
    browser, address, connection, maya, job, proof, invoice, stripe, scheme, size, color
):
    second = shop.make_artwork(connection, job_id=job["id"], image_url="https://files.example.com/relay-2.png")
    shop.make_shipment(connection, job_id=job["id"])
    shop.set_shop(
        connection, phone="(212) 555-0199", notice="Closed on Friday", website="https://shop.example.com",
        accent_color=color,
    )  # fmt: skip
    done = shop.make_invoice(connection, job_id=job["id"], status="paid", amount_paid_cents=48_250)
    account, art = f"/p/{maya['portal_token']}", f"/art/{proof['review_token']}"
    pay, paid = invoice["pay_token"], done["pay_token"]
    context = browser.new_context(viewport=size, base_url=address, color_scheme=scheme)
    elsewhere(context, address)
    context.add_init_script(axe.AXE_SCRIPT)
    page = context.new_page()
    found = []
    # The first has seen the same on a phone as it is at night, but for its colours.
    rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if scheme == "dark" else {}

    def look(state: str) -> None:
        # A page without script has nothing that could open what is folded, so it is looked at open.
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found.extend((state, one["id"], one["nodes"][0]["html"]) for one in axe.violations(page, **rules))

    mostly = [account, f"/invoice/{pay}", f"/pay/{pay}/thanks", "/lead", art]
    wholly = [f"{account}?asked=1", f"/invoice/{paid}", f"/pay/{pay}", f"/pay/{paid}/thanks", "/lead?sent=1", "/p/none"]
    # A colour changes no structure, so a few pages that have everything that is coloured are enough for it.
    for path in mostly if color else wholly + mostly:
        page.goto(path)
        look(path)
    page.get_by_label("I have checked").check()
    page.get_by_label("Your name").first.fill(" ")
    page.get_by_role("button", name="Approve version 2").click()
    expect(page.get_by_text("Please type your name").first).to_be_visible()
    look("a decision that lacks a name")
    for status, words in (("approved", "Approved by"), ("declined", "Changes were asked for by")):
        shop.update(
            connection, "artwork", second["id"], status=status, decided_by="Maya Ortiz", decline_reason="A darker blue"
        )
        page.goto(art)
        expect(page.get_by_text(words)).to_be_visible()
        look(status)
    context.close()

    assert not found
