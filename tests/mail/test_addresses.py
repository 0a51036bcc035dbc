"""Addresses in header fields, the inbox of a recipient, and what the API takes for an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.addresses import MOST, Address, distinct, domain_of, inbox_of, is_address, read_addresses


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", []),
        (b"a@b.example", [("", "a@b.example")]),
        (b"Ann Doe <a@b.example>", [("Ann Doe", "a@b.example")]),
        (b'"Doe, Ann" <a@b.example>, c@d.example', [("Doe, Ann", "a@b.example"), ("", "c@d.example")]),
        (b"a@b.example; c@d.example", [("", "a@b.example"), ("", "c@d.example")]),
        (b"Group: A <a@b.example>, c@d.example;", [("A", "a@b.example"), ("", "c@d.example")]),
        (b"undisclosed-recipients:;", []),
        (b"a@b.example (Ann (the boss) Doe)", [("Ann (the boss) Doe", "a@b.example")]),
        (b"a@b.example (never closed", [("never closed", "a@b.example")]),
        (rb"(escaped \) paren) a@b.example", [(r"escaped \) paren", "a@b.example")]),
        (b"Ann <a(home)@b.example>", [("Ann", "a@b.example")]),
        (b"<@x.example,@y.example:a@b.example>", [("", "a@b.example")]),
        (b'"a b"@c.example', [("", '"a b"@c.example')]),
        (b"a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        (b"a @ b.example", [("", "a@b.example")]),
        (b"Ann a@b.example", [("Ann", "a@b.example")]),
        (b"Ann <a@b.example", [("Ann", "a@b.example")]),
        (b"Ann <a@b.example, c@d.example", [("Ann", "a@b.example"), ("", "c@d.example")]),
        (b"<<a@b.example>>", [("", "a@b.example")]),
        (b"A <a@b.example> C <c@d.example>", [("A", "a@b.example"), ("C", "c@d.example")]),
        (b'"never closed <a@b.example>', [("never closed <a@b.example>", "")]),
        (b"caf\xc3\xa9 <a@b.example>", [("café", "a@b.example")]),
        (b"caf\xe9 <a@b.example>", [("café", "a@b.example")]),
        (b"=?utf-8?q?Doe=2C_Ann?= <a@b.example>", [("Doe, Ann", "a@b.example")]),
        (b"=?utf-8?q?Doe,_Ann?= <a@b.example>", [("Doe, Ann", "a@b.example")]),
        (b'"=?utf-8?q?caf=C3=A9?=" <a@b.example>', [("café", "a@b.example")]),
        (b"<=?utf-8?q?a=40b.example?=>", [("", "a@b.example")]),
        (b"j\xc3\xb6rg@b\xc3\xbccher.example", [("", "jörg@bücher.example")]),
        (b"postmaster", [("", "postmaster")]),
        (b'"a@b.example"', [("", "a@b.example")]),
        (b'"Ann"', [("Ann", "")]),
        (b"=?utf-8?q?Ann?=", [("Ann", "")]),
        (b"no address here", [("no address here", "")]),
        (b"Ann: a@b.example", [("", "a@b.example")]),
        (b"a@b.example:", [("", "a@b.example:")]),
        (b"Ann [Team]\r\n <a@b.example>", [("Ann [Team]", "a@b.example")]),
        (b"= <a@b.example>", [("=", "a@b.example")]),
    ],
)
def test_a_list_is_read(value: bytes, expected: list[tuple[str, str]]) -> None:
    assert [(address.name, address.address) for address in read_addresses(value)] == expected


def test_a_list_is_read_up_to_its_bound() -> None:
    addresses = read_addresses(b",".join([b"a@b"] * (MOST + 5)))

    assert addresses == (Address("", "a@b"),) * MOST


def test_a_flood_of_tokens_is_read_up_to_its_bound() -> None:
    assert len(read_addresses(b"a@b.example, " + b"[" * 200_000)) == 2


@given(st.binary())
def test_no_list_raises(value: bytes) -> None:
    assert isinstance(read_addresses(value), tuple)


@pytest.mark.parametrize(
    ("recipient", "inbox"),
    [
        ("Jeff+Tag@D.com", "jeff@d.com"),
        ("a+b+c@d.example", "a@d.example"),
        ("+x@d.example", "+x@d.example"),
        ("<A@B.example>", "a@b.example"),
        ("a@Bücher.Example", "a@xn--bcher-kva.example"),
        ("a@b.example.", "a@b.example"),
        ("JÖRG@b.example", "jörg@b.example"),
        ('"Ann+Tag"@b.example', "ann@b.example"),
        ('"a b"@b.example', '"a b"@b.example'),
        ('"a+b c"@b.example', '"a+b c"@b.example'),
        ("a@" + "ü" * 70 + ".example", "a@" + "ü" * 70 + ".example"),
        ("Postmaster", "postmaster"),
    ],
)
def test_a_recipient_has_an_inbox(recipient: str, inbox: str) -> None:
    assert inbox_of(recipient) == inbox


@given(st.text())
def test_an_inbox_is_its_own_inbox(recipient: str) -> None:
    inbox = inbox_of(recipient)

    assert inbox_of(inbox) == inbox


def test_the_domain_stands_after_the_last_at_sign() -> None:
    assert domain_of('"a@b"@c.example') == "c.example"


@pytest.mark.parametrize(
    "text",
    [
        "a@b",
        "a.b+c@d.example",
        "!#$%&'*+-/=?^_`{|}~@d.example",
        "jörg@bücher.example",
        '"a b@c"@d.example',
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        "x" * 64 + "@d.example",
    ],
)
def test_an_address_is_one(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b.example",
        "a@",
        "a b@c.example",
        "a..b@c.example",
        ".a@c.example",
        "a@b@c.example",
        "a@-b.example",
        "a@b..example",
        "a@[not an ip]",
        "a\n@b.example",
        "<a@b.example>",
        "x" * 65 + "@d.example",
        "ö" * 33 + "@d.example",
        "a@" + ".".join(["x" * 63] * 5),
        "x" * 64 + "@" + ".".join(["x" * 60] * 4),
        "a\ud800@b.example",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert not is_address(text)


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert is_address(text) in {True, False}


def test_a_recipient_that_is_repeated_is_one_however_it_is_written() -> None:
    given = ["dup@x.dev", "c@x.dev", "dup@x.dev", "DUP@X.dev.", "dup+1@x.dev", "a@ü.example", "a@xn--tda.example"]

    assert distinct(given) == ("dup@x.dev", "c@x.dev", "dup+1@x.dev", "a@ü.example")
