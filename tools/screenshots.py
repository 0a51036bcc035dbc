"""Pictures of every view of the page, light and dark, on a desktop and on a phone: `make screenshots`."""

from __future__ import annotations

import re
import shutil
import smtplib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import sync_playwright

from bench.peers import KEY, restante, started
from tools.sample_mails import INBOX, everything

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from bench.peers import Running

FOLDER: Final = Path(__file__).parents[1] / "build" / "screenshots"
SIZES: Final = {"desktop": (1280, 800), "phone": (375, 720)}
SETTLE_MS: Final = 700
VIEWS: Final = {
    "inboxes": "#/",
    "inbox": f"#/inbox/{INBOX}",
    "empty": "#/inbox/nobody@test.example",
    "all": "#/all",
    "search": "#/search/order",
    "compose": "#/compose",
    "sent": "#/sent",
    "keys": "#/keys",
}
TABS: Final = ("HTML", "Text", "Links", "Headers", "Structure", "Raw")


def _addresses() -> dict[str, str]:
    """The views by name, with those of others: every route of views.js that needs no values."""
    script = (Path(__file__).parents[1] / "chalicelib" / "ui" / "views.js").read_text("utf-8")
    more = re.findall(r'path: "/([a-z-]+)"', script)
    return VIEWS | {name: f"#/{name}" for name in more if name not in VIEWS}


def _take(browser: Browser, running: Running, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{running.http}/")
    page.get_by_label("API key").wait_for()
    _keep(page, "sign-in", size, scheme)
    page.goto(f"http://127.0.0.1:{running.http}/#key={KEY}")
    page.locator(".shell").wait_for()
    for name, fragment in _addresses().items():
        page.evaluate("fragment => { location.hash = fragment }", fragment)
        _keep(page, name, size, scheme)
    page.evaluate("fragment => { location.hash = fragment }", VIEWS["inbox"])
    page.locator(".row a").first.click()
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        _keep(page, f"message-{tab.lower()}", size, scheme)
    context.close()


def _keep(page: Page, name: str, size: str, scheme: str) -> None:
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=FOLDER / f"{name}-{size}-{scheme}.png")


def main() -> None:
    """Write the pictures into build/screenshots."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, started(restante(), Path(folder)) as running:
        with smtplib.SMTP("127.0.0.1", running.smtp) as sender:
            for mail in everything():
                sender.send_message(mail, to_addrs=[INBOX])
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for size in SIZES:
                for scheme in ("light", "dark"):
                    _take(browser, running, size, scheme)
            browser.close()
    print(f"wrote {len(list(FOLDER.glob('*.png')))} pictures to {FOLDER}")


if __name__ == "__main__":
    main()
