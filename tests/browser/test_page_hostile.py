"""Hostile mail before the page: nothing runs, nothing is asked of anybody else, and all is shown as what it is."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.visiting import PATIENCE
from tests.mail.xss_vectors import VECTORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.visiting import Visitor

pytestmark = pytest.mark.xdist_group("browser")
expect.set_options(timeout=PATIENCE)
HEAD = "From: {sender}\r\nTo: x@test.example\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@contextmanager
def _stranger() -> Iterator[tuple[str, list[str]]]:
    """A place on this machine that counts who so much as connects to it."""
    visits: list[str] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def count() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                visits.append(str(address))
                connection.close()

        threading.Thread(target=count, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}", visits
        # An accept that is under way is not ended by closing the socket.
        server.shutdown(socket.SHUT_RDWR)


def _html(content: str) -> bytes:
    head = HEAD.format(sender="a@b.example", subject="vectors")
    return f"{head}Content-Type: text/html; charset=utf-8\r\n\r\n{content}\r\n".encode("utf-8", "replace")


def _extras(host: str) -> str:
    return "".join(
        (
            f'<link rel="preconnect" href="http://{host}"><link rel="dns-prefetch" href="//{host}">',
            f'<link rel="prefetch" href="http://{host}/"><link rel="stylesheet" href="http://{host}/">',
            f'<meta http-equiv="refresh" content="0;url=http://{host}/"><base href="http://{host}/">',
            f'<style>@import "http://{host}/a.css";@font-face{{font-family:x;src:url(http://{host}/f)}}*{{font-family:x}}',
            f'body{{background:url(http://{host}/b)}}</style><p style="background:url(http://{host}/c)">x</p>',
            f'<form action="http://{host}/"><input name="a" autofocus onfocus=alert(1)></form>',
            f'<iframe src="http://{host}/"></iframe><object data="http://{host}/"></object>',
            '<a href="javascript:top.alert(1)" id="run">run</a><svg onload=alert(1)></svg>',
            "<script>top.location='about:blank';alert(document.cookie)</script>",
        )
    )


def test_no_vector_runs_or_asks_anything_of_anybody(visitor: Visitor) -> None:
    with _stranger() as (host, visits):
        for start in range(0, len(VECTORS), 60):
            content = "".join(each.html(host) for each in VECTORS[start : start + 60])
            visitor.send(_html(content), "vectors@test.example")
            visitor.send(_html(_extras(host)), "vectors@test.example")
        messages = visitor.service.client().get("/api/addresses/vectors@test.example/messages?limit=100").json
        for message in messages:
            visitor.go("inbox", "vectors@test.example", message["_id"])
            frame = visitor.page.frame_locator("iframe[name=mail-frame]")
            frame.locator("body").wait_for(state="attached")
            visitor.page.evaluate("() => new Promise(requestIdleCallback)")

        assert len(messages) == 2 * -(-len(VECTORS) // 60)
        assert visitor.page.url.startswith(visitor.origin)
        assert (visitor.strange, visits, visitor.dialogs) == ([], [], [])


def test_markup_in_subject_name_label_file_name_and_header_is_text(visitor: Visitor) -> None:
    mail = (
        HEAD.format(sender=f'"{MARKUP}" <a@b.example>', subject=MARKUP) + f"X-{'A'}: {MARKUP}\r\n"
        f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{MARKUP}\r\n--b\r\nContent-Type: text/plain\r\n"
        f'Content-Disposition: attachment; filename="{MARKUP}.txt"\r\n\r\n{MARKUP}\r\n--b--\r\n'
    )
    visitor.send(mail.encode(), "markup@test.example")
    message = visitor.open_newest("markup@test.example")
    client = visitor.service.client()
    target = f"/api/addresses/markup@test.example/messages/{message}/labels"
    assert client.tell("PUT", target, {"labels": [MARKUP]}).status == 200
    page = visitor.page

    expect(page.locator(".subject")).to_have_text(MARKUP)
    expect(visitor.tab("Headers").get_by_role("row", name="X-A")).to_contain_text(MARKUP)
    expect(visitor.tab("Text")).to_contain_text(MARKUP)
    page.locator("button.attachment").click()
    expect(page.get_by_role("dialog").locator("pre")).to_contain_text(MARKUP)
    page.keyboard.press("Escape")
    visitor.go("all")
    visitor.go("inbox", "markup@test.example")
    expect(page.locator(".row .badge")).to_contain_text("<img src=x")

    assert page.locator("img, script:not([type=module])").count() == 0
    assert (visitor.strange, visitor.dialogs, visitor.faults) == ([], [], [])


def test_a_name_that_is_another_address_does_not_hide_the_real_one(visitor: Visitor) -> None:
    mail = HEAD.format(sender='"security@bank.example" <phisher@evil.example>', subject="Hi") + "\r\nHi\r\n"
    visitor.send(mail.encode(), "alike@test.example")
    visitor.open_newest("alike@test.example")

    expect(visitor.page.locator(".row .who")).to_contain_text("phisher@evil.example")
    expect(visitor.page.locator(".sender .badge")).to_contain_text("the address is another one")


def test_what_turns_text_around_is_seen_and_turns_nothing(visitor: Visitor) -> None:
    mail = HEAD.format(sender="a@b.example", subject="Invoice \u202efdp.exe\u2066\u200b") + "\r\nx\r\n"
    visitor.send(mail.encode(), "bidi@test.example")
    visitor.open_newest("bidi@test.example")

    expect(visitor.page.locator(".subject")).to_have_text("Invoice U+202Efdp.exeU+2066U+200B")
    assert "\u202e" not in visitor.page.content()


def test_links_that_run_are_no_links(visitor: Visitor) -> None:
    links = "".join(
        f'<a href="{one}">x</a>' for one in ("javascript:alert(1)", "data:text/html,x", "https://shop.example/")
    )
    visitor.send(_html(links), "links@test.example")
    visitor.open_newest("links@test.example")

    found = visitor.page.locator("main a[href]").evaluate_all("all => all.map(one => new URL(one.href).protocol)")
    assert set(found) <= {"http:", "https:", "mailto:"}
    frame = visitor.page.frame_locator("iframe[name=mail-frame]")
    assert frame.locator("a[href]").evaluate_all("all => all.map(one => one.href)") == ["https://shop.example/"]


def test_huge_values_are_cut_and_the_page_stays_as_wide_as_it_is(visitor: Visitor) -> None:
    huge = "W" * 50_000
    mail = f'From: "{huge}" <{huge}@b.example>\r\nSubject: {huge}\r\nX-Huge: {huge}\r\n\r\n{huge}\r\n'
    visitor.send(mail.encode(), "huge@test.example")
    visitor.open_newest("huge@test.example")
    visitor.tab("Headers")

    width = visitor.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.querySelector('.message').scrollWidth]"
    )
    assert width[0] == 1280
    assert width[1] <= 1280


def test_a_file_with_a_name_that_is_a_path_is_saved_under_a_safe_name(visitor: Visitor) -> None:
    mail = (
        HEAD.format(sender="a@b.example", subject="File") + "Content-Type: application/x-msdownload\r\n"
        'Content-Disposition: attachment; filename="../../evil\u202etxt.exe"\r\n\r\nMZ\r\n'
    )
    visitor.send(mail.encode(), "path@test.example")
    visitor.open_newest("path@test.example")

    expect(visitor.page.locator(".attachments .badge")).to_have_text("can run")
    with visitor.page.expect_download() as saved:
        visitor.page.locator("button.attachment").click()

    assert "/" not in saved.value.suggested_filename
    assert "\u202e" not in saved.value.suggested_filename
    assert saved.value.suggested_filename.endswith("evil_txt.exe")


def test_the_page_itself_cannot_make_markup_of_text(visitor: Visitor) -> None:
    refused = visitor.page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return 'made' } catch (e) { return e.name } }"
    )

    assert refused == "TypeError"
