"""The web page beside MailDev's and Mailpit's: bytes and requests, and seconds to the first view, a list, a message.

    python -m bench.page

Each page is opened in Chromium with an empty cache, its server holding 50 mails of one inbox. What is measured:
  first view  from asking for the page until something of it can be used: a field, a button or a link
  list of 50  from asking for the page of the list until the newest subject stands there
  message     from the click on that subject until a word of its body is visible in any frame
Bytes are those on the wire, headers included, until the list stands. Medians of several rounds.
"""

from __future__ import annotations

import argparse
import shutil
import smtplib
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import TimeoutError as PageTimeoutError
from playwright.sync_api import sync_playwright

from bench.peers import KEY, RECIPIENT, Running, all_programs, started, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser, Page

MAILS = 50
NEWEST = f"Subject number {MAILS - 1}"
BODY = f"Body number {MAILS - 1}"
PATIENCE_MS = 30_000
_IS_USABLE = "() => [...document.querySelectorAll('input, button, a')].some(one => one.checkVisibility())"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one visit took: seconds, bytes on the wire and requests."""

    first: float
    listed: float
    opened: float
    first_octets: int
    octets: int
    requests: int


class _Wire:
    """Counts what a page fetches."""

    def __init__(self, page: Page) -> None:
        self.octets = 0
        self.requests = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._finished)

    def _finished(self, event: dict[str, Any]) -> None:
        self.octets += int(event["encodedDataLength"])
        self.requests += 1


def _visit(browser: Browser, running: Running) -> Round:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    wire = _Wire(page)
    base = f"http://127.0.0.1:{running.http}/"
    if running.program.name == "Restante":
        # Signed in before, as in a tab that is open: the others ask nobody who they are.
        context.add_init_script(f"sessionStorage.setItem('restante.key', '{KEY}')")
        base += f"#/inbox/{RECIPIENT}"
    start = time.perf_counter()
    page.goto(base, wait_until="commit")
    page.wait_for_function(_IS_USABLE)
    first = time.perf_counter() - start
    first_octets = wire.octets
    page.get_by_text(NEWEST).first.wait_for()
    listed = time.perf_counter() - start
    octets, requests = wire.octets, wire.requests
    start = time.perf_counter()
    page.get_by_text(NEWEST).first.click()
    if not wait_for(lambda: _shows_body(page), seconds=PATIENCE_MS / 1000, every=0.005):
        raise SystemExit(f"{running.program.name} did not show the message")
    opened = time.perf_counter() - start
    context.close()
    return Round(first=first, listed=listed, opened=opened, first_octets=first_octets, octets=octets, requests=requests)


def _shows_body(page: Page) -> bool:
    return any(frame.get_by_text(BODY).first.is_visible() for frame in page.frames)


def _fill(running: Running) -> None:
    with smtplib.SMTP("127.0.0.1", running.smtp) as sender:
        for number in range(MAILS):
            sender.sendmail(
                "sender@shop.example",
                [RECIPIENT],
                f"From: Shop <sender@shop.example>\r\nTo: {RECIPIENT}\r\nSubject: Subject number {number}\r\n"
                f"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>Body number {number}</p>\r\n".encode(),
            )
    wait_for(lambda: running.count() == MAILS, seconds=30)


_COLUMNS = {
    "first view kB": ("first_octets", 0.001),
    "list of 50 kB": ("octets", 0.001),
    "requests": ("requests", 1),
    "first view ms": ("first", 1000),
    "list of 50 ms": ("listed", 1000),
    "message ms": ("opened", 1000),
}
"""The table: what is measured, and by what it is multiplied."""


def _row(name: str, rounds: Sequence[Round]) -> str:
    values = {title: statistics.median(getattr(one, f) for one in rounds) * by for title, (f, by) in _COLUMNS.items()}
    return f"{name:<10}" + "".join(f"{value:>{len(title) + 2}.0f}" for title, value in values.items())


def main() -> None:
    """Measure every server that is here, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="visits of each page")
    options = parser.parse_args()
    taken: dict[str, list[Round]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for program in all_programs():
            with tempfile.TemporaryDirectory() as folder, started(program, Path(folder)) as running:
                _fill(running)
                # The first visit warms the server, not the browser: each visit has a profile of its own.
                try:
                    _visit(browser, running)
                except PageTimeoutError:
                    # Mailpit installed by `go install` brings no files for its page.
                    print(f"{program.name} is left out: its page stays empty here.")
                    continue
                taken[program.name] = [_visit(browser, running) for _ in range(options.rounds)]
        browser.close()
    print(" " * 10 + "".join(f"  {title}" for title in _COLUMNS))
    for name, rounds in taken.items():
        print(_row(name, rounds))
    ours, *others = [statistics.median(one.octets for one in rounds) for rounds in taken.values()]
    for name, octets in zip(list(taken)[1:], others, strict=True):
        print(f"{name} fetches {octets / ours:.1f} times the bytes")


if __name__ == "__main__":
    main()
