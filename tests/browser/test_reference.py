"""The reference in a real browser: searching, choosing a language, copying, trying it out, reading without scripts."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.serving import KEY, Stage, serving
from tests.browser.accessibility import RULES
from tools.reference.contents import INDEX, PAGES
from tools.reference.recording import scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")

PHONE = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def docs() -> Iterator[str]:
    """The address of the reference on a server where its examples are true."""
    stage = Stage()
    with serving(stage) as (host, port), scene(stage, "ListMessages"):
        yield f"http://{host}:{port}/docs"


@contextmanager
def _reading(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a fresh profile; what it complains of, and what it asks for elsewhere, is an error."""
    context = browser.new_context(**options)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if "127.0.0.1" not in request.url else None)
    yield page
    context.close()

    assert wrong == []


def test_the_search_finds_an_operation_and_opens_it(browser: Browser, docs: str) -> None:
    with _reading(browser) as page:
        page.goto(docs)
        page.keyboard.press("/")
        page.keyboard.type("download attachment")
        found = page.get_by_role("option")
        found.first.wait_for()
        first = found.first.inner_text()
        page.keyboard.press("Enter")
        page.wait_for_url("**/docs/attachments#DownloadAttachment")

        assert first.startswith("Download an attachment")
        assert page.locator("#DownloadAttachment").is_visible()


@pytest.mark.parametrize("words", ["RESTANTE_RELAY_TLS", "relay_tls", "relay tls"])
def test_the_search_finds_a_setting_by_its_name_and_parts_of_it(browser: Browser, docs: str, words: str) -> None:
    with _reading(browser) as page:
        page.goto(docs)
        page.get_by_role("combobox").fill(words)
        page.get_by_role("option", name="RESTANTE_RELAY_TLS").first.click()
        page.wait_for_url("**/docs/settings#restante_relay_tls")

        assert "RESTANTE_RELAY_TLS" in page.locator("tr:target").inner_text()


def test_the_settings_are_read_on_a_narrow_phone(browser: Browser, docs: str) -> None:
    with _reading(browser, viewport=PHONE) as page:
        page.goto(f"{docs}/settings")
        row = page.locator("#restante_relay_tls")

        assert row.locator("td").last.is_visible()
        assert row.evaluate("one => one.getBoundingClientRect().right") <= PHONE["width"]


def test_a_search_for_nothing_says_so(browser: Browser, docs: str) -> None:
    with _reading(browser) as page:
        page.goto(f"{docs}/errors")
        page.get_by_role("combobox").fill("zebra")

        page.get_by_text("Nothing found").wait_for()


def test_the_language_that_was_chosen_is_shown_everywhere_and_remembered(browser: Browser, docs: str) -> None:
    with _reading(browser) as page:
        page.goto(f"{docs}/messages")
        page.locator("#language-curl").wait_for(state="attached")
        page.locator("[data-operation=CountMessages] .in-curl").get_by_role("button", name="Python").click()
        page.goto(f"{docs}/domains")

        assert page.locator(".in-python").first.is_visible()
        assert not page.locator(".in-curl").first.is_visible()
        assert (
            page.locator(".in-python").first.get_by_role("button", name="Python").get_attribute("aria-pressed")
            == "true"
        )


def test_an_example_is_copied_as_it_stands_there(browser: Browser, docs: str) -> None:
    with _reading(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"{docs}/service")
        page.locator("[data-operation=GetHealth] .in-curl .copy").click()
        page.get_by_role("button", name="Copied").wait_for()

        assert page.evaluate("navigator.clipboard.readText()") == 'curl "$RESTANTE_URL/api/health"'


def test_an_operation_is_tried_with_the_reader_s_key(browser: Browser, docs: str) -> None:
    with _reading(browser) as page:
        page.goto(f"{docs}/messages")
        section = page.locator("[data-operation=CountMessages]")
        section.get_by_role("button", name="Try it").click()
        form = section.get_by_role("form")
        form.get_by_label("API key").fill(KEY)
        form.get_by_label("email").fill("signup@mail.example")
        form.get_by_role("button", name="Send GET").click()
        answered = form.locator("pre")
        answered.wait_for()

        assert json.loads(answered.inner_text()) == {"count": 1, "inbox": "signup@mail.example"}
        assert form.locator("figcaption").inner_text().startswith("200 · ")
        assert page.evaluate("sessionStorage.getItem('restante.key')") == KEY
        assert KEY not in page.evaluate("JSON.stringify(localStorage)")


def test_what_changes_something_says_so_and_sends_the_example_s_body(browser: Browser, docs: str) -> None:
    with _reading(browser) as page:
        page.goto(f"{docs}/addresses")
        section = page.locator("[data-operation=CreateAddress]")
        section.get_by_role("button", name="Try it").click()
        form = section.get_by_role("form")
        form.get_by_label("API key").fill(KEY)
        form.get_by_label("email").fill("tried@mail.example")
        form.get_by_role("button", name="Send POST").click()
        form.locator("pre").wait_for()

        assert form.get_by_text("This is no rehearsal").is_visible()
        assert json.loads(form.locator("pre").inner_text())["info"] == "sign-up tests"


def test_a_refusal_is_shown_in_words(browser: Browser, docs: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{docs}/account")
    section = page.locator("[data-operation=User]")
    section.get_by_role("button", name="Try it").click()
    section.get_by_role("button", name="Send GET").click()
    section.locator(".attempt pre").wait_for()
    shown = section.locator(".attempt pre").inner_text()
    context.close()

    assert "No API key" in shown or "API key" in shown
    assert "Unauthorized" in shown


def test_without_scripts_everything_can_be_read(browser: Browser, docs: str) -> None:
    with _reading(browser, java_script_enabled=False) as page:
        page.goto(f"{docs}/messages")
        assert page.locator("[data-operation=ListMessages] .in-curl pre").is_visible()
        page.get_by_text("JavaScript", exact=True).first.click()

        assert page.locator("[data-operation=ListMessages] .in-javascript pre").is_visible()
        assert not page.locator("[data-operation=ListMessages] .in-curl pre").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone_and_complains_of_nothing(browser: Browser, docs: str, scheme: str) -> None:
    with _reading(browser, viewport=PHONE, color_scheme=scheme) as page:
        for one in PAGES:
            page.goto(docs if one.name == INDEX else f"{docs}/{one.name}")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, one.name
            assert page.locator("h1").is_visible()
        page.get_by_role("link", name="Contents").click()

        assert page.get_by_role("link", name="First mail in five minutes").is_visible()


def test_light_and_dark_are_changed_and_remembered(browser: Browser, docs: str) -> None:
    with _reading(browser, color_scheme="light") as page:
        page.goto(docs)
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Light or dark").click()
        page.goto(f"{docs}/limits")

        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(browser: Browser, docs: str, axe: str, scheme: str) -> None:
    # Only the test itself brings a script from outside, and our policy would refuse that too.
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
    page = context.new_page()
    found: dict[str, list[str]] = {}
    for one in PAGES:
        page.goto(docs if one.name == INDEX else f"{docs}/{one.name}")
        if one.tag:
            page.get_by_role("button", name="Try it").first.click()
        page.evaluate(axe)
        ran = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
        found[one.name] = [f"{wrong['id']}: {wrong['nodes'][0]['html'][:120]}" for wrong in ran["violations"]]
    context.close()

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) == len(PAGES)
