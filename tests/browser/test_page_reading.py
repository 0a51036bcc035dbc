"""The page as a reader meets it: the way in, mail that arrives, every way to see a message, and what is done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.api.serving import KEY
from tests.browser.visiting import PATIENCE, Visitor
from tests.service.running import running
from tools.sample_mails import deceiving, order, sign_up

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Route

    from tests.service.running import Service

pytestmark = pytest.mark.xdist_group("browser")
expect.set_options(timeout=PATIENCE)


def test_from_the_link_of_the_first_start_to_the_first_mail_read(tmp_path: Path, context: BrowserContext) -> None:
    with running(tmp_path / "data") as service:
        link = next(line.split()[1] for line in service.lines if line.startswith("Page"))
        visitor = Visitor(service, context.new_page())
        page = visitor.page

        page.goto(link)
        page.get_by_label("Address", exact=True).fill("first@test.example")
        page.get_by_role("button", name="Open inbox").click()
        expect(page.get_by_text("Nothing has come yet")).to_be_visible()
        expect(page.locator(".live")).to_have_text("Live")
        visitor.send(sign_up(), "first@test.example")
        page.get_by_role("link", name="Your sign-in code").click()

        expect(page.locator(".code output")).to_have_text("482913")
        expect(page.get_by_role("tabpanel")).to_contain_text("It works for ten minutes")
        assert service.key is not None
        assert service.key not in page.url
        assert not any(service.key in url for url in visitor.requests if "#" not in url)
        assert (visitor.strange, visitor.faults, visitor.dialogs) == ([], [], [])


def test_a_wrong_key_is_refused_in_words_and_a_right_one_lets_in(house: Service, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("http://{}:{}".format(*house.http))

    page.get_by_label("API key").fill("k_of_nobody")
    page.get_by_role("button", name="Open the inboxes").click()
    expect(page.get_by_role("alert")).to_have_text("This key is not valid here.")
    page.get_by_label("API key").fill(KEY)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Inboxes")).to_be_visible()


def test_who_signs_out_leaves_no_key_behind(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_visible()

    assert (
        page.evaluate("() => JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])") == '[{},{},""]'
    )
    page.reload()
    expect(page.get_by_label("API key")).to_be_visible()


def test_an_empty_inbox_teaches_lines_that_work(visitor: Visitor) -> None:
    host, port = visitor.service.smtp
    visitor.go("inbox", "taught@test.example")
    page = visitor.page
    # The view before this one teaches too, for another inbox.
    expect(page.get_by_role("region", name="With Python")).to_contain_text('"taught@test.example"')
    expect(page.get_by_role("region", name="With curl")).to_contain_text(f"smtp://{host}:{port} ")
    program = page.get_by_role("region", name="With Python").inner_text()

    exec(compile(program, "lesson", "exec"), {})

    expect(page.locator(".row")).to_have_count(1)


def test_where_there_is_no_smtp_an_empty_inbox_tells_of_mx_records(visitor: Visitor) -> None:
    def on_aws(route: Route) -> None:
        answered = route.fetch()
        route.fulfill(response=answered, json={**answered.json(), "smtp": None, "mailDomains": ["mail.example"]})

    visitor.page.route("**/api/me", on_aws)
    visitor.page.reload()
    visitor.go("inbox", "taught-more@mail.example")

    expect(visitor.page.locator(".lessons")).to_contain_text("Mail is taken for mail.example")
    expect(visitor.page.locator(".snippet")).to_have_count(0)


def test_mail_that_arrives_is_shown_without_asking(visitor: Visitor) -> None:
    visitor.go("inbox", "live@test.example")
    expect(visitor.page.locator(".live")).to_have_text("Live")
    asked = len([url for url in visitor.requests if "/messages" in url])

    for _ in range(3):
        visitor.send(sign_up(), "live@test.example")

    expect(visitor.page.locator(".row")).to_have_count(3)
    assert len([url for url in visitor.requests if "/messages" in url]) == asked


def test_every_way_to_see_a_message_shows_it(visitor: Visitor) -> None:
    visitor.send(order(), "ways@test.example")
    visitor.open_newest("ways@test.example")
    page = visitor.page

    frame = page.frame_locator("iframe[name=mail-frame]")
    expect(frame.get_by_text("thank you for your order")).to_be_visible()
    assert frame.locator(".top").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(122, 46, 142)"
    assert frame.get_by_alt_text("A lamp").evaluate("one => one.naturalWidth") == 496
    expect(visitor.tab("Text")).to_contain_text("Your order leaves tomorrow.")
    expect(visitor.tab("Links").get_by_role("link")).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(visitor.tab("Headers").get_by_role("row", name="Message-ID")).to_contain_text("<order-1042@shop.example>")
    expect(visitor.tab("Structure").get_by_role("row")).to_have_count(10)
    expect(visitor.tab("Raw")).to_contain_text("Content-Type: multipart/mixed")
    assert (visitor.strange, visitor.faults) == ([], [])


def test_a_pane_that_comes_late_does_not_take_the_place_of_the_one_chosen_since(visitor: Visitor) -> None:
    visitor.send(order(), "late@test.example")
    visitor.open_newest("late@test.example")
    page = visitor.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/raw/**", hold)
    with page.expect_request("**/raw/**"):
        page.get_by_role("tab", name="Raw").click()
    expect(page.get_by_role("tabpanel")).to_have_attribute("aria-busy", "true")

    structure = visitor.tab("Structure")
    held[0].fulfill(body="Too late")
    # What is asked later is answered later.
    page.evaluate("() => fetch('api/me')")

    expect(structure).not_to_contain_text("Too late")
    expect(structure.get_by_role("row")).to_have_count(10)


def test_what_is_elsewhere_is_counted_and_fetched_only_when_asked_for(visitor: Visitor) -> None:
    # No name of these can be found, so nothing leaves this machine even then.
    visitor.send(order(), "remote@test.example")
    visitor.open_newest("remote@test.example")
    page = visitor.page
    expect(page.frame_locator("iframe[name=mail-frame]").get_by_text("Hello Ana")).to_be_visible()
    expect(page.locator(".blocked")).to_contain_text("2 things from elsewhere were not fetched")
    before = list(visitor.strange)

    page.route("https://*.example/**", lambda route: route.abort())
    page.get_by_role("button", name="Fetch for this message").click()
    expect(page.frame_locator("iframe[name=mail-frame]").locator("img[src^=https]")).to_have_count(2)

    assert before == []
    assert set(visitor.strange) == {"https://track.example/open.gif?u=ana", "https://cdn.example/footer.png"}


def test_a_mail_is_shown_as_wide_as_a_phone_and_as_on_a_dark_screen(visitor: Visitor) -> None:
    visitor.send(order(), "wide@test.example")
    visitor.open_newest("wide@test.example")
    page = visitor.page

    page.get_by_role("button", name="Phone, 375 pixels").click()
    page.get_by_role("button", name="As on a dark screen").click()
    body = page.frame_locator("iframe[name=mail-frame]").locator("body")
    expect(body).to_contain_text("Hello Ana")

    assert page.locator("iframe[name=mail-frame]").evaluate("one => one.clientWidth") == 375
    assert "invert" in body.evaluate("one => getComputedStyle(one).filter")


def test_attachments_are_previewed_and_saved_under_their_names(visitor: Visitor) -> None:
    visitor.send(order(), "files@test.example")
    visitor.open_newest("files@test.example")
    page = visitor.page

    page.get_by_role("button", name="care.txt 30 B").click()
    expect(page.get_by_role("dialog")).to_contain_text("wipe with a dry cloth")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="lamp.png 13 kB").click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
    assert (
        page.get_by_role("dialog").get_by_role("img").evaluate("one => one.decode().then(() => one.naturalWidth)")
        == 320
    )
    page.keyboard.press("Escape")
    page.get_by_role("button", name="invoice-1042.pdf 539 B").click()
    assert str(page.get_by_role("dialog").locator("iframe").get_attribute("src")).startswith(f"blob:{visitor.origin}/")
    with page.expect_download() as saved:
        page.get_by_role("dialog").get_by_role("button", name="Save").click()

    assert saved.value.suggested_filename == "invoice-1042.pdf"
    assert saved.value.path().read_bytes().startswith(b"%PDF-1.4")


def test_the_code_is_copied_by_one_click(visitor: Visitor) -> None:
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.send(sign_up(), "code@test.example")
    visitor.open_newest("code@test.example")

    visitor.page.get_by_role("button", name="Copy code").click()
    expect(visitor.page.get_by_text("Copied 482913")).to_be_visible()

    assert visitor.page.evaluate("() => navigator.clipboard.readText()") == "482913"


def test_many_are_selected_marked_labelled_moved_and_deleted(visitor: Visitor) -> None:
    for _ in range(3):
        visitor.send(sign_up(), "many@test.example")
    visitor.go("inbox", "many@test.example")
    page = visitor.page
    expect(page.locator(".row")).to_have_count(3)
    client = visitor.service.client()

    page.get_by_role("checkbox").nth(0).check()
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="Labels").click()
    page.get_by_label("Labels of 2 messages").fill("urgent, to do")
    page.keyboard.press("Enter")
    expect(page.locator(".row .badge", has_text="urgent")).to_have_count(2)
    page.get_by_role("toolbar").get_by_role("button", name="Move to a folder").click()
    page.get_by_role("button", name="spam").click()
    expect(page.locator(".row .badge", has_text="spam")).to_have_count(2)
    page.get_by_role("toolbar").get_by_role("button", name="Star").click()
    expect(page.locator(".star[aria-pressed=true]")).to_have_count(2)
    page.get_by_label("Folder", exact=True).select_option("spam")
    expect(page.locator(".row")).to_have_count(2)
    page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No message fits.")).to_be_visible()

    assert client.get("/api/addresses/many@test.example/message-count").json["count"] == 1


def test_a_subject_is_read_beside_any_number_of_labels(visitor: Visitor) -> None:
    visitor.send(order(), "marks@test.example")
    client = visitor.service.client()
    labels = ["urgent", "to do", "later", "a label that takes thirty chars"]
    message = client.get("/api/addresses/marks@test.example/messages").json[0]["_id"]
    path = f"/api/addresses/marks@test.example/messages/{message}"
    assert client.tell("PUT", f"{path}/labels", {"labels": labels}).status == 200
    assert client.tell("PUT", f"{path}/folder/spam", {}).status == 200
    for width in (1280, 375):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        visitor.go("inbox", "marks@test.example")
        row = visitor.page.locator(".row")

        expect(row.locator(".rest")).to_have_text("+3: to do, later, a label that takes thirty chars")
        boxes = [row.locator(one).bounding_box() for one in (".what", ".what > bdi", ".marks", ".star")]
        what, subject, marks, star = [box for box in boxes if box]
        assert subject["width"] > what["width"] / 3
        assert marks["x"] >= subject["x"] + subject["width"]
        assert marks["x"] + marks["width"] <= star["x"]


def test_what_was_done_elsewhere_is_seen_on_coming_back(visitor: Visitor) -> None:
    for _ in range(2):
        visitor.send(sign_up(), "elsewhere@test.example")
    visitor.go("inbox", "elsewhere@test.example")
    page, client = visitor.page, visitor.service.client()
    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator(".live")).to_have_text("Live")
    path = "/api/addresses/elsewhere@test.example/messages"
    starred, deleted = (one["_id"] for one in client.get(path).json)

    client.tell("PUT", f"{path}/{starred}/star", {})
    client.ask("DELETE", f"{path}/{deleted}")
    page.evaluate("() => dispatchEvent(new Event('focus'))")

    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".star")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("width", [1280, 375])
def test_a_message_that_is_gone_is_said_to_be_and_leaves_the_list(visitor: Visitor, width: int) -> None:
    inbox = f"gone{width}@test.example"
    for _ in range(2):
        visitor.send(sign_up(), inbox)
    page, client = visitor.page, visitor.service.client()
    page.set_viewport_size({"width": width, "height": 800})
    visitor.go("inbox", inbox)
    expect(page.locator(".row")).to_have_count(2)

    client.ask("DELETE", f"/api/addresses/{inbox}/messages/latest")
    page.locator(".row a").first.click()
    expect(page.get_by_role("alert")).to_contain_text("This message is gone")
    page.get_by_role("button", name="Back to the list").last.click()

    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_be_visible()
    # The browser complains of the 404 itself.
    assert all("404" in fault for fault in visitor.faults)


def test_words_are_searched_in_a_list_and_in_all_mail(visitor: Visitor) -> None:
    client = visitor.service.client()
    assert client.tell("POST", "/api/addresses/search@own.example", {}).status == 200
    for mail in (order(), sign_up(), deceiving()):
        visitor.send(mail, "search@own.example")
    page = visitor.page

    visitor.go("inbox", "search@own.example")
    expect(page.locator(".row")).to_have_count(3)
    page.get_by_role("searchbox", name="Search").fill("SIGN-IN")
    expect(page.locator(".row")).to_have_count(1)
    visitor.go("all")
    page.get_by_role("searchbox", name="Search").fill("lavender order")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="“lavender order”")).to_be_visible()
    expect(page.locator(".row")).to_have_count(1)


def test_the_page_goes_on_after_the_server_was_away(tmp_path: Path, context: BrowserContext) -> None:
    with running(tmp_path / "data", RESTANTE_API_KEY=KEY) as service:
        visitor = Visitor(service, context.new_page()).sign_in()
        page = visitor.page
        visitor.go("inbox", "back@test.example")
        expect(page.locator(".live")).to_have_text("Live")
        port = f"127.0.0.1:{service.http[1]}"
    expect(page.locator(".live")).to_have_text("Not connected")
    visitor.go("inbox", "other@test.example")
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    with running(tmp_path / "data", RESTANTE_API_KEY=KEY, RESTANTE_HTTP=port) as service:
        visitor.service = service
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("Nothing has come yet")).to_be_visible()
        visitor.send(sign_up(), "other@test.example")

        expect(page.locator(".row")).to_have_count(1)
