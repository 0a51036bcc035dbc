"""One-time codes: found in many languages, and nothing else taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.codes import find_code
from chalicelib.mail.vocabulary import sections, words

_TABLE = json.loads(Path(__file__).with_name("codes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("language", "subject", "text", "code"), _TABLE["codes"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_the_code_of_a_mail_is_found(language: str, subject: str, text: str, code: str | None, line_end: str) -> None:
    found = find_code(subject=subject, text=text.replace("\n", line_end))

    assert (found.value if found else None) == code, language


@pytest.mark.parametrize(("language", "subject", "text"), _TABLE["no codes"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_no_other_number_is_taken_for_a_code(language: str, subject: str, text: str, line_end: str) -> None:
    assert find_code(subject=subject, text=text.replace("\n", line_end)) is None, language


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Your verification code is 482913", 'follows "code"'),
        ("Type this code:\nplease.\n\n482913\n", "stands"),
        ("482913 is your code", 'comes before "code"'),
        ("Enter 482913 to verify your account", 'is what to "Enter"'),
    ],
)
def test_a_code_comes_with_its_reason(text: str, reason: str) -> None:
    found = find_code(text=text)

    assert found is not None
    assert found.reason.startswith(reason)


def test_a_code_is_found_in_html_when_there_is_no_text() -> None:
    html = (
        "<style>p{color:#123456}</style><p>Your sign-in code:</p><table><tr><td><b>739 204</b></table><p>12345 Berlin"
    )
    found = find_code(text=" \n", html=html)

    assert found is not None
    assert found.value == "739204"


def test_a_paragraph_of_its_own_is_named_by_the_next_one() -> None:
    found = find_code(html="<p>739201</p><p>This is your verification code.</p>")

    assert found is not None
    assert found.value == "739201"


def test_digits_in_cells_of_their_own_are_one_code() -> None:
    found = find_code(html="<p>Your code<table><tr><td>1<td>2<td>3<td>4<td>5<td>6</table>")

    assert found is not None
    assert found.value == "123456"


def test_a_number_in_a_link_is_no_code() -> None:
    assert find_code(text="Your code: https://x.example/123456 or ann123456@x.example") is None


def test_a_code_far_down_a_long_mail_is_not_looked_for() -> None:
    assert find_code(text="word " * 6_000 + "Your code is 123456") is None


def test_only_so_many_numbers_are_looked_at() -> None:
    assert find_code(text="1001 \n" * 200 + "Your code is 123456") is None


@given(st.text(), st.text(), st.text())
def test_no_mail_is_too_strange_to_look_for_a_code(subject: str, text: str, html: str) -> None:
    found = find_code(subject=subject, text=text, html=html)

    assert found is None or 4 <= len(found.value) <= 20


def test_every_line_of_the_vocabulary_is_a_pattern() -> None:
    assert all(words(section).pattern for section in sections())
    assert len(sections()) > 10


def test_a_section_that_is_not_in_the_vocabulary_is_an_error() -> None:
    with pytest.raises(KeyError):
        words("no such section")
