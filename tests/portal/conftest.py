"""A shop whose customers open their links: without a browser, or in one that runs no JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import httpx
import pytest
from psycopg import sql
from starlette.testclient import TestClient

from portal import limits
from portal.app import application
from tests import shop
from tests.desk import PUBLIC_URL, admin, open_desk
from tests.shop import Connection, Row
from tests.stripe_server import stripe_server

__all__ = ["admin", "open_desk", "stripe_server"]

HOOK_SECRET = "whsec_test"


@pytest.fixture
def client(connection: Connection) -> TestClient:
    return TestClient(application(), base_url=PUBLIC_URL, follow_redirects=False, client=("203.0.113.7", 50000))


@pytest.fixture
def maya(connection: Connection) -> Row:
    return shop.make_customer(connection, email="maya@example.com", phone="(212) 555-0123")


@pytest.fixture
def job(connection: Connection, maya: Row) -> Row:
    values = {"title": "Relay team shirts", "quantity": 48, "status": "art_approval_sent"}
    return shop.make_job(connection, customer_id=maya["id"], **values)


@pytest.fixture
def proof(connection: Connection, job: Row) -> Row:
    return shop.make_artwork(connection, job_id=job["id"], image_url="https://files.example.com/relay-1.png")


@pytest.fixture
def invoice(connection: Connection, job: Row) -> Row:
    return shop.make_invoice(connection, job_id=job["id"], status="sent", total_cents=48_250)


@pytest.fixture
def stripe(stripe_server, monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", stripe_server.api_key)
    monkeypatch.setenv("STRIPE_API_BASE", stripe_server.url)
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", HOOK_SECRET)
    return stripe_server


@pytest.fixture
def twilio_token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "t" * 32)
    monkeypatch.setenv("TWILIO_FROM", "+15005550006")
    return "t" * 32


@pytest.fixture
def press(client: TestClient) -> Callable[..., httpx.Response]:
    """Opens a page and submits its form with this action, hidden fields as they stand on it."""

    def submit(page: str, action: str, *, job: int | None = None, **typed: str) -> httpx.Response:
        return client.post(action, data=hidden(client.get(page).text, action, job) | typed)

    return submit


def hidden(html: str, action: str, job: int | None = None) -> dict[str, str]:
    forms = re.findall(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', html, re.DOTALL)
    for target, inside in forms:
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', inside))
        if target == action and job in (None, int(fields.get("job", 0))):
            return {name: unescape(value) for name, value in fields.items()}
    raise AssertionError(f"no form leads to {action}")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limits, for tests that knock often."""
    monkeypatch.setattr(limits.Rate, "wait", lambda self, client: 0)


def now(connection: Connection, table: str, row: Row) -> Row:
    """The row as it stands now."""
    statement = sql.SQL("SELECT * FROM {} WHERE id = %s").format(sql.Identifier(table))
    found = connection.execute(statement, [row["id"]]).fetchone()
    assert found is not None
    return found
