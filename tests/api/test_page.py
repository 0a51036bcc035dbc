"""The web page and its files, as a browser asks for them: what is served, under which policy, for how long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from chalicelib.api.page import UI

if TYPE_CHECKING:
    from tests.api.serving import Answered, Client

SCRIPT = re.compile(r'src="(ui/[0-9a-f]{16}/app\.js)"')


def _file(client: Client, name: str, build: str = UI.build) -> Answered:
    return client.ask("GET", f"/ui/{build}/{name}", headers={"Mailsac-Key": ""})


def test_the_page_needs_no_key_and_says_what_it_may_do(client: Client) -> None:
    answered = client.ask("GET", "/", headers={"Mailsac-Key": ""})

    assert answered.status == 200
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    policy = answered.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answered.headers["referrer-policy"] == "no-referrer"
    assert answered.headers["x-content-type-options"] == "nosniff"


def test_the_page_holds_no_script_no_style_and_no_address_from_the_root(client: Client) -> None:
    page = client.get("/").text

    assert not re.search(r"<style|<script(?! type=\"module\" src=)| on[a-z]+=| style=", page)
    assert not re.search(r"(?:src|href)=\"(?:/|[a-z]+:)", page)


def test_every_file_that_the_page_names_is_there_and_is_kept_for_a_year(client: Client) -> None:
    page = client.get("/").text
    named = re.findall(r"ui/[0-9a-f]{16}/[\w.-]+", page)

    assert SCRIPT.search(page)
    for path in named:
        answered = client.ask("GET", "/" + path, headers={"Mailsac-Key": ""})
        assert answered.status == 200, path
        assert answered.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_every_file_that_a_script_imports_is_there() -> None:
    for name, file in UI.files.items():
        if name.endswith(".js"):
            imported = re.findall(r"""(?:from|import)\s*\(?\s*"\./([^"]+)";?""", file.content.decode())
            assert [one for one in imported if one not in UI.files] == [], name


def test_a_browser_that_has_the_page_or_a_file_is_told_so(client: Client) -> None:
    for target in ("/", f"/ui/{UI.build}/app.js"):
        etag = client.get(target).headers["etag"]

        again = client.ask("GET", target, headers={"If-None-Match": etag})

        assert (again.status, again.body) == (304, b"")


def test_a_file_of_an_older_build_is_served_and_not_kept(client: Client) -> None:
    answered = _file(client, "app.js", "0123456789abcdef")

    assert answered.status == 200
    assert answered.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["none.js", "..", "%2e%2e", "..%2fapi%2fopenapi.json", "docs", "%00", "index.html%00"])
def test_what_is_no_file_of_the_page_is_not_found(client: Client, name: str) -> None:
    assert _file(client, name).status == 404


def test_a_file_that_is_opened_by_itself_may_do_nothing(client: Client) -> None:
    answered = _file(client, "base.css")

    assert answered.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answered.headers["content-type"] == "text/css; charset=utf-8"
