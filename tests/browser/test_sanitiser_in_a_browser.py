"""The sanitiser, as Chromium sees its work: nothing runs, nothing is fetched, nothing breaks out of its place."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as NothingHappened

from chalicelib.mail.sanitising import sanitise
from tests.mail.xss_vectors import VECTORS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("browser")

# A script that runs says so by a request, so that running and fetching are seen in one way.
_HEAD = "<!doctype html><meta charset=utf-8><script>function ran(n){new Image().src='/hit/'+n}</script>"
_PATIENCE = 5_000
_PROVOKED = """() => {
    for (const element of document.querySelectorAll('body, body *'))
        for (const name of ['mouseover', 'mouseenter', 'focus', 'focusin', 'toggle', 'animationstart', 'pointerdown'])
            element.dispatchEvent(new Event(name, {bubbles: true}))
}"""
_CLICKED = """() => {
    for (const element of document.querySelectorAll('a, area, button, input[type=submit], input[type=image]'))
        element.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))
    for (const element of document.querySelectorAll('[onclick]')) element.onclick?.(new Event('click'))
}"""


class Site(NamedTuple):
    """A loopback server: `pages` are its documents by path."""

    host: str
    pages: dict[str, str]


@contextmanager
def _served() -> Iterator[Site]:
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path, "").encode("utf-8", "replace")
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            with suppress(ConnectionError):  # a page that is left closes its connections
                self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"127.0.0.1:{server.server_port}", pages)
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with _served() as served:
        yield served


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_nothing_of_any_vector_runs_or_is_fetched(page: Page, site: Site) -> None:
    requests: list[str] = []
    page.context.on("request", lambda request: requests.append(request.url))
    sections = [f'<section id="s{each.number}">{sanitise(each.html(site.host)).html}</section>' for each in VECTORS]
    site.pages["/sanitised"] = _HEAD + "<title>t</title>\n".join(["", *sections])

    page.goto(f"http://{site.host}/sanitised", wait_until="networkidle")
    page.evaluate(_PROVOKED)
    page.evaluate("() => new Promise(requestIdleCallback)")

    assert requests == [f"http://{site.host}/sanitised"]


def test_no_vector_breaks_out_of_its_place_or_covers_the_page(page: Page, site: Site) -> None:
    sections = [f'<section id="s{each.number}">{sanitise(each.html(site.host)).html}</section>' for each in VECTORS]
    site.pages["/places"] = _HEAD + "<body>" + "".join(sections) + "</body>"

    page.goto(f"http://{site.host}/places")
    seen = page.evaluate("() => [...document.body.children].map(each => each.tagName + ' ' + each.id)")
    lifted = page.evaluate(
        "() => [...document.querySelectorAll('section *')].filter(e => getComputedStyle(e).position != 'static').length"
    )

    assert seen == [f"SECTION s{each.number}" for each in VECTORS]
    assert lifted == 0


def test_every_link_leads_to_the_web_or_to_mail_and_opens_apart(page: Page, site: Site) -> None:
    links = '<a href="https://x.example/">w</a><a href="mailto:a@x.example">m</a>'
    vectors = "".join(sanitise(each.html(site.host)).html for each in VECTORS)
    site.pages["/links"] = _HEAD + vectors + sanitise(links).html

    page.goto(f"http://{site.host}/links")
    found = page.evaluate("() => [...document.links].map(a => [a.protocol, a.target, a.relList.contains('noopener')])")

    assert {protocol for protocol, _, _ in found} == {"http:", "https:", "mailto:"}
    assert {(target, is_apart) for _, target, is_apart in found} == {("_blank", True)}


@pytest.mark.parametrize("group", sorted({each.group for each in VECTORS}))
def test_the_vectors_do_run_and_fetch_when_they_are_not_sanitised(page: Page, site: Site, group: str) -> None:
    live = {each.number: each for each in VECTORS if each.group == group and each.live}
    for vector in live.values():
        site.pages[f"/raw/{vector.number}"] = _HEAD + vector.html(site.host)
    site.pages["/frames"] = "".join(f"<iframe src=/raw/{number}></iframe>" for number in live)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))

    page.goto(f"http://{site.host}/frames")
    _provoke(page)
    with suppress(NothingHappened):
        while live.keys() - map(_number_of, requests):
            page.wait_for_event("request", timeout=_PATIENCE)
    duds = live.keys() - map(_number_of, requests)

    assert [live[number] for number in sorted(duds)] == []


def _number_of(url: str) -> int:
    """Return the number of the vector that fetched a URL; -1 for the pages themselves."""
    found = re.search("/hit/([0-9]+)", url)
    return int(found[1]) if found else -1


def _provoke(page: Page) -> None:
    """Do to every frame what a reader might do; frames that navigate away are gone already."""
    for frame in page.frames[1:]:
        with suppress(PlaywrightError):
            frame.evaluate(_PROVOKED)
            frame.evaluate(_CLICKED)
