"""A shop's day in a real browser: at the desk, two people at once, with the keyboard alone, and on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from engine import access
from engine.compose import drafts, wording
from tests import desk, shop
from tests.conftest import Admin
from tests.pages.living import Living, Visitor, living_shop, press
from tests.smtp_server import Mail

pytestmark = pytest.mark.browser

RULE, TITLE = "status_change_email", "Status changed"


@pytest.fixture(scope="module")
def living(server: Admin, server_url: str, browser: Browser) -> Iterator[Living]:
    with living_shop(server, server_url, browser) as started:
        yield started


@pytest.fixture
def visitor(living: Living) -> Iterator[Visitor]:
    with living.visitor() as here:
        yield here


def mail_to(living: Living, address: str) -> Mail:
    """The only one, when it has come."""
    for count in range(1, 50):
        mails = [mail for mail in living.mail.wait_for(count) if address in mail.recipients]
        if mails:
            break
    [mail] = mails
    return mail


def test_a_rule_is_found_switched_on_reworded_tried_and_its_message_seen(living: Living, visitor: Visitor) -> None:
    dana = shop.make_customer(living.connection, name="Dana Whitfield", email="dana@example.com")
    job = shop.make_job(living.connection, customer_id=dana["id"], title="Regatta hoodies", status="art_approval_sent")
    page = visitor.open()

    # Found, with slips of the finger.
    page.get_by_label("Search triggers and variables").press_sequentially("staus chnged")
    press(page.get_by_role("link", name=TITLE, exact=True))
    expect(page.get_by_role("heading", name=TITLE, exact=True)).to_be_visible()
    expect(page.get_by_text("OFF by default")).to_be_visible()
    visitor.rest()

    # Switched on, after a look at what it would have sent.
    press(page.get_by_role("link", name="Switch it on"))
    press(page.get_by_test_id("stMain").locator("label", has_text=TITLE))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("In the last 30 days")).to_be_visible()
    press(dialog.get_by_role("button", name="Switch on", exact=True))
    visitor.told(f"{TITLE} is on")
    expect(dialog).to_have_count(0)

    # Reworded with a slip, told of it, and put right with one click.
    press(page.get_by_role("link", name="Edit wording"))
    text = page.get_by_label("Text, in Markdown")
    text.fill("Hello {{ customer_frist_name }},\n\na word about {{ job_title }}: it is {{ job_status }} now.")
    expect(page.get_by_text("did you mean 'customer_first_name'?")).to_be_visible()
    expect(page.get_by_text(re.compile("line 1, column 10"))).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    press(page.get_by_role("button", name="Use customer_first_name"))
    expect(page.get_by_text("did you mean")).to_have_count(0)

    # Seen as it will arrive, before it is saved.
    letter = page.frame_locator("iframe[title^=Preview]")
    expect(letter.get_by_text("a word about Spring 10k shirts")).to_be_attached()

    # Tried on oneself: it really arrives.
    press(page.get_by_role("button", name="Send test to myself"))
    page.get_by_label("My email address").fill("me@example.com")
    press(page.get_by_role("button", name="Send", exact=True))
    visitor.told("Test on its way to me@example.com")
    test = mail_to(living, "me@example.com")
    assert "a word about Spring 10k shirts" in test.text
    assert str(test.message["Subject"]).startswith("[Test] ")
    page.keyboard.press("Escape")

    press(page.get_by_role("button", name="Save", exact=True))
    visitor.told("Saved. It goes out from now on")

    # A job is moved, and its customer reads the new words.
    press(page.get_by_role("link", name="Shop", exact=True))
    expect(page.get_by_label("Search all jobs")).to_have_value("")
    press(page.get_by_role("button", name="Art Approved"))
    visitor.told(f"Job {job['number']} moved to Art Approved")
    mail = mail_to(living, "dana@example.com")
    assert "Hello Dana," in mail.text
    assert "a word about Regatta hoodies: it is Artwork approved now." in mail.text

    # And it stands among the messages, with its story.
    about = re.compile(f"Order {job['number']}.*Artwork approved")
    press(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Messages"))
    press(page.get_by_test_id("stMain").get_by_role("link", name=about))
    expect(page.get_by_role("heading", name=about)).to_be_visible()
    expect(page.frame_locator("iframe[sandbox]").get_by_text("a word about Regatta hoodies")).to_be_attached()
    for step in ("It happened", "Decided", "Accepted", "Sent"):
        expect(page.get_by_text(re.compile(f"{step} today"))).to_be_visible()


def move(living: Living, visitor: Visitor, to: str) -> str:
    """The number of a job of its own, moved on at the board by somebody else."""
    job = shop.make_job(living.connection, title=f"On to {to}", status="films", sales_rep_id=None)
    page = visitor.page
    visitor.rest()
    page.get_by_label("Search all jobs").fill(job["number"])
    expect(page.get_by_text(f"1 job matches “{job['number']}”")).to_be_visible()
    press(page.get_by_role("button", name=to, exact=True))
    visitor.told(f"Job {job['number']} moved to {to}")
    return str(job["number"])


def moved_elsewhere(living: Living) -> str:
    """The number of a job that the shop's own system moved on to Screen Burned."""
    job = shop.make_job(living.connection, status="films", sales_rep_id=None)
    shop.move_job(living.connection, job, "screen_burned")
    return str(job["number"])


def test_a_move_is_told_in_another_session_once_within_three_seconds_and_what_is_typed_there_stays(
    living: Living, visitor: Visitor
) -> None:
    with living.visitor() as other:
        page = visitor.open("templates?rule=order_received_email")
        other.open("shop")
        text = page.get_by_label("Text, in Markdown")
        text.fill("Half a ")

        number = move(living, other, "Screen Burned")
        moved = time.monotonic()
        text.press_sequentially("word, ")
        visitor.told(f"{number}: Screen Burned")
        taken = time.monotonic() - moved
        text.press_sequentially("whole")
        again = moved_elsewhere(living)
        visitor.told(f"{again}: Screen Burned")

        assert taken < desk.promised(3)
        assert [said for said in visitor.toasts if number in said] == [visitor.toasts[0]]
        expect(text).to_have_value("Half a word, whole")
        expect(text).to_be_focused()
        visitor.rest()


def test_each_person_chooses_of_which_moves_they_are_told(living: Living, visitor: Visitor) -> None:
    page = visitor.open("inbox")
    unheard = []

    for shows in ("None", "My jobs"):
        press(page.get_by_role("radio", name=shows))
        visitor.rest()
        unheard.append(moved_elsewhere(living))
        wait_for_toast(living, unheard[-1])
        visitor.go("customers")  # each page looks for news as it is drawn
        visitor.go("inbox")
    press(page.get_by_role("radio", name="All jobs"))
    visitor.rest()
    heard = moved_elsewhere(living)
    visitor.told(f"{heard}: Screen Burned")

    assert not [said for said in visitor.toasts for number in unheard if number in said]


def wait_for_toast(living: Living, number: str) -> None:
    """Until the sidecar has made the one of this job."""
    end = time.monotonic() + 20
    while not any(number in (row["subject"] or "") for row in desk.messages(living.connection, channel="toast")):
        assert time.monotonic() < end, "no toast in 20 seconds"
        time.sleep(0.05)


FIRST = "Client,E-mail,Telephone\nJuno Vale,juno@example.com,(212) 555-0177\nno name,not an address,\n"
SECOND = "Client,E-mail,Telephone\nJuno Vale,juno@example.com,(212) 555-0188\n"


def test_a_file_is_imported_quietly_and_a_second_one_updates(living: Living, visitor: Visitor) -> None:
    page = visitor.open("imports")
    before = len(desk.messages(living.connection))

    def upload(text: str) -> None:
        visitor.rest()
        page.locator("input[type=file]").set_input_files(
            {"name": "old.csv", "mimeType": "text/csv", "buffer": text.encode()}
        )

    def juno() -> list[shop.Row]:
        return living.connection.execute("SELECT email, phone FROM customer WHERE name = 'Juno Vale'").fetchall()

    upload(FIRST)
    press(page.get_by_role("combobox", name="Name (needed)"))
    press(page.get_by_role("option", name="Client"))
    expect(page.get_by_text("1 new")).to_be_visible()
    expect(page.get_by_text("Line 3 (no name)")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Import quietly")).to_be_checked()
    press(page.get_by_role("button", name="Import 1 line, leave 1 out"))
    expect(page.get_by_text("Imported 1 new and 0 changed customers, quietly.")).to_be_visible()
    assert juno() == [{"email": "juno@example.com", "phone": "(212) 555-0177"}]

    upload(SECOND)
    expect(page.get_by_text("Mapped as the last time")).to_be_visible()
    expect(page.get_by_text("1 changes")).to_be_visible()
    press(page.get_by_role("button", name="Import 1 line", exact=True))
    expect(page.get_by_text("Imported 0 new and 1 changed customers, quietly.")).to_be_visible()
    assert juno() == [{"email": "juno@example.com", "phone": "(212) 555-0188"}]
    assert len(desk.messages(living.connection)) == before


def test_the_keyboard_alone_switches_a_rule_off_and_saves_a_wording(living: Living, visitor: Visitor) -> None:
    page = visitor.open()

    visitor.tab_to("Search triggers and variables")
    page.keyboard.type("invoice sent")
    expect(page.get_by_role("link", name="Order received", exact=True)).to_have_count(0)
    visitor.tab_to("Invoice sent")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Invoice sent", exact=True)).to_be_visible()
    visitor.tab_to("Switch it off")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Automations")).to_be_visible()
    visitor.rest()
    visitor.tab_to("Invoice sent")
    page.keyboard.press("Space")
    visitor.told("Invoice sent is off")

    visitor.open("templates?rule=invoice_sent_email")
    visitor.tab_to("Subject")
    page.keyboard.press("End")
    page.keyboard.type(", with thanks")
    page.keyboard.press("Control+s")
    visitor.told("Saved. It goes out from now on")

    row = living.connection.execute("SELECT enabled FROM rule_setting WHERE rule_key = 'invoice_sent_email'").fetchone()
    [version] = living.connection.execute("SELECT subject FROM wording_version WHERE rule_key = 'invoice_sent_email'")
    assert row == {"enabled": False}
    assert version["subject"].endswith(", with thanks")


def test_a_toast_waits_for_nothing_that_the_page_has_not_brought(living: Living, visitor: Visitor) -> None:
    # One that waited for its script was lost when the page was drawn again meanwhile, by the next pause in typing.
    page = visitor.open("templates?rule=job_complete_email")
    page.route("**/static/js/**", lambda route: route.abort())

    visitor.tab_to("Subject")
    page.keyboard.press("Control+s")

    visitor.told("Saved. It goes out from now on")


def test_what_was_typed_into_a_form_stays_until_it_is_taken_and_is_told_then(living: Living, visitor: Visitor) -> None:
    page = visitor.open("leads")
    main = page.get_by_test_id("stMain")
    press(main.get_by_text("Enter a lead", exact=True))

    main.get_by_label("Email").fill("wren@example.com")
    press(main.get_by_role("button", name="Enter the lead"))
    expect(main.get_by_text("A lead needs a name; enter one.")).to_be_visible()
    expect(main.get_by_label("Email")).to_have_value("wren@example.com")
    main.get_by_label("Name").fill("Wren Holt")
    press(main.get_by_role("button", name="Enter the lead"))
    visitor.told("The lead is entered")

    visitor.rest()
    expect(main.get_by_text("Wren Holt")).to_be_visible()
    expect(main.get_by_label("Email")).to_have_value("")


def test_words_survive_a_page_switch_a_closed_tab_and_a_typo(living: Living, visitor: Visitor) -> None:
    key = "production_started_email"
    page = visitor.open(f"templates?rule={key}")
    text = page.get_by_label("Text, in Markdown")
    text.press("Control+End")
    text.press_sequentially(" Hello {{ job_nmber }}")
    expect(page.get_by_text("did you mean 'job_number'?")).to_be_visible()
    press(page.get_by_role("button", name="Use job_number"))
    expect(page.get_by_text("did you mean")).to_have_count(0)
    press(page.get_by_text("Insert a variable"))
    text.press("Control+End")
    press(page.get_by_role("button", name="job_title", exact=True))
    expect(page.frame_locator("iframe").get_by_text("Hello 1042Spring 10k shirts")).to_be_attached()

    text.press_sequentially(" switched")
    page.get_by_role("link", name="Messages").click()
    expect(page.get_by_role("heading", name="Messages")).to_be_visible()
    press(page.get_by_role("link", name="Templates"))
    expect(text).to_have_value(wording.default(key).body + " Hello {{ job_number }}{{ job_title }} switched")

    text.press("Control+End")
    text.press_sequentially(" closed")
    page.goto("/_stcore/health")
    visitor.open(f"templates?rule={key}")
    expect(text).to_have_value(wording.default(key).body + " Hello {{ job_number }}{{ job_title }} switched closed")

    text.press("Control+End")
    text.press_sequentially(" saved")
    text.press("Control+s")
    visitor.told("Saved. It goes out from now on")
    assert wording.active(living.connection, key).wording.body.endswith("switched closed saved")
    assert drafts.load(living.connection, key, access.LOCAL) is None
