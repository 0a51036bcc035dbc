"""Somebody before the web page: goes to its views, and notes what the page does that it should not."""

from __future__ import annotations

import smtplib
from email.policy import SMTP
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from playwright.sync_api import expect

from tests.api.serving import KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import EmailMessage

    from playwright.sync_api import Dialog, Locator, Page, Request

    from tests.service.running import Service

SECONDS = 30.0
PATIENCE = SECONDS * 1000
GO = """async fragment => {
    if (location.hash === fragment) return;
    const gone = new Promise(done => addEventListener('hashchange', done, {once: true}));
    location.hash = fragment;
    await gone;
}"""


class Visitor:
    """A reader: `strange` lists requests that went to other origins, `faults` what the browser complained of."""

    def __init__(self, service: Service, page: Page) -> None:
        self.service = service
        self.page = page
        self.strange: list[str] = []
        self.faults: list[str] = []
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.context.on("request", lambda request: self._noted(request.url))
        page.context.on("requestfailed", self._blocked)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("dialog", self._dismissed)

    @property
    def origin(self) -> str:
        """Where the page is."""
        host, port = self.service.http
        return f"http://{host}:{port}"

    def sign_in(self, key: str = KEY) -> Visitor:
        """Come by a link that carries the key."""
        self.page.goto(f"{self.origin}/#key={quote(key, safe='')}")
        self.page.locator(".shell").wait_for()
        return self

    def go(self, *parts: str) -> None:
        """Go to a view by its address, and wait until it shows what it has."""
        fragment = "#/" + "/".join(quote(part, safe="") for part in parts)
        self.page.evaluate(GO, fragment)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing on the page says that it is still under way."""
        self.page.locator("main").wait_for()
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0, timeout=PATIENCE)

    def send(self, mail: EmailMessage | bytes, *inboxes: str) -> None:
        """Send a mail to these inboxes by SMTP."""
        content = mail if isinstance(mail, bytes) else mail.as_bytes(policy=SMTP)
        with smtplib.SMTP(*self.service.smtp, timeout=SECONDS) as sender:
            sender.sendmail("sender@shop.example", list(inboxes), content)

    def open_newest(self, inbox: str) -> str:
        """Open the newest message of an inbox; answers with its id."""
        newest: str = self.service.client().get(f"/api/addresses/{inbox}/messages?limit=1").json[0]["_id"]
        self.go("inbox", inbox, newest)
        self.page.locator(".message-head").wait_for()
        return newest

    def tab(self, name: str) -> Locator:
        """Turn to a way to see the open message; answers with its panel."""
        self.page.get_by_role("tab", name=name).click()
        self.settle()
        return self.page.get_by_role("tabpanel")

    def rows(self) -> Sequence[str]:
        """What the rows of the list say."""
        return self.page.locator(".row a").all_inner_texts()

    def _dismissed(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _blocked(self, request: Request) -> None:
        # The browser tells of what the policy kept back, or a frame without an origin may not have, as of a failure.
        if request.failure in {"csp", "origin"} and request.url in self.strange:
            self.strange.remove(request.url)

    def _noted(self, url: str) -> None:
        self.requests.append(url)
        split = urlsplit(url)
        if split.scheme not in {"blob", "data", "about"} and f"{split.scheme}://{split.netloc}" != self.origin:
            self.strange.append(url)
