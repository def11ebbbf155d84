"""Every page of the staff app in a real browser: whole on a phone, and with nothing in it that keeps somebody out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests import axe, desk, shop
from tests.conftest import Admin
from tests.pages.conftest import FRAME
from tests.pages.living import PHONE, Living, living_shop

pytestmark = pytest.mark.browser

LONG = "Averyveryverylongnamewithoutanyplacetobreakit"

# What axe finds in Streamlit's own parts and no page can change: rule, scheme and selector → why.
STREAMLITS_OWN = {
    # Its words have the theme's primary colour, on which the words of a primary button are white: none suits both.
    ("color-contrast", "dark"): "[data-selected=true], [aria-checked=true]",
    # The dot of a metric's chart, whose figure stands beside it.
    ("svg-img-alt", "light"): "[data-testid=stMetricChart] *",
}

# What reaches over the right edge of the window where nobody can scroll to it, and no "…" says so; and how far the page
# moves sideways.
CUT = """(width) => {
  const ancestors = function* (one) { for (let up = one.parentElement; up; up = up.parentElement) yield up; };
  const scrolls = (one) => {
    for (const up of ancestors(one)) {
      if (["auto", "scroll"].includes(getComputedStyle(up).overflowX) && up.scrollWidth > up.clientWidth
          && up.getBoundingClientRect().right <= width + 1 && !up.matches("[data-testid=stMain]")) return true;
    }
    return false;
  };
  const shortened = (one) => [...ancestors(one)].some((up) => getComputedStyle(up).textOverflow === "ellipsis");
  const seen = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const main = document.querySelector("[data-testid=stMain]");
  const over = [...main.querySelectorAll("*")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right > width + 1 && seen(one) && !scrolls(one) && !shortened(one);
  });
  const sideways = Math.max(document.documentElement.scrollWidth, main.scrollWidth) - width;
  const found = over.slice(0, 3).map((one) => one.outerHTML.slice(0, 200));
  return sideways > 0 ? [...found, `${sideways} sideways`] : found;
}"""

# The colours are those of the scheme, and none is still on its way to another.
WORN = """(scheme) =>
  getComputedStyle(document.querySelector("[data-testid=stApp]")).colorScheme === scheme
  && !document.getAnimations().some((one) => one instanceof CSSTransition && one.playState !== "finished")
"""

# A scheme's colours fade in, which nobody watches.
STILL = "*, *::before, *::after { transition: none !important }"

WITHIN = "([node, theirs]) => !!document.querySelector(node.target[0])?.closest(theirs)"


@pytest.fixture(scope="module")
def living(server: Admin, server_url: str, browser: Browser) -> Iterator[Living]:
    with living_shop(server, server_url, browser) as started:
        yield started


@pytest.fixture(scope="module")
def rooms(living: Living) -> dict[str, list[str]]:
    """Addresses of every page, each with something on it that has no place to break."""
    connection = living.connection
    shop.make_staff(connection, name=LONG, email=f"{LONG.lower()}@example.com")
    customer = shop.make_customer(connection, name=LONG, company=LONG, email=f"{LONG.lower()}@example.com")
    job = shop.make_job(
        connection, customer_id=customer["id"], title=f"{LONG} shirts", status="in_production", quantity=144
    )
    shop.make_artwork(connection, job_id=job["id"])
    shop.make_shipment(connection, job_id=job["id"], tracking_number="1Z999AA10123456784" * 3)
    invoice = shop.make_invoice(connection, customer_id=customer["id"], job_id=job["id"], status="sent")
    shop.make_lead(connection, name=LONG, email=f"{LONG.lower()}@example.com", message=LONG * 4)
    shop.make_reorder_request(connection, customer_id=customer["id"])
    shop.move_job(connection, job, "bagging", "completed_order")
    living.mail.wait_for(1, timeout=20)
    message = desk.messages(connection, channel="email", customer_id=customer["id"])[0]["id"]
    return {
        "reference": [""],
        "rule": ["rule?rule=job_complete_email"],
        "variable": ["variable?variable=overdue_invoices"],
        "automations": ["automations", "automations?rule=job_complete_email"],
        "templates": ["templates?rule=job_complete_email", "templates?rule=job_complete_sms"],
        "messages": ["messages", "messages?status=Needs+a+person"],
        "message": [f"message?message={message}"],
        "record": [
            "record",
            f"record?job={job['number']}",
            f"record?invoice={invoice['number']}",
            f"record?customer={customer['id']}",
        ],
        "inbox": ["inbox"],
        "shop": ["shop"],
        "jobs": [f"jobs?job={job['number']}", "jobs?new=1", "jobs?tracking=1"],
        "customers": ["customers", f"customers?customer={customer['id']}"],
        "invoices": ["invoices"],
        "leads": ["leads", "leads?part=Reorders"],
        "imports": ["imports"],
        "start": ["start"],
        "health": ["health"],
        "settings": [f"settings?part={part}" for part in ("Shop", "Sending", "Connections", "Team", "Job+statuses")],
    }


def test_no_page_is_forgotten_here(rooms: dict[str, list[str]]) -> None:
    text = FRAME.read_text()

    assert {name for name in rooms if f'"{name}": st.Page' in text} == set(rooms)
    assert text.count(": st.Page(") == len(rooms)


def test_a_phone_shows_every_page_whole_and_axe_finds_nothing_that_keeps_somebody_out(
    living: Living, rooms: dict[str, list[str]]
) -> None:
    found: list[tuple[object, ...]] = []

    with living.visitor() as phone:
        phone.page.set_viewport_size(PHONE)
        page = phone.open("inbox")
        page.add_style_tag(content=STILL)
        for (room, path), schemes in walk(rooms):
            phone.go(path)
            assert urlsplit(page.url).path == f"/{room}".removesuffix("reference")
            found += [(path, "cut", what) for what in page.evaluate(CUT, PHONE["width"])]
            found += [(path, *broken) for scheme in schemes for broken in serious(page, scheme)]
    with living.visitor() as desktop:  # the menu is there on a wide window only
        page = desktop.open("inbox")
        page.add_style_tag(content=STILL)
        found += [("wide", *broken) for scheme in ("light", "dark") for broken in serious(page, scheme)]

    assert not found, "\n".join(map(str, found))


def walk(rooms: dict[str, list[str]]) -> Iterator[tuple[tuple[str, str], Sequence[str]]]:
    """Every address by day, and one of each room by night too: two rooms in a row, for night falls slowly."""
    evening = True
    for room, (first, *others) in rooms.items():
        by_day = [((room, path), ["light"]) for path in others]
        both = ((room, first), ["light", "dark"] if evening else ["dark", "light"])
        yield from [*by_day, both] if evening else [both, *by_day]
        evening = not evening


def serious(page: Page, scheme: str) -> list[tuple[str, str, str]]:
    """What is broken in the scheme's colours, as axe sees it, and the first elements that break it."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(WORN, arg=scheme)
    # By night all that depends on it; by day all but the rule that takes longest of those that are never serious.
    options = {"runOnly": ["color-contrast"]} if scheme == "dark" else {"rules": {"region": {"enabled": False}}}
    found = []
    for one in axe.violations(page, **options):
        theirs = STREAMLITS_OWN.get((one["id"], scheme), "")
        ours = [node["html"][:300] for node in one["nodes"] if not (theirs and page.evaluate(WITHIN, [node, theirs]))]
        if one["impact"] in ("serious", "critical"):
            found += [(scheme, str(one["id"]), html) for html in ours[:3]]
    return found
