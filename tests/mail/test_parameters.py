"""Parameters of Content-Type and Content-Disposition (RFC 2045, 2183, 2231), and what mailers make of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.parameters import read


@pytest.mark.parametrize(
    ("raw", "main", "parameters"),
    [
        (b"", "", {}),
        (b"text/plain", "text/plain", {}),
        (b"Text/Plain; Charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (b"text/plain (a comment); charset=utf-8 (another)", "text/plain", {"charset": "utf-8"}),
        (b'a/b; x="1; 2"; y = 3', "a/b", {"x": "1; 2", "y": "3"}),
        (rb'a/b; x="quoted \"twice\" and \\"', "a/b", {"x": 'quoted "twice" and \\'}),
        (rb'a/b; x="C:\file"', "a/b", {"x": r"C:\file"}),
        (b'a/b; x="never closed', "a/b", {"x": "never closed"}),
        (b'a/b; x="never closed\\', "a/b", {"x": "never closed"}),
        (b"a/b; name=two words.txt; y=1", "a/b", {"name": "two words.txt", "y": "1"}),
        (b"a/b; filename=copy (2)", "a/b", {"filename": "copy (2)"}),
        (b"a/b; x=1; x=2", "a/b", {"x": "1"}),
        (b"a/b; ; no value; =nameless; x=", "a/b", {"x": ""}),
        (b";x=1", "", {"x": "1"}),
        (b"a/b; x=\xc3\xa9; y=\xe9", "a/b", {"x": "é", "y": "é"}),
        (b'a/b; x="=?utf-8?q?caf=C3=A9?="', "a/b", {"x": "café"}),
        # RFC 2231, 4
        (b"a/b; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "a/b", {"title": "This is ***fun***"}),
        # RFC 2231, 4.1
        (
            (
                b"a/b; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; "
                b'title*2="isn\'t it!"'
            ),
            "a/b",
            {"title": "This is even more ***fun*** isn't it!"},
        ),
        (b"a/b; x*1=two; x*0=one", "a/b", {"x": "onetwo"}),
        (b"a/b; x*0*=utf-8''%C3; x*1*=%A9", "a/b", {"x": "é"}),
        (b"a/b; x*=caf%C3%A9", "a/b", {"x": "café"}),
        (b"a/b; x*=x-unknown''caf%C3%A9", "a/b", {"x": "café"}),
        (b"a/b; x=plain; x*=utf-8''extended", "a/b", {"x": "extended"}),
        (b'a/b; x*0="=?utf-8?q?=C3=A9?="', "a/b", {"x": "é"}),
        (b"a/b; *=1; x*y=2", "a/b", {"*": "1", "x*y": "2"}),
        (b'a/b; boundary="=?utf-8?q?x?="', "a/b", {"boundary": "=?utf-8?q?x?="}),
        (b"a/b; boundary=\xc3\xa9", "a/b", {"boundary": "\xc3\xa9"}),
    ],
)
def test_a_value_is_read(raw: bytes, main: str, parameters: dict[str, str]) -> None:
    assert read(raw) == (main, parameters)


def test_parameters_are_read_up_to_a_number() -> None:
    assert read(b"a/b; x=1; y=2; z=3", 2)[1] == {"x": "1", "y": "2"}


@given(st.binary())
def test_nothing_raises(raw: bytes) -> None:
    main, parameters = read(b"a/b;" + raw)

    assert main == "a/b"
    assert all(isinstance(value, str) for value in parameters.values())
