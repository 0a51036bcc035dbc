"""Encoded words, by the book (RFC 2047) and as mailers write them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.encoded_words import decode


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # RFC 2047, section 8
        (b"(=?ISO-8859-1?Q?a?=)", "(a)"),
        (b"(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        (b"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        (b"(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        (b"(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        (b"(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        # RFC 2231, section 5: a language
        (b"=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
        # beyond the standard
        (b"one=?utf-8?q?=C3=A9?=two", "oneétwo"),
        (b"=?utf-8?Q?=C3?= =?UTF-8?Q?=A9?=", "é"),
        (b"=?utf-8?B?w6k?= =?utf-8?B?w6k?=", "éé"),
        (b"=?utf-8?B?4pw=?= =?utf-8?Q?=93?=", "✓"),
        (b"=?utf-8?q?with spaces inside?=", "with spaces inside"),
        (b"=?utf-8?b?w6 k?=", "é"),
        (b"=?utf-8?q?lone=?=", "lone="),
        (b"=?utf-8?q?not=XYhex?=", "not=XYhex"),
        (b"=?utf-8?q?a?b?=", "a?b"),
        (b"=?x-unknown?q?=C3=A9?=", "é"),
        (b"=?utf-8?q??=", ""),
        # no encoded words
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"=?utf-8?q?never closed", "=?utf-8?q?never closed"),
        (b"=? utf-8?q?a?=", "=? utf-8?q?a?="),
        (b"=?=", "=?="),
    ],
)
def test_a_value_is_decoded(value: bytes, text: str) -> None:
    assert decode(value) == text


@given(st.text(), st.sampled_from(["b", "B"]), st.integers(min_value=1, max_value=9))
def test_characters_split_over_words_come_back_whole(text: str, encoding: str, size: int) -> None:
    octets = text.encode()
    words = [
        f"=?utf-8?{encoding}?{base64.b64encode(octets[at : at + size]).decode()}?="
        for at in range(0, len(octets), size)
    ]

    assert decode(" ".join(words).encode()) == text


@given(st.binary())
def test_nothing_raises(value: bytes) -> None:
    assert isinstance(decode(b"=?utf-8?q?" + value + b"?= =?" + value), str)
