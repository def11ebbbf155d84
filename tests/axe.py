"""What axe finds in a page that stands in a browser."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RUN = """async (options) => {
  const found = await axe.run({ resultTypes: ["violations"], ...options });
  return found.violations;
}"""


def violations(page: Page, **options: object) -> list[dict[str, Any]]:
    """Each rule that is broken, with the elements that break it; axe stays in the page until another is loaded."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(RUN, options)
    return found
