"""Takes the pictures that the README shows, of a demo shop that really runs: `make screenshots`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from playwright.sync_api import Page, expect

from engine.settings import Environment
from engine.store import embedded
from tests.chromium import chromium
from tests.running_app import running_app
from tests.running_sidecar import Running

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "screens"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 780}

# What happens on the morning that the pictures show: a proof goes out, two jobs go on press, one is ready.
MOVES = (("art_approval_sent", "art_requested"), ("in_production", "screen_burned"), ("completed_order", "bagging"))


@contextmanager
def demo_shop() -> Iterator[str]:
    """The address of its app; the database is a new one, gone afterwards."""
    for name in Environment.model_fields:
        os.environ.pop(name.upper(), None)
    with tempfile.TemporaryDirectory(prefix="inkbell-screens-") as folder, started(Path(folder)) as url:
        os.environ.update(INKBELL_DATA_DIR=folder, DATABASE_URL=url)
        for command in ("migrate", "demo"):
            subprocess.run([sys.executable, "-m", "engine", command], cwd=ROOT, check=True)
        with closing(Running({})) as sidecar:
            sidecar.wait_for_line("sidecar started")
            with psycopg.connect(url, autocommit=True) as connection:
                happen(connection)
            with running_app() as address:
                yield address


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """The address of a database of its own."""
    hold = embedded.Hold(folder / "postgres")
    try:
        yield hold.url
    finally:
        hold.release()


def happen(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for to, here in MOVES:
        connection.execute(
            "UPDATE job SET status = %s WHERE id = (SELECT min(id) FROM job WHERE status = %s)", [to, here]
        )
    end = time.monotonic() + 30
    while (
        connection.execute("SELECT FROM event WHERE handled_at IS NULL").fetchone()
        or connection.execute(
            "SELECT FROM message WHERE status IN ('queued', 'sending') AND send_after <= now()"
        ).fetchone()
    ):
        assert time.monotonic() < end, "the sidecar is not done after 30 seconds"
        time.sleep(0.1)


def reword(page: Page) -> None:
    """As somebody slips."""
    text = page.get_by_label("Text, in Markdown")
    text.press("Control+End")
    text.press_sequentially("\n\nThank you, {{ customer_frist_name }}!")
    expect(page.get_by_text("did you mean")).to_be_visible()
    page.get_by_test_id("stMain").evaluate("one => one.scrollTo(0, one.scrollHeight)")


def open_one(page: Page) -> None:
    page.get_by_test_id("stMain").get_by_test_id("stPageLink").first.click()
    expect(page.get_by_text(re.compile("Decided today"))).to_be_visible()
    expect(page.frame_locator("iframe[sandbox]").get_by_text("in production").first).to_be_attached()


PICTURES: tuple[tuple[str, str, bool, Callable[[Page], None] | None], ...] = (
    ("reference", "", True, None),
    ("templates", "templates?rule=production_started_email", False, reword),
    ("shop", "shop?station=In+Production", True, None),
    ("message", "messages?rule=Production+started&status=Sent", False, open_one),
)


def settled(page: Page) -> None:
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_attached()
    expect(page.locator("[data-testid=stSkeleton], [data-stale=true]")).to_have_count(0)
    page.evaluate("document.fonts.ready")


def main() -> None:
    expect.set_options(timeout=30_000)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with demo_shop() as address, chromium() as browser:
        for name, path, dark_too, prepare in PICTURES:
            for scheme in ("light", "dark") if dark_too else ("light",):
                shoot(browser.new_page(viewport=DESKTOP, color_scheme=scheme), address, name, path, scheme, prepare)
        shoot(browser.new_page(viewport=PHONE), address, "phone", "shop?station=In+Production", "light", None)


def shoot(page: Page, address: str, name: str, path: str, scheme: str, prepare: Callable[[Page], None] | None) -> None:
    page.goto(f"{address}/{path}")
    settled(page)
    if prepare is not None:
        prepare(page)
        settled(page)
    file = FOLDER / (f"{name}.png" if scheme == "light" else f"{name}_{scheme}.png")
    page.screenshot(path=file, animations="disabled")
    page.close()
    print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
