"""Data promises nothing: through all 24 rules it stays text, for the one person each message is for."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from engine.catalog.rules import RULES
from portal.app import application
from sidecar import passes
from tests import desk, shop
from tests.desk import NOW, PUBLIC_URL, after
from tests.hostile import (
    ADMIN,
    BILLING,
    COPY,
    CUSTOMER,
    FORBIDDEN,
    HOSTILE,
    LONG,
    NUMBER,
    PRODUCT,
    Page,
    a_customer,
    all_happens,
    hostile_shop,
)  # fmt: skip
from tests.smtp_server import smtp_server
from tests.twilio_server import twilio_server

__all__ = ["smtp_server", "twilio_server"]

HEADERS = {
    "message-id", "date", "from", "to", "cc", "reply-to", "subject", "auto-submitted", "x-auto-response-suppress",
    "mime-version", "content-type",
}  # fmt: skip
OURS = {None, urlsplit(PUBLIC_URL).hostname, "www.ups.com"}


@pytest.fixture
def live(connection, smtp_server, twilio_server, monkeypatch):
    for name, value in {
        "INKBELL_DELIVERY": "live",
        "SMTP_URL": smtp_server.url,
        "TWILIO_ACCOUNT_SID": twilio_server.account_sid,
        "TWILIO_AUTH_TOKEN": twilio_server.auth_token,
        "TWILIO_FROM": twilio_server.sender,
        "TWILIO_API_BASE": twilio_server.url,
        "STRIPE_API_KEY": "sk_test_1",
    }.items():
        monkeypatch.setenv(name, value)


def test_through_every_rule_and_channel_it_is_never_markup_a_link_a_header_or_a_second_recipient(
    connection, live, smtp_server, twilio_server
):
    all_happens(connection, hostile_shop(connection))

    passes.once(NOW)
    passes.once(after(minutes=5))

    sent = {row["rule_key"] for row in desk.messages(connection, status="sent")}
    fates = {(row["rule_key"], row["status"], row["reason"], row["detail"]) for row in desk.messages(connection)}
    assert {rule.key for rule in RULES} - sent == set(), fates
    for mail in smtp_server.mails:
        an_email(mail)
    for text in twilio_server.texts:
        assert text["to"] == NUMBER
        plain(text["body"])
        assert len(text["body"]) <= 1_600
    for row in desk.messages(connection, status="sent"):
        plain(row["body_text"])
        plain(row["subject"] or "", one_line=True)


def an_email(mail):
    assert set(mail.recipients) <= {CUSTOMER, BILLING, COPY}
    assert mail.message["To"].addresses[0].addr_spec == mail.recipients[0]
    assert len(mail.message["To"].addresses) == 1
    assert {name.lower() for name in mail.message} <= HEADERS
    assert [address.addr_spec for address in mail.message["Reply-To"].addresses] in ([ADMIN], ["hello@example.com"])
    for value in mail.message.values():
        assert not re.search(FORBIDDEN + "|\n", str(value))
    plain(mail.text)
    page = Page(mail.html)
    assert not page.tags & {"script", "img", "iframe", "form", "input", "svg", "object", "meta http-equiv", "base"}
    assert page.hosts <= OURS
    assert not [
        link for link in page.links if not link.startswith((f"{PUBLIC_URL}/", "https://www.ups.com/", "mailto:"))
    ]
    assert page.handlers == page.loads == []
    assert PRODUCT not in mail.html


def plain(text, *, one_line=False):
    assert not re.search(FORBIDDEN + ("|\n" if one_line else ""), text)
    assert PRODUCT not in text


def test_a_customer_s_pages_show_it_as_text(connection):
    customer = hostile_shop(connection)
    job = all_happens(connection, customer)
    proofs = connection.execute("SELECT review_token FROM artwork").fetchall()
    invoices = connection.execute("SELECT pay_token FROM invoice WHERE job_id = %(id)s", job).fetchall()
    paths = [f"/p/{customer['portal_token']}", "/lead"]
    paths += [f"/art/{row['review_token']}" for row in proofs]
    paths += [f"/{page}/{row['pay_token']}" for row in invoices for page in ("invoice", "pay")]
    client = TestClient(application(), base_url=PUBLIC_URL, client=("203.0.113.7", 50000))

    for path in paths:
        answer = client.get(path)

        page = Page(answer.text)
        assert answer.status_code == 200, path
        assert not page.tags & {"script", "iframe", "object", "embed", "base", "style"}
        assert page.handlers == []
        # The website and the logo are the shop's own to name.
        assert page.hosts <= {*OURS, "files.example.com"}, path
        assert not [link for link in page.links if re.match(r"\s*(javascript|data|vbscript):", link, re.IGNORECASE)]
        assert PRODUCT not in answer.text


ADDRESSES = [
    "maya@example.com\r\nBcc: victim@example.com",
    "maya@example.com, victim@example.com",
    "maya@example.com; victim@example.com",
    "Maya <maya@example.com>, Eve <victim@example.com>",
    "maya@example.com\x00victim@example.com".replace("\x00", "\x01"),
    "maya@example.com> RCPT TO:<victim@example.com",
    "maya%victim@example.com@example.com",
    '"maya@example.com, victim"@example.com\r\nRCPT TO:<victim@example.com>',
    "\u202emoc.elpmaxe@ayam",
    "maya@[127.0.0.1]",
    "maya" * 30_000 + "@example.com",
    "{{ customer_email }}@example.com",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("column", ["email", "phone"])
def test_an_address_that_tries_more_than_one_reaches_nobody(connection, live, smtp_server, twilio_server, column):
    hostile_shop(connection)
    connection.execute("UPDATE shop SET redirect_email = 'test@example.com', sms_from = '00:00', sms_until = '00:00'")
    for address in ADDRESSES if column == "email" else [*ADDRESSES, "+12125550123,+12125550199", "212-555-0123 \n Bcc"]:
        customer = a_customer(connection)
        shop.update(connection, "customer", customer["id"], **{"billing_email": None, "cc_emails": [], column: address})
        job = shop.make_job(connection, customer_id=customer["id"], source="customer", title="x")
        shop.move_job(connection, job, "completed_order")

    passes.once(NOW)

    reached = {to for mail in smtp_server.mails for to in mail.recipients} if column == "email" else set()
    reached |= {text["to"] for text in twilio_server.texts} if column == "phone" else set()
    assert reached <= ({"maya@example.com"} if column == "email" else {"+12125550123"})
    assert not any("victim" in to for to in reached)


def test_a_hundred_kilobytes_are_cut_to_what_a_message_bears(connection, live, smtp_server, twilio_server):
    customer = hostile_shop(connection)
    shop.update(connection, "customer", customer["id"], name=LONG, company=LONG)
    job = shop.make_job(connection, customer_id=customer["id"], source="customer", title=LONG)
    shop.move_job(connection, job, "completed_order")

    passes.once(NOW)

    assert smtp_server.mails
    assert twilio_server.texts
    assert max(len(mail.data) for mail in smtp_server.mails) < 100_000
    for mail in smtp_server.mails:
        an_email(mail)
    assert HOSTILE not in twilio_server.texts[0]["body"]
