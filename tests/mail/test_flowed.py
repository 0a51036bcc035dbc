"""format=flowed (RFC 3676): lines joined as they were before transport."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.flowed import unflow


@pytest.mark.parametrize(
    ("text", "delsp", "joined"),
    [
        ("one \r\ntwo\r\nthree", False, "one two\nthree"),
        ("one \ntwo", True, "onetwo"),
        ("日本 \n語", True, "日本語"),
        ("> a \n> b", False, "> a b"),
        (">> a \n> b", False, ">> a \n> b"),
        (">>a \n>> b", False, ">> a b"),
        (">a \nb", False, "> a \nb"),
        (" >not a quote", False, ">not a quote"),
        ("  indented", False, " indented"),
        (" From here", False, "From here"),
        ("end \n-- \nAnn", False, "end \n-- \nAnn"),
        ("> x \n> -- \n> Ann", False, "> x \n> -- \n> Ann"),
        ("-- \nAnn \nLee", True, "-- \nAnnLee"),
        ("a\n\nb", False, "a\n\nb"),
        ("a \n\nb", False, "a \nb"),
        (">\n> a", False, "> \n> a"),
        ("last ", False, "last "),
        ("last ", True, "last"),
        ("a\rb", False, "a\nb"),
        ("", False, ""),
    ],
)
def test_flowed_lines_are_joined(text: str, delsp: bool, joined: str) -> None:  # noqa: FBT001 - a column of the table
    assert unflow(text, delsp=delsp) == joined


@given(st.text(), st.booleans())
def test_any_text_can_be_unflowed_and_no_word_is_lost(text: str, delsp: bool) -> None:  # noqa: FBT001 - drawn
    def letters(of: str) -> str:
        return "".join(of.replace(">", "").split())

    assert letters(unflow(text, delsp=delsp)) == letters(text)
