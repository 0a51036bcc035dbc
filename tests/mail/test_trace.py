"""Received fields: the hops of a mail, and the one address in them that can be believed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.mail.headers import Field, read_fields
from chalicelib.mail.trace import MOST_HOPS, Hop, read_hops, sender_ip

HEADER = b"""\
Received: from relay.example (relay.example [192.0.2.9])
\tby mx.restante.example (Restante) with ESMTPS id 7
\tfor <ann@restante.example>; Mon, 2 Feb 2026 08:15:05 +0000
Subject: x
Received: from [203.0.113.5] (helo=liar.example) by relay.example with esmtp;
 Mon, 2 Feb 2026 09:15:00 +0100
Received: by nowhere; no date
"""


def received(value: bytes) -> tuple[Hop, ...]:
    return read_hops([Field(name="Received", raw=value)])


def test_hops_are_told_newest_first() -> None:
    hops = read_hops(read_fields(HEADER))

    assert [hop.by for hop in hops] == ["mx.restante.example (Restante)", "relay.example", "nowhere"]


def test_a_hop_has_its_clauses() -> None:
    hop = read_hops(read_fields(HEADER))[0]

    assert hop.from_ == "relay.example (relay.example [192.0.2.9])"
    assert (hop.with_, hop.id, hop.for_) == ("ESMTPS", "7", "<ann@restante.example>")
    assert hop.date == datetime(2026, 2, 2, 8, 15, 5, tzinfo=UTC)


def test_a_delay_is_counted_from_the_hop_before() -> None:
    assert [hop.delay for hop in read_hops(read_fields(HEADER))] == [5.0, 0.0, 0.0]


def test_only_the_newest_hop_names_the_sender() -> None:
    hops = read_hops(read_fields(HEADER))

    assert sender_ip(hops) == "192.0.2.9"
    assert sender_ip(hops[2:]) is None
    assert sender_ip(()) is None


@pytest.mark.parametrize(
    ("from_", "ip"),
    [
        ("a.example ([IPv6:2001:db8::1])", "2001:db8::1"),
        ("a.example (192.0.2.1)", "192.0.2.1"),
        ("[192.0.2.1]", "192.0.2.1"),
        ("a.example ([999.0.0.1] [192.0.2.1])", "192.0.2.1"),
        ("a.example", None),
        ("", None),
    ],
)
def test_the_address_stands_in_brackets(from_: str, ip: str | None) -> None:
    assert sender_ip((Hop(from_=from_),)) == ip


def test_what_makes_no_sense_still_may_have_a_date() -> None:
    (hop,) = received(b"(complete nonsense; Mon, 2 Feb 2026 08:15:05 +0000")

    assert hop == Hop(date=datetime(2026, 2, 2, 8, 15, 5, tzinfo=UTC))


def test_hops_are_read_up_to_a_number() -> None:
    assert len(read_hops(read_fields(b"Received: by x; no date\n" * 500))) == MOST_HOPS


@settings(max_examples=200)
@given(st.one_of(st.binary(), st.text(alphabet='from by with;()[]<>@.12\\"\r\n ', max_size=300).map(str.encode)))
def test_nothing_raises(value: bytes) -> None:
    assert len(received(value)) == 1
