"""The generator of the reference refuses what would become a wrong page, and writes programs that can be copied."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tools.reference.code import block, coloured
from tools.reference.contents import PAGES, Page, address
from tools.reference.fences import Fence, fence_of, fences_of
from tools.reference.markdown import render
from tools.reference.operations import render as render_operations
from tools.reference.requests import ExampleRequest, Kind
from tools.reference.snippets import curl, javascript, python

PAGE = Page(name="sending", title="Sending", markdown="docs/sending.md")
INDEX = PAGES[0]


def test_a_link_to_a_file_that_is_no_page_is_refused() -> None:
    with pytest.raises(ValueError, match=r"none\.md"):
        render(PAGE, "See [this](none.md).")


def test_a_link_between_files_becomes_one_between_pages() -> None:
    made = render(
        PAGE, "See [limits](limits.md#sending), [the start](guides/introduction.md) and [us](https://a.example)."
    )

    assert 'href="limits#sending"' in made.html
    assert 'href="../docs"' in made.html
    assert 'href="https://a.example"' in made.html
    assert address(PAGES[1], seen_from=INDEX) == "docs/first-mail"


def test_equal_headings_have_anchors_of_their_own() -> None:
    made = render(PAGE, "# Changes\n\n## Added\n\none\n\n## Added\n\ntwo\n")

    assert [section.anchor for section in made.sections] == ["changes", "added", "added-2"]
    assert [section.words for section in made.sections] == ["", "one", "two"]


def test_markup_in_markdown_stays_text() -> None:
    made = render(PAGE, "<script>alert(1)</script> and `<b>`\n\n```text\n<i>\n```\n")

    assert "<script" not in made.html
    assert "&lt;b&gt;" in made.html
    assert "&lt;i&gt;" in made.html


def test_an_indented_block_is_code_and_what_follows_is_not() -> None:
    made = render(PAGE, "See:\n\n    a <b>\n    c\n\nand on.\n")

    assert '<pre tabindex="0"><code>a &lt;b&gt;\nc</code></pre>' in made.html
    assert re.search(r"</figure>\s*<p>\s*and on.</p>\s*$", made.html)


def test_rows_that_are_named_by_settings_are_linked_to_and_found() -> None:
    made = render(PAGE, "# All\n\n| name | meaning |\n| --- | --- |\n| `A_B` | `x\\|y`, and on |\n")

    assert '<tr id="a_b">' in made.html
    assert re.search(r'<td data-title="meaning">\s*<code>x\|y</code>, and on</td>', made.html)
    assert [(one.anchor, one.words) for one in made.sections][1:] == [("a_b", "A_B x|y, and on")]


def test_code_is_coloured_and_nothing_of_it_is_lost() -> None:
    code = 'x = {"a": 1}  # <why>\n'
    made = coloured(code, "python")

    assert '<span class="c"># &lt;why&gt;' in made
    assert "<why>" not in made
    assert "Python" in block(code, "python")


@pytest.mark.parametrize("info", ["sh never", "sh shown:", "python file=a b"])
def test_a_block_of_code_with_an_unknown_mark_is_refused(info: str) -> None:
    with pytest.raises(ValueError, match="unknown"):
        fence_of(info)


def test_blocks_of_code_say_what_is_to_be_done_with_them() -> None:
    run, file, shown, output = fences_of(
        "```sh\na\n```\ntext\n```python file=b.py\nb\n```\n\n```sh shown: needs an account\nc\n```\n```json\n{}\n```\n"
    )

    assert (run.is_program, file.is_program, shown.is_program, output.is_program) == (True, True, False, False)
    assert file == Fence(language="python", file="b.py", code="b\n")
    assert shown.reason == "needs an account"


def test_an_operation_without_a_recorded_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="run `make generate`"):
        render_operations(Page(name="service", title="Service", tag="Service"), {})


def _request(body: dict[str, Any], query: dict[str, str] | None = None) -> ExampleRequest:
    return ExampleRequest(
        operation="One", method="POST", path="/api/one", kind=Kind.JSON, needs_key=True, body=body, query=query or {}
    )


def test_a_body_that_a_shell_would_break_is_refused() -> None:
    with pytest.raises(ValueError, match="single quotes"):
        curl(_request({"text": "it's"}))


def test_values_are_written_as_each_language_spells_them() -> None:
    request = _request({"on": True, "off": None, "many": [1, "é"]}, query={"q": "a b"})

    assert 'json={"on": True, "off": None, "many": [1, "é"]}' in python(request)
    assert '{ on: true, off: null, many: [1, "é"] }' in javascript(request)
    assert "/api/one?q=a%20b" in curl(request)
    assert """-d '{"on": true, "off": null, "many": [1, "é"]}'""" in curl(request)
    assert "-X" not in curl(request), "curl posts by itself what has a body"
