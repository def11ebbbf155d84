"""Signing in promises, in a real browser at a real provider: only the staff get in, and only as far as they may."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect
from psycopg.rows import dict_row
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests import shop
from tests.conftest import Admin, lasting_database
from tests.oidc_server import OidcServer
from tests.pages.living import Windows, press
from tests.running_app import free_port, running_app

pytestmark = pytest.mark.browser

expect.set_options(timeout=20_000)

CANARY = "canaryortiz"  # its address is never sent whole: a word joiner keeps it from becoming a link
COOKIE_SECRET = secrets.token_hex(16)
SECRETS = """
[auth]
redirect_uri = "{provider.redirect_uri}"
cookie_secret = "{cookie_secret}"
client_id = "{provider.client_id}"
client_secret = "{provider.client_secret}"
server_metadata_url = "{provider.metadata_url}"

[inkbell]
trusted_issuer = "{provider.url}/single"
"""


@pytest.fixture(scope="module")
def database_url(server: Admin, server_url: str) -> Iterator[str]:
    """One for the module, as the app is."""
    with lasting_database(server, server_url) as url:
        yield url


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcServer]:
    with OidcServer() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the app's secrets, and of what it writes to its streams."""
    return tmp_path_factory.mktemp("sign_in")


@pytest.fixture(scope="module")
def address(database_url: str, provider: OidcServer, folder: Path) -> Iterator[str]:
    port = free_port()
    provider.redirect_uri = f"http://localhost:{port}/oauth2callback"
    written = folder / "secrets.toml"
    written.write_text(SECRETS.format(provider=provider, cookie_secret=COOKIE_SECRET))
    with (folder / "log").open("wb") as said, running_app("--secrets.files", str(written), port=port, said=said) as app:
        yield app


@pytest.fixture
def connection(database_url: str) -> Iterator[shop.Connection]:
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as opened:
        opened.execute("UPDATE staff SET active = false")
        opened.execute("DELETE FROM customer")
        yield opened


@pytest.fixture
def staff(connection: shop.Connection, provider: OidcServer) -> Callable[..., dict[str, Any]]:
    """Somebody on the staff with an account; `button` is what they press at the provider."""

    def make(role: str = "admin", *, claims: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
        row = shop.make_staff(connection, role=role, **values)
        return row | {"button": provider.account(row["email"], **(claims or {}))}

    return make


@pytest.fixture(scope="module")
def windows(browser: Browser, address: str) -> Iterator[Windows]:
    with Windows(browser, address) as opened:
        yield opened


@pytest.fixture
def page(windows: Windows, provider: OidcServer) -> Iterator[Page]:
    provider.issuer = f"{provider.url}/shop"
    provider.accounts.clear()
    provider.signed_out = 0
    with windows.window() as opened:
        yield opened


@pytest.fixture
def sent(page: Page) -> Iterator[list[bytes]]:
    """Whatever the app sends down the socket, drawn or not."""
    frames: list[bytes] = []

    def note(data: bytes | str) -> None:
        frames.append(data if isinstance(data, bytes) else data.encode())

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", note)

    page.on("websocket", listen)
    yield frames
    page.remove_listener("websocket", listen)


def names(frames: list[bytes], *words: str) -> bool:
    return any(word.encode() in frame for frame in frames for word in words)


def rooms(page: Page) -> Locator:
    """What the menu leads to."""
    return page.get_by_test_id("stSidebarNavLink")


def sign_in(page: Page, button: str) -> None:
    press(page.get_by_role("button", name=re.compile("Sign in$")))
    page.get_by_role("link", name=button, exact=True).click()


def arrive(page: Page, provider: OidcServer, email: str, path: str = "/inbox") -> None:
    """Signed in the same way, of which nothing is drawn but where it leads."""
    named = {"provider": "default", "exp": int(time.time()) + 60}
    token = jwt.encode({"alg": "HS256"}, named, OctKey.import_key(COOKIE_SECRET))
    asked = page.request.get("/auth/login", params={"provider": token})
    page.request.get(asked.url.replace("/authorize?", "/chosen?"), params={"account": email})
    page.goto(path)


def test_a_deep_link_as_the_first_request_shows_the_gate_and_somebody_on_the_staff_passes_it(
    page: Page,
    sent: list[bytes],
    connection: shop.Connection,
    provider: OidcServer,
    staff: Callable[..., dict[str, Any]],
) -> None:
    shop.make_customer(connection, name="Maya Ortiz", email=f"{CANARY}@example.com")
    ada = staff("sales", name="Ada Finch")

    page.goto("/customers?q=ortiz")
    expect(page.get_by_role("heading", name="Inkbell")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert not names(sent, CANARY, "Ortiz")
    expect(rooms(page)).to_have_count(0)

    sign_in(page, ada["button"])
    expect(page.get_by_text("Ada Finch · Sales")).to_be_visible()
    tied = connection.execute("SELECT oidc_issuer, oidc_subject FROM staff WHERE id = %(id)s", ada).fetchone()
    assert tied == {"oidc_issuer": provider.issuer, "oidc_subject": provider.accounts[ada["email"]]["sub"]}
    press(page.get_by_role("link", name="Customers"))
    expect(page.get_by_text(CANARY)).to_be_visible()
    assert names(sent, CANARY, "Ortiz")

    press(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto("/customers?q=ortiz")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text(CANARY)).to_have_count(0)
    assert provider.signed_out == 1


def test_anybody_else_reads_why_and_what_to_do_and_sees_nothing_of_the_shop(
    page: Page, sent: list[bytes], provider: OidcServer, staff: Callable[..., dict[str, Any]]
) -> None:
    ada = staff(name="Ada Finch")
    stranger = provider.account("stranger@example.com")
    provider.account("", email_verified=None)
    refused = {
        staff(active=False)["email"]: "is not on the staff; ask an admin",
        staff(claims={"email_verified": False})["email"]: "is not verified; verify it",
        "": "did not say who you are; ask an admin",
    }
    another = page.get_by_role("button", name="Sign in as somebody else")

    page.goto("/")
    sign_in(page, stranger)
    expect(page.get_by_text("is not on the staff; ask an admin")).to_be_visible()
    expect(rooms(page)).to_have_count(0)
    press(another)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    for email, why in refused.items():
        arrive(page, provider, email)
        expect(page.get_by_text(why)).to_be_visible()
        expect(another).to_be_visible()
        expect(rooms(page)).to_have_count(0)
    arrive(page, provider, ada["email"])
    expect(page.get_by_text("Ada Finch · Admin")).to_be_visible()
    page.goto("/_stcore/health")
    sent.clear()

    # The address has moved on to another person, who has another account under it.
    provider.account(ada["email"])
    arrive(page, provider, ada["email"])
    expect(page.get_by_text("belongs to another account")).to_be_visible()
    assert not names(sent, "Ada Finch")


def test_an_issuer_vouches_for_unverified_addresses_only_when_it_is_the_shop_s_own(
    page: Page, provider: OidcServer, staff: Callable[..., dict[str, Any]]
) -> None:
    bo = staff(name="Bo Lind", claims={"email_verified": None})

    provider.issuer = f"{provider.url}/everybody"
    arrive(page, provider, bo["email"])
    expect(page.get_by_text("is not verified; verify it")).to_be_visible()
    provider.issuer = f"{provider.url}/single"
    arrive(page, provider, bo["email"])

    expect(page.get_by_text("Bo Lind · Admin")).to_be_visible()


def test_somebody_moved_to_production_while_they_look_sees_no_address_any_more_and_opens_none(
    page: Page,
    sent: list[bytes],
    connection: shop.Connection,
    provider: OidcServer,
    staff: Callable[..., dict[str, Any]],
) -> None:
    shop.make_customer(connection, name="Maya Ortiz", email=f"{CANARY}@example.com")
    kim = staff("sales", name="Kim Roe")
    arrive(page, provider, kim["email"], "/customers")
    expect(page.get_by_text(CANARY)).to_be_visible()

    # Nothing is pressed: what the page asks for by itself every other second is enough.
    connection.execute("UPDATE staff SET role = 'production' WHERE id = %(id)s", kim)
    expect(page.get_by_text("Kim Roe · Production")).to_be_visible()
    expect(page.get_by_text(CANARY)).to_have_count(0)
    sent.clear()
    page.goto("/customers?q=ortiz")
    expect(page.get_by_text("Kim Roe · Production")).to_be_visible()
    expect(page.get_by_text("sales and admins")).to_be_visible()

    assert sent
    assert not names(sent, CANARY)


def test_a_stranger_at_the_gate_hands_in_no_file_and_who_may_import_does(
    page: Page, address: str, connection: shop.Connection, provider: OidcServer, staff: Callable[..., dict[str, Any]]
) -> None:
    ask = BackMsg()
    ask.rerun_script.query_string = ""
    with connect(address.replace("http", "ws") + "/_stcore/stream", subprotocols=[Subprotocol("streamlit")]) as socket:
        socket.send(ask.SerializeToString())
        first = ForwardMsg.FromString(bytes(socket.recv(timeout=20)))
        place = f"{address}/_stcore/upload_file/{first.new_session.initialize.session_id}/mine"
        with httpx.Client() as client:
            client.get(f"{address}/_stcore/health")
            token = {"X-Xsrftoken": client.cookies["_streamlit_xsrf"]}
            refused = client.put(place, files={"file": b"x" * 1000}, headers=token)
    assert (refused.status_code, refused.text) == (403, "There is no place for a file on this page.\n")

    arrive(page, provider, staff("sales")["email"], "/imports")
    page.locator("input[type=file]").set_input_files(
        {"name": "book.csv", "mimeType": "text/csv", "buffer": b"Name,Email\nMaya Ortiz,maya@example.com\n"}
    )
    expect(page.get_by_role("button", name="Import 1 line")).to_be_visible()


def test_a_stranger_at_the_gate_sends_no_more_at_once_than_a_page_has_use_for(address: str) -> None:
    with connect(address.replace("http", "ws") + "/_stcore/stream", subprotocols=[Subprotocol("streamlit")]) as socket:
        socket.send(b"\0" * 6_000_000)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=20)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG


def test_without_an_admin_the_gate_names_the_command_and_the_last_one_stays(
    page: Page, connection: shop.Connection, provider: OidcServer, staff: Callable[..., dict[str, Any]]
) -> None:
    page.goto("/settings")
    expect(page.get_by_text("python -m engine staff add EMAIL --name NAME --role admin")).to_be_visible()
    ada = staff(name="Ada Finch")
    page.goto("/settings")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("python -m engine staff add")).to_have_count(0)

    arrive(page, provider, ada["email"], "/settings?part=Team")
    press(page.get_by_role("button", name="Deactivate"))

    expect(page.get_by_text("is the only admin; add another admin first")).to_be_visible()


def test_a_button_that_breaks_quotes_neither_a_person_nor_a_secret_and_who_is_shut_out_sees_the_gate_at_once(
    page: Page, connection: shop.Connection, provider: OidcServer, folder: Path, staff: Callable[..., dict[str, Any]]
) -> None:
    ada, bo = staff(name="Ada Finch"), staff("sales", name="Bo Lind")
    arrive(page, provider, ada["email"], "/settings?part=Team")
    leave = page.get_by_role("button", name="Deactivate").last
    expect(leave).to_be_visible()

    connection.execute("ALTER TABLE staff ADD CONSTRAINT trap CHECK (id < 0) NOT VALID")
    try:
        press(leave)
        expect(page.get_by_text("went wrong (CheckViolation 23514 trap) and nothing was changed")).to_be_visible()
    finally:
        connection.execute("ALTER TABLE staff DROP CONSTRAINT trap")
    assert "Failing row" not in page.content()
    page.get_by_role("link", name="Reference").click()
    expect(page.get_by_text("Ada Finch · Admin")).to_be_visible()
    connection.execute("UPDATE staff SET active = false WHERE id = %(id)s", ada)
    expect(page.get_by_text("is not on the staff; ask an admin")).to_be_visible()
    expect(rooms(page)).to_have_count(0)

    log = (folder / "log").read_text()
    assert "CheckViolation 23514 trap" in log
    known = [ada["email"], bo["email"], ada["name"], bo["name"], provider.client_secret, COOKIE_SECRET, CANARY]
    known += [account["sub"] for account in provider.accounts.values()]
    assert [word for word in known if word in log] == []
