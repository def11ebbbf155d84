"""The door promises: without sign-in only this machine gets in, by page and by socket, and no answer can be framed."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import AF_INET
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pages import ui
from pages.quiet import keep_quiet
from tests import shop
from tests.pages.conftest import ROOT
from tests.running_app import running_app

REFUSED = [
    ({"host": "evil.example"}, "127.0.0.1"),
    ({"host": "localhost.evil.example:8501"}, "127.0.0.1"),
    ({"x-forwarded-for": "127.0.0.1"}, "127.0.0.1"),
    ({"x-forwarded-proto": "https"}, "127.0.0.1"),
    ({"forwarded": "for=127.0.0.1"}, "127.0.0.1"),
    # What proxies add that were told the address to ask for, and nothing of who asks.
    ({"via": "1.1 gate"}, "127.0.0.1"),
    ({"x-real-ip": "203.0.113.7"}, "127.0.0.1"),
    ({"cf-connecting-ip": "203.0.113.7"}, "127.0.0.1"),
    ({"origin": "https://orders.example.com"}, "127.0.0.1"),
    ({}, "192.168.1.7"),
]


@pytest.fixture
def door(database_url: str) -> ASGIApp:
    from app import Door

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("in")
        await websocket.close()

    def kept(request: Request) -> PlainTextResponse:
        answer = PlainTextResponse("in")
        answer.set_cookie("_streamlit_user", "signed", httponly=True)
        answer.set_cookie("another", "which says so itself", secure=True)
        return answer

    rooms = [
        Route("/", lambda request: PlainTextResponse("in"), methods=["GET", "POST"]),
        Route("/lead", lambda request: PlainTextResponse("in"), methods=["POST"]),
        Route("/kept", kept),
        Route("/list.csv", lambda request: PlainTextResponse("in", headers={"Content-Disposition": "attachment"})),
        WebSocketRoute("/socket", socket),
    ]
    return Door(Starlette(routes=rooms))


def client(door: ASGIApp, address: str = "127.0.0.1") -> TestClient:
    return TestClient(door, base_url="http://localhost:8501", client=(address, 50000))


def test_a_browser_on_this_machine_gets_in(door: ASGIApp) -> None:
    own = {"origin": "http://localhost:8501"}
    with client(door).websocket_connect("ws://localhost:8501/socket", headers=own) as socket:
        by_socket = socket.receive_text()

    # As a browser sends a customer's form, whose page keeps its address to itself.
    by_form = client(door).post("/", headers={"origin": "null"}).text

    assert client(door).get("/").text == by_form == by_socket == "in"


def test_the_shop_s_own_website_may_hand_in_an_enquiry(door: ASGIApp) -> None:
    website = {"origin": "https://www.example.com"}

    assert client(door).post("/lead", headers=website).text == "in"
    assert client(door).post("/lead", headers=website | {"x-forwarded-for": "203.0.113.7"}).status_code == 403


def test_a_page_for_anybody_else_is_refused_with_a_sentence(door: ASGIApp) -> None:
    for headers, address in REFUSED:
        answer = client(door, address).get("/", headers=headers)

        assert answer.status_code == 403, (headers, address)
        assert answer.text.startswith("Without sign-in Inkbell serves this machine only"), (headers, address)


def test_a_socket_for_anybody_else_is_refused(door: ASGIApp) -> None:
    for headers, address in REFUSED:
        with (
            pytest.raises(WebSocketDisconnect) as refusal,
            client(door, address).websocket_connect("ws://localhost:8501/socket", headers=headers),
        ):
            pass

        assert refusal.value.code == 1008, (headers, address)


@pytest.mark.parametrize("headers", [{}, {"host": "evil.example"}])
def test_every_answer_says_that_it_may_not_be_framed_or_guessed_at(door: ASGIApp, headers: dict[str, str]) -> None:
    answer = client(door).get("/", headers=headers)

    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"]


def test_a_download_is_kept_by_nobody_on_the_way(door: ASGIApp) -> None:
    assert client(door).get("/list.csv").headers["cache-control"] == "private, no-store"
    assert "cache-control" not in client(door).get("/").headers


def test_told_to_listen_everywhere_the_app_still_serves_this_machine_only(database_url: str) -> None:
    everywhere = [
        each.address for name, all_ in psutil.net_if_addrs().items() for each in all_ if each.family == AF_INET
    ]
    other = next((address for address in everywhere if not address.startswith("127.")), None)
    if other is None:
        pytest.skip("this machine has no address but loopback")

    with running_app("--server.address", "0.0.0.0") as address:
        port = urlsplit(address).port
        here = httpx.get(address)
        there = [
            httpx.get(f"http://{other}:{port}{path}", headers=headers)
            for path in ("/", "/_stcore/health", "/_stcore/host-config", "/static/index.html", "/p/nothing")
            for headers in ({}, {"Host": "localhost"})
        ]
        with pytest.raises(InvalidStatus) as refusal, connect(f"ws://{other}:{port}/_stcore/stream"):
            pass

    assert here.status_code == 200
    assert {answer.status_code for answer in there} == {403}
    assert all("serves this machine only" in answer.text for answer in there)
    assert refusal.value.response.status_code == 403


@pytest.fixture
def secrets_file(tmp_path: Path) -> Iterator[Path]:
    file, before = tmp_path / "secrets.toml", config.get_option("secrets.files")
    config.set_option("secrets.files", [str(file)])
    secrets_singleton._reset()
    yield file
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


@pytest.mark.parametrize("written", ["[auth]\n", "[auth]\nclient_secret = 'half\n"])
def test_a_sign_in_that_is_written_down_wrongly_makes_nobody_an_admin(secrets_file: Path, written: str) -> None:
    secrets_file.write_text(written)

    assert ui.sign_in_is_configured()
    assert ui.person() is None


@pytest.mark.parametrize(("scheme", "safe"), [("https", True), ("http", False)])
def test_where_people_sign_in_by_https_no_cookie_travels_without_it(
    door: ASGIApp, secrets_file: Path, scheme: str, safe: bool
) -> None:
    secrets_file.write_text(f'[auth]\nredirect_uri = "{scheme}://desk.example.com/oauth2callback"\n')

    kept = client(door).get("/kept").headers.get_list("set-cookie")

    assert ["Secure" in cookie for cookie in kept] == [safe, True]


def test_what_a_stranger_s_request_says_of_itself_is_one_plain_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keep_quiet()

    logging.getLogger("streamlit.web.server.starlette.starlette_websocket").warning(
        "Rejecting, origin=%s", "https://evil.example\x1b[2J\x9b31m\nsent: everything"
    )

    assert caplog.messages == ["Rejecting, origin=https://evil.example[2J31m sent: everything"]


def test_the_app_does_not_start_on_a_schema_that_is_behind(connection: shop.Connection) -> None:
    connection.execute("DELETE FROM alembic_version")

    started = subprocess.run(
        [sys.executable, "-c", "import app"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert started.returncode == 1
    assert started.stderr.splitlines()[-1].endswith("run `python -m engine migrate`")
    assert "Traceback" not in started.stderr
