"""A real browser: the system's Chromium, driven by Playwright, before the whole service."""

from __future__ import annotations

import shutil
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once; tests are skipped without one, but never in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if environment().get("CI") == "true":
            pytest.fail("CI must have a Chromium")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


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
