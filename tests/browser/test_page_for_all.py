"""The page for everybody: without a mouse, on a phone, with a screen reader, in the dark, with 100,000 messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from bench.filling import fill, mails
from chalicelib.ports import Policy
from restante.embedded.backend import EmbeddedBackend
from tests.api.serving import KEY
from tests.browser.accessibility import violations
from tests.browser.visiting import PATIENCE, Visitor
from tests.service.running import running
from tools.sample_mails import everything, order, sign_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext

    from tests.service.running import Service

pytestmark = pytest.mark.xdist_group("browser")
expect.set_options(timeout=PATIENCE)


def test_a_mail_is_found_read_starred_and_deleted_by_keys_alone(visitor: Visitor) -> None:
    for mail in (order(), sign_up(), order()):
        visitor.send(mail, "keys@test.example")
    page, keys = visitor.page, visitor.page.keyboard

    keys.press("g")
    keys.type("keys@test.example")
    keys.press("Enter")
    expect(page.locator(".row")).to_have_count(3)
    keys.press("/")
    keys.type("sign-in")
    expect(page.locator(".row")).to_have_count(1)
    keys.press("Escape")
    keys.press("j")
    expect(page.locator(".row a")).to_be_focused()
    keys.press("Enter")
    expect(page.locator(".code output")).to_have_text("482913")
    keys.press("s")
    expect(page.locator(".row .star[aria-pressed=true]")).to_have_count(1)
    keys.press("2")
    expect(page.get_by_role("tab", name="Headers").or_(page.get_by_role("tab", name="Text"))).to_have_count(2)
    expect(page.get_by_role("tab", selected=True)).to_have_text("Text")
    keys.press("#")
    page.get_by_role("dialog").get_by_role("button", name="Delete").focus()
    keys.press("Enter")

    expect(page.get_by_text("No message fits.")).to_be_visible()
    assert visitor.service.client().get("/api/addresses/keys@test.example/message-count").json["count"] == 2


def test_the_keys_are_listed_and_the_focus_comes_back(visitor: Visitor) -> None:
    visitor.go("inbox", "list@test.example")
    expect(visitor.page.get_by_text("Nothing has come yet")).to_be_visible()
    link = visitor.page.get_by_role("link", name="All mail")
    link.focus()

    visitor.page.keyboard.press("?")
    expect(visitor.page.get_by_role("dialog")).to_contain_text("Next message")
    visitor.page.keyboard.press("Escape")

    expect(link).to_be_focused()


@pytest.mark.parametrize("width", [320, 375, 768])
def test_everything_fits_on_a_phone(visitor: Visitor, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 640})
    visitor.send(order(), "phone@test.example")
    views = [(), ("inbox", "phone@test.example"), ("inbox", "none@test.example"), ("compose",), ("sent",), ("all",)]

    widths = []
    for parts in views:
        visitor.go(*parts)
        visitor.page.locator("main h1").first.wait_for()
        widths.append(visitor.page.evaluate("() => document.documentElement.scrollWidth"))
    visitor.open_newest("phone@test.example")
    widths.append(visitor.page.evaluate("() => document.documentElement.scrollWidth"))

    assert set(widths) == {width}
    assert visitor.page.get_by_role("button", name="Back to the list").is_visible() == (width <= 760)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with an inbox of 100,000 messages."""
    folder = tmp_path_factory.mktemp("crowded") / "data"
    backend = EmbeddedBackend(folder, Policy(keep_days=None, keep_unowned=None, keep_account=None))
    fill(backend, mails(100_000, recipient="crowd@test.example"))
    backend.close()
    with running(folder, RESTANTE_API_KEY=KEY, RESTANTE_KEEP_UNOWNED="0", RESTANTE_KEEP_DAYS="0") as service:
        yield service


def test_an_inbox_of_100_000_messages_is_gone_through_with_a_screenful_of_rows(
    crowded: Service, context: BrowserContext
) -> None:
    visitor = Visitor(crowded, context.new_page()).sign_in()
    page = visitor.page
    visitor.go("inbox", "crowd@test.example")
    expect(page.locator(".row").first).to_be_visible()

    most = page.evaluate("""async () => {
        const list = document.querySelector('.list-scroll');
        let most = 0;
        for (;;) {
            const last = document.querySelector('.row:last-child');
            most = Math.max(most, document.querySelectorAll('.row').length);
            if (last.getAttribute('aria-posinset') === '100000') return most;
            list.scrollTop = list.scrollHeight;
            await new Promise(requestAnimationFrame);
        }
    }""")

    assert most <= 40
    assert "Order 0 " in page.locator(".row a").last.inner_text()
    page.evaluate("() => { document.querySelector('.list-scroll').scrollTop = 0 }")
    expect(page.locator(".row a").first).to_contain_text("Order 99999 ")


VIEWS = {
    "inboxes": (),
    "inbox": ("inbox", "axe@test.example"),
    "empty inbox": ("inbox", "empty@test.example"),
    "all": ("all",),
    "starred": ("starred",),
    "search": ("search", "order"),
    "compose": ("compose",),
    "sent": ("sent",),
    "addresses": ("addresses",),
    "domains": ("domains",),
    "hooks": ("hooks",),
    "suppressions": ("suppressions",),
    "usage": ("usage",),
    "rules": ("rules",),
    "keys": ("keys",),
    "dead letters": ("dead-letters",),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_view_keeps_anybody_out(browser: Browser, house: Service, axe: str, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    visitor = Visitor(house, context.new_page())
    page = visitor.page
    page.goto(visitor.origin)
    page.get_by_label("API key").wait_for()
    found = {"the way in": violations(visitor, axe)}
    visitor.sign_in()
    for mail in everything():
        visitor.send(mail, "axe@test.example")

    for name, parts in VIEWS.items():
        visitor.go(*parts)
        page.locator("main h1").first.wait_for()
        expect(page.locator(".waiting")).to_have_count(0)
        found[name] = violations(visitor, axe)
    visitor.open_newest("axe@test.example")
    for tab in page.get_by_role("tab").all_inner_texts():
        visitor.tab(tab)
        expect(page.locator(".waiting")).to_have_count(0)
        found[tab] = violations(visitor, axe)
    page.get_by_role("checkbox").first.check()
    found["selected"] = violations(visitor, axe)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    found["keys"] = violations(visitor, axe)
    page.set_viewport_size({"width": 375, "height": 700})
    page.keyboard.press("Escape")
    found["phone"] = violations(visitor, axe)
    context.close()

    assert {name: several for name, several in found.items() if several} == {}
