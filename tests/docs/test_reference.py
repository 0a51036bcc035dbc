"""The reference is whole: every operation, setting, error and limit is on its pages, and every link leads somewhere."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import fields
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from chalicelib import errors
from chalicelib.api.application import OPERATIONS
from chalicelib.api.handling import STATUS_OF
from chalicelib.api.reference import DOCS
from chalicelib.api.schemas import SCHEMAS
from chalicelib.settings import PREFIX, Settings
from tools.reference.contents import BY_TAG, INDEX, PAGES
from tools.reference.limits import LIMITS, octets, seconds
from tools.reference.site import ROOT

if TYPE_CHECKING:
    from tests.api.serving import Client

OF_THE_GATEWAY = {"405 MethodNotAllowed", "500 InternalError"}
"""Entries of the catalogue that no class of ours stands for."""
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
MOST_COMPRESSED = 220_000
"""Bytes of the reference in what is shipped: it should not weigh on a cold start."""


class Html(HTMLParser):
    """What a page refers to, what can be referred to in it, and what it must not hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.files: list[str] = []
        self.anchors: list[str] = []
        self.forbidden: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if given.get("id"):
            self.anchors.append(given["id"] or "")
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag in {"link", "script", "img"}:
            self.files.append(given.get("href") or given.get("src") or "")
        if tag == "style" or (tag == "script" and "src" not in given) or "style" in given:
            self.forbidden.append(tag)
        self.forbidden += [name for name in given if name.startswith("on")]

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.forbidden.append(f"{tag} that ends itself")
        self.handle_starttag(tag, attributes)


class Shown(HTMLParser):
    """The text of each block of code of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self._is_within = False
        self.feed(text)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag == "pre":
            self.blocks.append("")
            self._is_within = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._is_within = False

    def handle_data(self, data: str) -> None:
        if self._is_within:
            self.blocks[-1] += data


def _html(name: str) -> Html:
    return Html(DOCS.files[f"{name}.html"].content.decode())


def _text(name: str) -> str:
    return DOCS.files[f"{name}.html"].content.decode()


ALL = pytest.mark.parametrize("name", [page.name for page in PAGES])


def test_every_operation_has_a_section_with_its_path_and_its_example() -> None:
    for one in OPERATIONS:
        page = _text(BY_TAG[one.tag].name)
        section = re.search(rf'<section class="operation" data-operation="{one.name}".*?</section>', page, re.DOTALL)
        assert section is not None, one.name
        assert f'data-path="{one.path}"' in section[0]
        for parameter in one.parameters:
            assert parameter.name in {"Host", "X-Forwarded-Proto"} or f'data-name="{parameter.name}"' in section[0]
        for language in ("curl", "python", "javascript"):
            assert f"in-{language}" in section[0]
        assert ">Answer: " in section[0]


def test_every_object_that_is_answered_is_described() -> None:
    assert _html("objects").anchors[-len(SCHEMAS) :] == sorted(SCHEMAS)


def test_every_setting_is_described() -> None:
    page = _text("settings")

    for entry in fields(Settings):
        assert f"<code>{PREFIX}{entry.name.upper()}</code>" in page


def test_a_setting_is_shown_whole_and_found_by_its_name() -> None:
    rows = {row[3]: row for row in json.loads(DOCS.files["search.json"].content) if row[0] == "settings"}

    for entry in fields(Settings):
        name = f"{PREFIX}{entry.name.upper()}"
        assert rows[name][1] in _html("settings").anchors
        assert unescape(rows[name][5]).endswith(re.sub(r"`", "", entry.metadata["meaning"])[-40:])


def test_every_error_is_in_the_catalogue_with_its_status_and_what_to_do() -> None:
    raised = {
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.RestanteError)
    }
    wanted = {f"{STATUS_OF[kind]} {kind.__name__}" for kind in raised - {errors.RestanteError}}
    entries = re.findall(r'<h2 id="[^"]*">(\d{3} \w+)<a.*?(?=<h2|<nav)', _text("errors"), re.DOTALL)
    bodies = re.findall(r'<h2 id="[^"]*">\d{3} \w+<a(.*?)(?=<h2|<nav)', _text("errors"), re.DOTALL)

    assert set(entries) == wanted | OF_THE_GATEWAY
    assert all("What to do: " in body for body in bodies)


def test_every_limit_has_a_value_and_says_what_happens_beyond_it() -> None:
    settings = {entry.name for entry in fields(Settings)}

    for limit in (one for limits in LIMITS.values() for one in limits):
        assert limit.value not in {"", "0"}
        assert limit.beyond
        assert limit.setting in settings | {""}


@pytest.mark.parametrize(
    ("number", "written"), [(40 * 1024**2, "40 MB"), (1024, "1 KB"), (3 * 1024**3, "3 GB"), (1500, "1,500 bytes")]
)
def test_octets_are_written_as_people_write_them(number: int, written: str) -> None:
    assert octets(number) == written


@pytest.mark.parametrize(
    ("number", "written"), [(15.0, "15 seconds"), (3600, "60 minutes"), (86400, "24 hours"), (172_800, "2 days")]
)
def test_times_are_written_as_people_write_them(number: float, written: str) -> None:
    assert seconds(number) == written


@ALL
def test_every_link_of_a_page_leads_to_something(name: str) -> None:
    html = _html(name)
    anchors = {page.name: set(_html(page.name).anchors) for page in PAGES}

    for link in html.links:
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        to = _page_at(path, name)
        if to is not None:
            assert to in anchors, link
            assert not anchor or anchor in anchors[to], link


def _page_at(path: str, name: str) -> str | None:
    """The page at a relative address, seen from the page of that name; None for the mail reader."""
    if path in {"./", "../"}:
        return None
    if not path:
        return name
    if name == INDEX:
        return INDEX if path == "docs" else path.removeprefix("docs/")
    return INDEX if path == "../docs" else path


@ALL
def test_a_page_holds_no_script_no_style_and_no_two_equal_anchors(name: str) -> None:
    html = _html(name)

    assert html.forbidden == []
    assert len(html.anchors) == len(set(html.anchors))
    assert not any(link.startswith(("/", "http:", "javascript:")) for link in html.links)


@ALL
def test_every_block_of_code_of_a_page_is_shown_whole(name: str) -> None:
    (page,) = (one for one in PAGES if one.name == name)
    if not page.markdown:
        return
    tokens = MarkdownIt("commonmark").parse((ROOT / page.markdown).read_text("utf-8"))
    written = [one.content.rstrip("\n") for one in tokens if one.type in {"fence", "code_block"}]

    assert Shown(_text(name)).blocks == written


@ALL
def test_a_page_and_its_files_are_served_to_everybody_under_a_strict_policy(client: Client, name: str) -> None:
    path = "/docs" if name == INDEX else f"/docs/{name}"
    answered = client.ask("GET", path, headers={"Mailsac-Key": ""})

    assert answered.status == 200
    policy = answered.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    for file in Html(answered.text).files:
        target = f"/{file}" if name == INDEX else f"/docs/{file}"
        found = client.ask("GET", target, headers={"Mailsac-Key": ""})
        assert found.status == 200, target
        assert found.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("target", ["/docs/none", "/docs/0/none.js", "/docs/..", "/docs/%2e%2e%2findex", "/docs/a%00"])
def test_what_is_no_page_is_not_found(client: Client, target: str) -> None:
    assert client.ask("GET", target).status == 404


def test_every_file_that_a_script_imports_is_there() -> None:
    imported = {
        name
        for file, found in DOCS.files.items()
        if file.endswith(".js")
        for name in re.findall(r'from "\./([^"]+)"', found.content.decode())
    }

    assert imported
    assert imported <= DOCS.files.keys()


def test_the_search_knows_every_section_and_only_what_is_there() -> None:
    rows = json.loads(DOCS.files["search.json"].content)
    anchors = {page.name: set(_html(page.name).anchors) for page in PAGES}

    assert {row[0] for row in rows} == {page.name for page in PAGES}
    assert {one.name for one in OPERATIONS} <= {row[1] for row in rows}
    assert [row for row in rows if row[1] and row[1] not in anchors[row[0]]] == []


def test_the_reference_is_light_enough_to_be_shipped() -> None:
    assert sum(len(zlib.compress(file.content, 6)) for file in DOCS.files.values()) < MOST_COMPRESSED
