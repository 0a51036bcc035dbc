"""A real browser: the system's Chromium, driven by Playwright, before the whole service."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, sync_playwright

from chalicelib.settings import environment
from tests.api.serving import KEY
from tests.browser.visiting import Visitor
from tests.service.running import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

HERE = Path(__file__).parent
INSTALL_SECONDS = 120


# Playwright's event loop runs in this thread until it is stopped: no test of another file could have one of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once for a file of tests; they are skipped without one, but never in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if environment().get("CI") == "true":
            pytest.fail("CI must have a Chromium")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, installed by npm as its lock file has it; skipped without npm, but never in CI."""
    script = HERE / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            if environment().get("CI") == "true":
                pytest.fail("CI must have npm to install axe-core")
            pytest.skip("no npm on this machine")
        subprocess.run(
            [npm, "ci", "--ignore-scripts"], cwd=HERE, check=True, capture_output=True, timeout=INSTALL_SECONDS
        )
    return script.read_text("utf-8")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole service, once for a file of tests, with the key KEY: each test has inboxes of its own."""
    with running(tmp_path_factory.mktemp("house") / "data", RESTANTE_API_KEY=KEY) as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window of its own, as wide as a laptop's."""
    made = browser.new_context(viewport={"width": 1280, "height": 800})
    yield made
    made.close()


@pytest.fixture
def visitor(house: Service, context: BrowserContext) -> Visitor:
    """Somebody before the page of `house`, signed in."""
    return Visitor(house, context.new_page()).sign_in()
