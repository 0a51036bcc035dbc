"""The page as somebody meets it who writes: drafts, answers, and what was sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.visiting import PATIENCE, Visitor
from tools.sample_mails import sign_up

pytestmark = pytest.mark.xdist_group("browser")
expect.set_options(timeout=PATIENCE)


def test_a_mail_is_written_and_answered(visitor: Visitor) -> None:
    client = visitor.service.client()
    for address in ("writer@own.example", "reader@own.example"):
        assert client.tell("POST", f"/api/addresses/{address}", {}).status == 200
    page = visitor.page

    visitor.go("compose")
    page.get_by_label("From", exact=True).fill("writer@own.example")
    page.get_by_label("To", exact=True).fill("reader@own.example")
    page.get_by_label("Subject").fill("Hello <b>reader</b>")
    page.get_by_label("Text", exact=True).fill("<p>See: </p>")
    page.locator("#pictures").set_input_files({"name": "dot.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n"})
    page.locator("#files").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"abc"})
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Sent")).to_be_visible()
    expect(page.get_by_role("cell", name="Hello <b>reader</b>")).to_be_visible()
    visitor.go("inbox", "reader@own.example")
    page.get_by_role("link", name="Hello <b>reader</b>").click()
    expect(page.get_by_role("button", name="a.txt 3 B")).to_be_visible()
    page.get_by_role("link", name="Reply").click()
    expect(page.get_by_label("To", exact=True)).to_have_value("writer@own.example")
    expect(page.get_by_label("Subject")).to_have_value("Re: Hello <b>reader</b>")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Sent")).to_be_visible()
    visitor.go("inbox", "writer@own.example")
    expect(page.get_by_role("link", name="Re: Hello <b>reader</b>")).to_be_visible()

    newest = client.get("/api/addresses/writer@own.example/messages/latest/headers").json
    assert newest["references"] == newest["in-reply-to"]


def test_what_the_server_refuses_is_said_and_the_draft_stays(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("compose")
    page.get_by_label("From", exact=True).fill("somebody@foreign.example")
    page.get_by_label("To", exact=True).fill("reader@own.example")
    page.get_by_label("Text", exact=True).fill("Precious words")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Precious words")


def test_a_draft_waits_for_who_left_it_and_is_gone_when_sent(visitor: Visitor) -> None:
    client, page = visitor.service.client(), visitor.page
    assert client.tell("POST", "/api/addresses/drafts@own.example", {}).status == 200
    visitor.go("compose")
    page.get_by_label("From", exact=True).fill("drafts@own.example")
    page.get_by_label("To", exact=True).fill("drafts@own.example")
    page.get_by_label("Subject").fill("Half")
    page.get_by_label("Text", exact=True).fill("Precious words")
    page.locator("#files").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"abc"})

    visitor.go("all")
    page.get_by_role("heading", name="All mail").wait_for()
    visitor.go("compose")
    expect(page.get_by_label("Text", exact=True)).to_have_value("Precious words")
    expect(page.get_by_text("a.txt")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Subject")).to_have_value("Half")
    expect(page.get_by_text("choose its file again")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Sent")).to_be_visible()
    visitor.go("compose")

    expect(page.get_by_label("Subject")).to_have_value("")
    assert page.evaluate("() => sessionStorage.getItem('restante.drafts')") is None


def test_a_draft_is_discarded_when_asked_for_and_leaves_with_the_key(visitor: Visitor) -> None:
    page = visitor.page
    for way in ("Discard", "Sign out"):
        visitor.go("compose")
        page.get_by_label("Subject").fill("Half")
        page.get_by_role("button", name=way).click()
        expect(page.get_by_label("Subject")).to_have_count(0)

        assert page.evaluate("() => sessionStorage.getItem('restante.drafts')") is None


def test_who_answers_from_an_inbox_that_cannot_send_is_told_so_before_writing(visitor: Visitor) -> None:
    visitor.send(sign_up(), "nobodys@test.example")
    page = visitor.page
    visitor.open_newest("nobodys@test.example")
    page.get_by_role("link", name="Reply").click()
    expect(page.get_by_text("nobodys@test.example is not yours, so it cannot send")).to_be_visible()

    page.get_by_role("button", name="Reserve it").click()
    expect(page.get_by_text("is not yours")).to_have_count(0)
    page.get_by_label("Text", exact=True).fill("Thanks")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("heading", name="Sent")).to_be_visible()


def test_a_new_message_is_not_from_an_inbox_that_was_only_looked_into(visitor: Visitor) -> None:
    visitor.go("inbox", "looked-into@test.example")
    visitor.page.get_by_text("Nothing has come yet").wait_for()
    visitor.go("compose")

    expect(visitor.page.get_by_label("From", exact=True)).not_to_have_value("looked-into@test.example")


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_sent_mail_is_read_at_any_width_whatever_its_subject(visitor: Visitor, width: int) -> None:
    page, client = visitor.page, visitor.service.client()
    page.set_viewport_size({"width": width, "height": 700})
    sender = f"out{width}@managed.example"
    assert client.tell("POST", f"/api/addresses/{sender}", {}).status == 200
    for subject in ("Short", "W" * 900, "word " * 180):
        mail = {"from": sender, "to": ["in@managed.example"], "subject": subject, "text": "x"}
        assert client.tell("POST", "/api/outgoing-messages", mail).status == 200
    visitor.go("sent")
    rows = page.locator("tbody tr")
    expect(rows.first).to_be_visible()

    for box in [rows.nth(at).bounding_box() for at in range(3)]:
        assert box is not None
        assert box["x"] + box["width"] <= width
        assert box["height"] < 220
    for cell in page.locator("tbody td").all()[:5]:
        # No column is squeezed until its words break into letters.
        assert cell.evaluate("one => one.clientWidth") >= 80
    assert page.evaluate("() => document.querySelector('main').scrollWidth") <= width
