"""A shop whose customers write markup, links, headers and templates into every field that they or others can fill."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

from tests import desk, shop
from tests.desk import NOW
from tests.shop import Connection, Row

PRODUCT = "62710561"  # what the sum below comes to, which nobody may ever work out
EVIL = "evil.example"
VICTIM = "victim@example.com"
HOSTILE = (
    f"<script>alert(1)</script><img src=//{EVIL}/x onerror=alert(1)>\"'><a href=https://{EVIL}>x</a> "
    f"[press](https://{EVIL}) ![x](https://{EVIL}/x.png) <https://{EVIL}> https://{EVIL}/ www.{EVIL} me@{EVIL} "
    "[j](javascript:alert(1)) [d](data:text/html,x) **bold** _it_ `code` # head $x^2$ :red[x] :material/home: :smile: "
    "{{ 7919*7919 }}{{ ''.__class__ }}{% for x in y %}{% endfor %}{# c #} &lt;b&gt; &#123;&#123; 7919*7919 "
    f"\u202egnp.exe\u2066\u200b\u2060\ufeff \x07\x1b[31m\r\nBcc: {VICTIM}\r\n\r\nx\u2028y\u0085z 🎉 é"
)
LONG = HOSTILE + " long" * 20_000
FORBIDDEN = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
"""What is invisible and has no use in a text: a newline and a tab are no part of it."""

CUSTOMER, BILLING, COPY, ADMIN = (f"{name}@example.com" for name in ("maya", "ap", "boss", "ada"))
NUMBER = "+12125550123"


def hostile_shop(connection: Connection) -> Row:
    """Every rule is on, and the shop itself is badly written as well. The customer it is all about."""
    desk.open_shop(
        connection,
        name=HOSTILE,
        address=HOSTILE,
        phone=HOSTILE,
        hours=HOSTILE,
        notice=HOSTILE,
        website="javascript:alert(1)",
        logo_url=f'https://{EVIL}/logo.png" onerror="alert(1)',
        surge_limit=0,
    )
    connection.execute("UPDATE job_status SET label = %s, customer_label = %s", [HOSTILE, HOSTILE])
    connection.execute("UPDATE rule_setting SET enabled = true, enabled_at = '2020-01-01Z'")
    shop.make_staff(connection, name=HOSTILE, email=ADMIN)
    return a_customer(connection)


def a_customer(connection: Connection) -> Row:
    return shop.make_customer(
        connection,
        name=HOSTILE,
        company=HOSTILE,
        email=CUSTOMER,
        billing_email=BILLING,
        cc_emails=[COPY, f"x@example.com\r\nBcc: {VICTIM}", f"y@example.com, {VICTIM}", f"{VICTIM}\x07"],
        phone=NUMBER,
    )


def all_happens(connection: Connection, customer: Row) -> Row:
    """What fires each of the 24 rules; the job that most of it is about."""
    rep = connection.execute("SELECT id FROM staff LIMIT 1").fetchone()
    assert rep is not None
    named = {"title": HOSTILE, "contact_name": HOSTILE, "sales_rep_id": rep["id"], "quantity": 48}

    def a_job() -> Row:
        return shop.make_job(connection, customer_id=customer["id"], source="customer", **named)

    job, plain, shipped = a_job(), a_job(), a_job()
    shop.move_job(connection, plain, "quote_sent")
    proof = shop.make_artwork(connection, job_id=job["id"], image_url=f"javascript:alert(1)//{EVIL}")
    shop.move_job(connection, job, "art_approval_sent")
    proofed = a_job()
    refused = shop.make_artwork(connection, job_id=proofed["id"], status="declined", decline_reason=LONG)
    shop.update(connection, "artwork", refused["id"], status="approved")
    shop.update(connection, "artwork", refused["id"], status="declined", decided_by=HOSTILE, decided_note=HOSTILE)
    shop.make_artwork(connection, job_id=proofed["id"], image_url=f'https://{EVIL}/"><script>')
    for status in ("in_production", "completed_order"):
        shop.move_job(connection, a_job(), status)
    for number in (HOSTILE, "1Z999AA10123456784"):
        shop.make_shipment(connection, job_id=shipped["id"], carrier=HOSTILE, tracking_number=number)
    shop.make_lead(connection, name=HOSTILE, company=HOSTILE, message=LONG, phone=HOSTILE, email=HOSTILE)
    shop.make_reorder_request(connection, customer_id=customer["id"], job_id=job["id"], quantity=9, note=LONG)
    for days in (-2, 1, 31, 61, 91):
        _debt(connection, NOW.date() - timedelta(days=days))
    invoice = shop.make_invoice(connection, job_id=job["id"], po_number=HOSTILE, status="sent")
    shop.update(connection, "invoice", invoice["id"], payment_link_requested_at=NOW)
    shop.make_payment(connection, invoice_id=_debt(connection, None)["id"], method=HOSTILE, reference=HOSTILE)
    assert proof["id"]
    return job


def _debt(connection: Connection, due: date | None) -> Row:
    """Of a customer of its own, since nobody gets two reminders in one day."""
    customer = a_customer(connection)
    sent = {"sent_at": "2025-10-01Z", "created_at": "2025-10-01Z"}
    return shop.make_invoice(
        connection, customer_id=customer["id"], status="sent", po_number=HOSTILE, due_date=due, **sent
    )


class Page(HTMLParser):
    """The tags of a document, where they lead, and what would run or load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("href", "action", "formaction"):
                self.links.append(value or "")
            elif name in ("src", "srcset", "background", "poster", "data"):
                self.loads.append(value or "")
            elif name.startswith("on"):
                self.handlers.append(name)

    @property
    def hosts(self) -> set[str | None]:
        return {urlsplit(address).hostname for address in (*self.links, *self.loads)}


_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What the app's Markdown makes of bare words, where a backslash in front protects nothing.
_BARE = re.compile(r"(?:https?:(?:\\?/){2}|www\\?\.|\b\w+@)(?:\\?[\w.-])+")


def markup_of(markdown: str) -> list[str]:
    """The links, images and raw HTML that a reader of Markdown would find in this."""
    found = _BARE.findall(markdown)
    for block in _MARKDOWN.parse(markdown):
        for token in (block, *(block.children or ())):
            if token.type in ("html_block", "html_inline", "image"):
                found.append(token.content)
            elif token.type == "link_open":
                found.append(str(token.attrs["href"]))
    return found
