"""A whole shop for tests in a browser: database, app, sidecar, a mail server that keeps what it gets, and windows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Self

import psycopg
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Response, TimeoutError, WebSocket, expect
from psycopg.rows import dict_row
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests import desk, shop
from tests.conftest import TEMPLATE, Admin, fresh_database
from tests.running_app import running_app
from tests.running_sidecar import Running
from tests.smtp_server import SmtpServer

expect.set_options(timeout=20_000)

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

# At a deep link Streamlit first asks below the page's own path for two things that live at the root.
PROBES = re.compile(r"http://localhost:\d+/\w+/_stcore/(health|host-config)")

# In milliseconds. Looking in every frame, as Playwright would, makes frames of its own, a tenth of what a wait costs.
OFTEN = 50

AT_REST = """() =>
  document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]")
  && document.querySelector("[data-testid=stMain] h1")
  && !document.querySelector("[data-testid=stSkeleton], [data-stale=true]")
"""

GO = """(path) => {
  history.pushState({}, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}"""

# A toast leaves after four seconds; this keeps what each one said. Streamlit draws one several times, at first perhaps
# without its words.
LISTEN = """() => {
  window.toasts = [];
  const seen = new WeakSet();
  const hear = (toast) => {
    const words = toast.querySelector("[data-testid=stToastText]")?.innerText.trim();
    if (!words || seen.has(toast)) return;
    seen.add(toast);
    window.toasts.push(words.replace(/\u2060/g, "").replace(/\\s+/g, " ").trim());
  };
  new MutationObserver(() => document.querySelectorAll("[data-testid=stToast]").forEach(hear))
    .observe(document, { childList: true, characterData: true, subtree: true });
}"""

# What stands in words for the element with the focus: its label, its name or its own few words, without the icon's.
FOCUSED = """() => {
  let one = document.activeElement;
  while (one && one.shadowRoot && one.shadowRoot.activeElement) one = one.shadowRoot.activeElement;
  if (!one || !one.matches("a, button, input, textarea, summary, [role]")) return "";
  const words = (node) => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll("[data-testid=stIconMaterial], [role=img]").forEach((icon) => icon.remove());
    return copy.textContent.trim();
  };
  return (one.getAttribute("aria-label") || [...(one.labels || [])].map(words).join(" ") || words(one)).slice(0, 200);
}"""


def rest(page: Page) -> None:
    """Until no script runs for it, and all that was drawn stands."""
    page.wait_for_function(AT_REST, polling=OFTEN)


def press(what: Locator) -> None:
    """What is pressed while the page is still being drawn may be taken away under the mouse, and nothing follows."""
    expect(what).to_have_count(1)
    rest(what.page)
    what.click()


@dataclass
class Visitor:
    """One browser window with a session of its own; `complaints` is what went wrong in it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    socket: WebSocket = field(init=False)
    """What the app says to this window."""

    def open(self, path: str = "") -> Page:
        """Waits until the page is drawn."""
        self.page.goto(f"/{path}", wait_until="commit")
        self.rest()
        self.page.evaluate(LISTEN)
        return self.page

    def go(self, path: str) -> Page:
        """From page to page as with the back button, in a fifth of the time that the app takes to load."""
        with self.socket.expect_event("framereceived", ran):
            self.page.evaluate(GO, f"/{path}")
        self.rest()
        return self.page

    def rest(self) -> None:
        rest(self.page)

    def told(self, words: str) -> None:
        try:
            self.page.wait_for_function(
                "words => window.toasts.some((said) => said.includes(words))", arg=words, polling=OFTEN
            )
        except TimeoutError:
            on_it = self.page.get_by_test_id("stMain").inner_text()
            raise AssertionError(f"{words!r} is not in {self.toasts}; the page says\n{on_it}") from None

    def tab_to(self, words: str, most: int = 80) -> None:
        """With the keyboard alone, to what begins with these words."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if str(self.page.evaluate(FOCUSED)).startswith(words):
                return
        raise AssertionError(f"{words!r} is not reached with {most} tabs")

    @property
    def toasts(self) -> list[str]:
        return list(self.page.evaluate("window.toasts"))

    def hear(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not PROBES.fullmatch(said.location.get("url", "")):
            self.complaints.append(f"{said.text} ({said.location.get('url')})")

    def fail(self, error: Error) -> None:
        self.complaints.append(str(error))

    def connect(self, socket: WebSocket) -> None:
        self.socket = socket

    def look(self, response: Response) -> None:
        if response.status >= 400 and not PROBES.fullmatch(response.url):
            self.complaints.append(f"{response.status} {response.url}")


def ran(said: bytes | str) -> bool:
    """A page's script has come to its end; a fragment's end is another."""
    message = ForwardMsg.FromString(said if isinstance(said, bytes) else said.encode())
    return message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY and message.HasField("script_finished")


class Windows:
    """
    Windows on one app, which share nothing with another.

    One that is left is wiped and given to the next who comes: its process has read the app's scripts by then, and opens
    a page for half of what a new one takes.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address
        self._left: list[Page] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for page in self._left:
            page.context.close()

    @contextmanager
    def window(self) -> Iterator[Page]:
        page = self._left.pop() if self._left else self._new()
        try:
            yield page
            self._wipe(page)
        except BaseException:
            page.context.close()
            raise
        self._left.append(page)

    def _new(self) -> Page:
        # What moves has moved at once: nobody looks at it, and drawing it is a fifth of what a page takes.
        context = self.browser.new_context(base_url=self.address, viewport=DESKTOP, reduced_motion="reduce")
        return context.new_page()

    def _wipe(self, page: Page) -> None:
        page.unroute_all()
        page.goto("/_stcore/health")  # of the same place, so that the process stays, and what it keeps can be reached
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.context.clear_cookies()
        page.context.clear_permissions()
        page.emulate_media(media="null", color_scheme="null")
        page.set_viewport_size(DESKTOP)


@dataclass
class Living:
    connection: shop.Connection
    mail: SmtpServer
    windows: Windows

    @contextmanager
    def visitor(self) -> Iterator[Visitor]:
        """Whose window saw no error, when all is done."""
        with self.windows.window() as page:
            here = Visitor(page)
            hearing = {"console": here.hear, "pageerror": here.fail, "response": here.look, "websocket": here.connect}
            for event, hear in hearing.items():
                page.on(event, hear)
            yield here
            for event, hear in hearing.items():
                page.remove_listener(event, hear)
        assert here.complaints == []


@contextmanager
def living_shop(server: Admin, server_url: str, browser: Browser) -> Iterator[Living]:
    """It sends for real, at once; whoever opens the app is its admin."""
    with (
        pytest.MonkeyPatch.context() as environment,
        fresh_database(server, server_url, environment, template=TEMPLATE) as url,
        SmtpServer() as mail,
        psycopg.connect(url, autocommit=True, row_factory=dict_row, options="-c timezone=UTC") as connection,
    ):
        environment.setenv("SMTP_URL", mail.url)
        environment.setenv("MAIL_FROM", "hello@example.com")
        environment.setenv("INKBELL_DELIVERY", "live")
        environment.setenv("INKBELL_PUBLIC_URL", desk.PUBLIC_URL)
        desk.open_shop(connection, delivery_mode="live")
        with (
            closing(Running({})) as sidecar,
            running_app() as address,
            Windows(browser, address) as windows,
        ):
            sidecar.wait_for_line("sidecar started")
            yield Living(connection, mail, windows)
