"""The page as somebody meets it who looks after things: addresses, domains, webhooks, rules, keys, work given up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from chalicelib.mail.job import Job
from chalicelib.mail.outgoing import Status, Suppression
from chalicelib.ports import Policy
from restante.embedded.backend import EmbeddedBackend
from tests.api.serving import KEY
from tests.browser.accessibility import violations
from tests.browser.visiting import PATIENCE, Visitor
from tests.live.receiver import Receiver, receiving
from tests.service.running import Service, running
from tools.sample_mails import order, sign_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Locator

pytestmark = pytest.mark.xdist_group("browser")
expect.set_options(timeout=PATIENCE)
ADMIN_VIEWS = ("rules", "keys", "dead-letters")
VIEWS = ("addresses", "domains", "hooks", "suppressions", "usage", *ADMIN_VIEWS)
LOOKS = 300
REASON = "the receiver <b>never</b> answered"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks."""
    with receiving() as started:
        yield started


def _prepare(folder: Path) -> None:
    """A dead letter, and an address that bounced."""
    backend = EmbeddedBackend(folder, Policy())
    backend.jobs.put(
        [Job(id="given-up", kind="slack", created=datetime.now(UTC), payload={"url": "https://x.example"})]
    )
    for job in backend.jobs.take(limit=1, lease=60):
        backend.jobs.bury(job, reason=REASON)
    bounced = Suppression(
        account="admin",
        address="gone@mail.example",
        reason=Status.BOUNCED,
        created=datetime.now(UTC),
        diagnostic="550 no such user",
    )
    backend.suppressions.add(bounced)
    backend.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Service]:
    """The whole service, which may post to `receiver`."""
    folder = tmp_path_factory.mktemp("managed") / "data"
    _prepare(folder)
    with running(folder, RESTANTE_API_KEY=KEY, RESTANTE_HOOK_TARGETS=receiver.name) as started:
        yield started


def _confirm(visitor: Visitor, action: str) -> None:
    visitor.page.get_by_role("dialog").get_by_role("button", name=action, exact=True).click()


def test_an_address_is_reserved_changed_and_released(visitor: Visitor) -> None:
    page, client = visitor.page, visitor.service.client()
    visitor.go("addresses")

    page.get_by_role("button", name="Reserve").first.click()
    page.get_by_label("Address", exact=True).fill("desk@managed.example")
    page.get_by_label("Notes").fill("<i>mine</i>")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="desk@managed.example")).to_contain_text("<i>mine</i>")
    page.get_by_role("button", name="Change desk@managed.example").click()
    page.get_by_label("Forward to").fill("team@other.example")
    page.get_by_label("Told of over the WebSocket").check()
    _confirm(visitor, "Save")
    expect(page.get_by_role("row", name="desk@managed.example")).to_contain_text("forward to team@other.example")
    kept = client.get("/api/addresses/desk@managed.example").json
    page.get_by_role("button", name="Release desk@managed.example").click()
    _confirm(visitor, "Release")
    expect(page.get_by_role("row", name="desk@managed.example")).to_have_count(0)

    assert (kept["info"], kept["forward"], kept["enablews"]) == ("<i>mine</i>", "team@other.example", True)
    assert "owner" not in client.get("/api/addresses/desk@managed.example").json


def test_what_the_server_refuses_is_said_and_what_was_typed_stays(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("addresses")

    page.get_by_role("button", name="Reserve").first.click()
    page.get_by_label("Address", exact=True).fill("no address")
    _confirm(visitor, "Reserve")

    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.get_by_label("Address", exact=True)).to_have_value("no address")
    expect(page.get_by_role("dialog").get_by_role("button", name="Reserve")).to_be_enabled()


def test_a_domain_is_added_with_its_records_made_public_and_given_up(visitor: Visitor) -> None:
    page, client = visitor.page, visitor.service.client()
    visitor.go("domains")

    page.get_by_role("button", name="Add domain").click()
    page.get_by_label("Domain", exact=True).fill("hosted.example")
    _confirm(visitor, "Add")
    box = page.get_by_role("region", name="hosted.example")
    expect(box).to_be_visible()
    expect(box).to_contain_text(client.get("/api/domains/hosted.example").json["domain"]["verificationTxt"])
    expect(box.get_by_role("button", name="Copy the MX record of hosted.example")).to_be_visible()
    box.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("The domain is verified")).to_be_visible()
    box.get_by_role("button", name="Make public").click()
    expect(box.get_by_role("button", name="Make private")).to_be_visible()
    public = client.get("/api/domains/hosted.example").json["domain"]["isPrivate"]
    box.get_by_role("button", name="Give up").click()
    _confirm(visitor, "Give up")
    expect(box).to_have_count(0)

    assert public is False
    assert client.ask("GET", "/api/domains/hosted.example").status == 404


def test_a_webhook_is_made_tested_and_told_again(visitor: Visitor, receiver: Receiver) -> None:
    page, client = visitor.page, visitor.service.client()
    assert client.tell("POST", "/api/addresses/told@managed.example", {}).status == 200
    receiver.body = b"<b>taken</b>"
    visitor.go("hooks")

    page.get_by_role("button", name="New webhook").click()
    page.get_by_label("For", exact=True).fill("told@managed.example")
    page.get_by_label("Posted to").fill(receiver.url)
    _confirm(visitor, "Make")
    expect(page.get_by_text("It was told of nothing yet")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_role("row", name="a test")).to_contain_text("status 204")
    receiver.statuses.append(500)
    visitor.send(sign_up(), "told@managed.example")
    expect(_looked(visitor, "status 500")).to_contain_text("<b>taken</b>")
    page.get_by_role("button", name="Deliver again").first.click()
    expect(page.get_by_role("row", name="status 204")).to_have_count(2)
    (hook,) = client.get("/api/hooks").json
    deliveries = client.get(f"/api/hooks/{hook['_id']}/deliveries").json

    assert [one["status"] for one in deliveries][:2] == [204, 500]
    assert deliveries[0]["webhookId"] == deliveries[1]["webhookId"]


def _looked(visitor: Visitor, said: str) -> Locator:
    """The first row that says this, after looking again until there is one."""
    row = visitor.page.get_by_role("row").filter(has_text=said).first
    look = visitor.page.get_by_role("button", name="Look again")
    for _ in range(LOOKS):
        with visitor.page.expect_response(lambda answer: "/deliveries" in answer.url):
            look.click()
        if row.is_visible():
            break
    return row


def test_a_webhooks_secret_is_hidden_until_asked_for_and_replaced(visitor: Visitor, receiver: Receiver) -> None:
    page, client = visitor.page, visitor.service.client()
    assert client.tell("POST", "/api/addresses/secret@managed.example", {}).status == 200
    made = client.tell("POST", "/api/hooks", {"scope": "secret@managed.example", "url": receiver.url}).json
    visitor.go("hooks", made["_id"])

    expect(page.get_by_role("region", name="The webhook")).not_to_contain_text(made["secret"])
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("region", name="The webhook")).to_contain_text(made["secret"])
    page.get_by_role("button", name="New secret").click()
    _confirm(visitor, "New secret")
    expect(page.get_by_role("region", name="The webhook")).not_to_contain_text(made["secret"])
    rotated = client.get(f"/api/hooks/{made['_id']}").json["secret"]
    page.get_by_role("button", name="Delete").click()
    _confirm(visitor, "Delete")
    expect(page.get_by_role("heading", name="Webhooks")).to_be_visible()

    assert rotated != made["secret"]
    assert client.ask("GET", f"/api/hooks/{made['_id']}").status == 404


def test_an_ip_is_blocked_for_a_day_another_allowed_and_a_rule_removed(visitor: Visitor) -> None:
    page, client = visitor.page, visitor.service.client()
    visitor.go("rules")

    for action, address in (("Block", "192.0.2.0/24"), ("Allow", "198.51.100.7")):
        page.get_by_role("button", name=action, exact=True).click()
        page.get_by_label("Address or network").fill(address)
        page.get_by_label("Why").fill("because <b>")
        _confirm(visitor, action)
        expect(page.get_by_role("row", name=address)).to_contain_text("0 hits")
    rules = {one["_id"]: one for one in client.get("/api/ip-rules").json}
    expect(page.get_by_role("table", name="Perimeter")).to_contain_text("embedded mail")
    page.get_by_role("button", name="Remove the rule about 192.0.2.0/24").click()
    _confirm(visitor, "Remove")
    expect(page.get_by_role("row", name="192.0.2.0/24")).to_have_count(0)

    lasts = datetime.fromisoformat(rules["192.0.2.0/24"]["expires"]) - datetime.fromisoformat(
        rules["192.0.2.0/24"]["created"]
    )
    assert (rules["192.0.2.0/24"]["action"], lasts.days) == ("block", 1)
    assert (rules["198.51.100.7"]["action"], rules["198.51.100.7"]["expires"]) == ("allow", None)
    assert [one["_id"] for one in client.get("/api/ip-rules").json] == ["198.51.100.7"]


def test_a_key_is_shown_once_works_and_is_revoked(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("keys")

    page.get_by_role("button", name="New account").click()
    page.get_by_label("Name", exact=True).fill("team-k")
    _confirm(visitor, "Make")
    expect(page.get_by_text("This account has no key")).to_be_visible()
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Label").fill("ci")
    _confirm(visitor, "Make")
    secret = page.get_by_role("dialog", name="Your new key").locator("code").inner_text()
    worked = visitor.service.client(secret).get("/api/me").json["_id"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("row", name="ci")).to_be_visible()
    shown = secret in page.content()
    page.get_by_role("button", name="Revoke ci").click()
    _confirm(visitor, "Revoke")
    expect(page.get_by_text("This account has no key")).to_be_visible()

    assert (worked, shown) == ("team-k", False)
    assert visitor.service.client(secret).ask("GET", "/api/me").status == 401


def test_a_dead_letter_says_why_and_is_tried_again(visitor: Visitor) -> None:
    visitor.go("dead-letters")
    row = visitor.page.get_by_role("row", name="slack")
    expect(row).to_contain_text(REASON)
    # However long the reason is, the kind of work is not broken into letters.
    expect(row.get_by_role("rowheader")).to_have_css("white-space", "nowrap")

    row.get_by_role("button", name="Try again: slack").click()

    expect(visitor.page.get_by_text("1 dead letter tried again")).to_be_visible()


def test_an_address_that_bounced_gets_mail_again_when_that_is_lifted(visitor: Visitor) -> None:
    visitor.go("suppressions")
    expect(visitor.page.get_by_role("row", name="gone@mail.example")).to_contain_text("550 no such user")

    visitor.page.get_by_role("button", name="Let mail go there").click()
    _confirm(visitor, "Let mail go there")

    expect(visitor.page.get_by_text("Nobody is left out")).to_be_visible()
    assert visitor.service.client().get("/api/suppressions").json == []


def test_an_ordinary_account_is_told_what_is_for_admins_and_not_led_there(
    house: Service, context: BrowserContext
) -> None:
    client = house.client()
    assert client.tell("POST", "/api/accounts/plain", {}).status == 200
    key = client.tell("POST", "/api/accounts/plain/keys", {}).json["key"]
    visitor = Visitor(house, context.new_page()).sign_in(key)
    expect(visitor.page.get_by_role("link", name="Webhooks")).to_be_visible()

    for view in ADMIN_VIEWS:
        visitor.go(view)
        expect(visitor.page.get_by_role("heading", name="For admins alone")).to_be_visible()

    expect(visitor.page.get_by_role("link", name="IP rules")).to_have_count(0)
    assert visitor.faults == []


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_every_view_fits_and_says_where_it_is(visitor: Visitor, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 700})
    client = visitor.service.client()
    assert client.tell("POST", f"/api/addresses/w{width}{'o' * 50}@managed.example", {"info": "W" * 150}).status == 200
    assert client.tell("POST", "/api/domains", {"domain": f"w{width}.{'d' * 60}.example"}).status == 200
    visitor.send(order(), "told@managed.example")

    seen = {}
    for view in VIEWS:
        visitor.go(view)
        visitor.page.locator("main h1").first.wait_for()
        expect(visitor.page.locator("main .listed > :not(.waiting)").first).to_be_visible()
        seen[view] = visitor.page.evaluate(
            "() => [document.documentElement.scrollWidth, document.querySelector('main').scrollWidth"
            " <= document.querySelector('main').clientWidth]"
        )

    assert seen == {view: [width, True] for view in VIEWS}
    assert (visitor.strange, visitor.faults, visitor.dialogs) == ([], [], [])


def test_usage_is_drawn_and_told_in_words(visitor: Visitor) -> None:
    assert visitor.service.client().tell("POST", "/api/addresses/used@managed.example", {}).status == 200
    visitor.send(order(), "used@managed.example")
    visitor.go("usage")

    expect(visitor.page.get_by_role("img", name="Mails kept: ")).to_be_visible()
    expect(visitor.page.get_by_role("figure").filter(has_text="Top senders")).to_contain_text("orders@shop.example")
    told = visitor.service.client().get("/api/usage").json
    rectangles = visitor.page.get_by_role("img", name="Mails kept: ").locator("rect")

    assert rectangles.count() == len(told["days"]) == 30
    assert float(rectangles.last.get_attribute("height") or 0) == 120


def _fill(visitor: Visitor, receiver: Receiver, scheme: str) -> str:
    """One of each thing that is listed; answers with the id of a webhook."""
    client = visitor.service.client()
    for path, value in (
        ("/api/domains", {"domain": "axe.example"}),
        ("/api/addresses/*@axe.example", {"info": "x", "forward": "team@other.example", "enablews": True}),
        ("/api/ip-rules", {"address": "192.0.2.1", "reason": "flood"}),
    ):
        client.tell("POST", path, value)
    made = client.tell("POST", "/api/hooks", {"scope": "*@axe.example", "url": f"{receiver.url}/{scheme}"})
    return str(made.json["_id"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_view_and_no_form_keeps_anybody_out(
    browser: Browser, house: Service, receiver: Receiver, axe: str, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    visitor = Visitor(house, context.new_page()).sign_in()
    page = visitor.page
    hook = _fill(visitor, receiver, scheme)
    forms = {
        "addresses": "Reserve",
        "domains": "Add domain",
        "hooks": "New webhook",
        "rules": "Block",
        "keys": "New key",
    }

    found = {}
    for parts in (*((view,) for view in VIEWS), ("hooks", hook)):
        visitor.go(*parts)
        expect(page.locator("main .listed > :not(.waiting)").first).to_be_visible()
        found["/".join(parts)] = violations(visitor, axe)
        if parts[0] in forms and len(parts) == 1:
            page.locator("main").get_by_role("button", name=forms[parts[0]]).first.click()
            found[f"form of {parts[0]}"] = violations(visitor, axe)
            page.keyboard.press("Escape")
    page.set_viewport_size({"width": 320, "height": 700})
    visitor.go("addresses")
    page.get_by_role("heading", name="Addresses").wait_for()
    found["phone"] = violations(visitor, axe)
    context.close()

    assert {name: several for name, several in found.items() if several} == {}


def test_a_rule_is_made_and_removed_by_keys_alone(visitor: Visitor) -> None:
    page, keys = visitor.page, visitor.page.keyboard
    visitor.go("rules")
    page.get_by_role("button", name="Block", exact=True).focus()

    keys.press("Enter")
    expect(page.get_by_label("Address or network")).to_be_focused()
    keys.type("203.0.113.9")
    keys.press("Tab")
    keys.type("by hand")
    keys.press("Enter")
    expect(page.get_by_role("row", name="203.0.113.9")).to_contain_text("by hand")
    page.get_by_role("button", name="Remove the rule about 203.0.113.9").focus()
    keys.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("button", name="Remove the rule about 203.0.113.9")).to_be_focused()
    keys.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Remove").focus()
    keys.press("Enter")

    expect(page.get_by_role("row", name="203.0.113.9")).to_have_count(0)
