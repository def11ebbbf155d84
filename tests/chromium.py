"""The system's Chromium, for tests that look at what a person sees."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")

# Each window would load two pages under its address bar, which nobody sees, and keep a process ready for another site:
# half of what a window costs.
UNSEEN = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess")

# What Playwright switches off, which stands here because Chromium heeds only the last list.
SWITCHED_OFF = (
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter",
    "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch",
    "TcpPortRandomizationWin", "ThirdPartyStoragePartitioning",
)  # fmt: skip


def required() -> bool:
    return os.environ.get("INKBELL_REQUIRE_CHROMIUM") == "1" or os.environ.get("CI") == "true"


def executable() -> str:
    """Where Chromium is; without one the test is skipped, or fails where a browser is promised."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and required():
        pytest.fail("Chromium is missing and required; apt-get install chromium")
    if found is None:
        pytest.skip("Chromium is missing; apt-get install chromium")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    arguments = [f"--disable-features={','.join((*SWITCHED_OFF, *UNSEEN))}"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to start as root inside its own sandbox
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=arguments)
        try:
            yield browser
        finally:
            browser.close()
