"""What rules say: the forms of addresses, who wins, and the compiled table that must say the same."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadRequest
from chalicelib.mail.block_table import BlockTable
from chalicelib.mail.blocking import Scope, read_address, read_subject, verdict
from tests.perimeter.rules import ADDRESSES, NOON, RULES, allow, rule

if TYPE_CHECKING:
    from chalicelib.mail.blocking import BlockRule, IpAddress

DOORS = st.sampled_from([Scope.MAIL, Scope.API])


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7/32 ", "192.0.2.7"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("2001:DB8:0::/32", "2001:db8::/32"),
        ("2001:db8::1/128", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("0.0.0.0/1", "0.0.0.0/1"),
        ("SPAM.example", "spam.example"),
        ("10.example", "10.example"),
    ],
)
def test_an_address_has_one_canonical_form(text: str, subject: str) -> None:
    assert read_subject(text) == subject
    assert read_subject(subject) == subject


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("192.0.2.7/24", "did you mean 192.0.2.0/24 or 192.0.2.7"),
        ("2001:db8::1/32", "did you mean 2001:db8::/32 or 2001:db8::1"),
        ("0.0.0.0/0", "every address there is"),
        ("::/0", "every address there is"),
        ("::ffff:0.0.0.0/96", "every address there is"),
        ("192.0.2.256", "no IP address or network"),
        ("192.0.2", "no IP address or network"),
        ("192.0.2.0/33", "no IP address or network"),
        ("fe80::1%eth0", "no IP address or network"),
        ("2001:db8::/129", "no IP address or network"),
        ("", "no IP address, network"),
        ("nowhere", "no IP address, network"),
        ("two words.example", "no IP address, network"),
        ("x" * 10_000, "no IP address, network"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said) as refused:
        read_subject(text)

    assert refused.value.field == "address"
    assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("", None),
        ("unknown", None),
    ],
)
def test_the_address_of_a_connection_is_read(text: str, address: str | None) -> None:
    assert read_address(text) == (None if address is None else ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("rules", "blocked"),
    [
        ([], False),
        ([rule("192.0.2.7")], True),
        ([rule("192.0.2.8")], False),
        ([rule("192.0.2.0/24")], True),
        ([rule("192.0.2.0/24"), allow("192.0.2.7")], False),
        ([rule("192.0.2.7"), allow("192.0.2.0/24")], False),
        ([rule("192.0.2.7"), allow("192.0.2.0/24", scope=Scope.API)], True),
        ([rule("192.0.2.7", scope=Scope.API)], False),
        ([rule("192.0.2.7", scope=Scope.MAIL)], True),
        ([rule("192.0.2.7", expires=NOON)], False),
        ([rule("192.0.2.7", expires=NOON + timedelta(seconds=1))], True),
        ([rule("192.0.2.7"), allow("192.0.2.7/31", expires=NOON)], True),
        ([rule("::/1"), rule("spam.example")], False),
    ],
)
def test_allow_wins_over_block_while_it_holds_at_that_door(rules: list[BlockRule], *, blocked: bool) -> None:
    address = ipaddress.ip_address("192.0.2.7")

    assert (verdict(rules, address, Scope.MAIL, NOON) is not None) is blocked
    assert (BlockTable(rules).verdict(address, Scope.MAIL, NOON) is not None) is blocked


@given(RULES, ADDRESSES, DOORS)
def test_the_compiled_table_says_exactly_what_the_rules_say(
    rules: tuple[BlockRule, ...], address: IpAddress, door: Scope
) -> None:
    assert BlockTable(rules).verdict(address, door, NOON) == verdict(rules, address, door, NOON)


def test_ten_thousand_rules_take_no_more_looks_than_ten() -> None:
    many = [rule(str(ipaddress.ip_address(number))) for number in range(1 << 24, (1 << 24) + 20_000)]
    table = BlockTable([*many, rule("192.0.2.0/24")])

    assert table.size == 20_001
    assert table.verdict(ipaddress.ip_address((1 << 24) + 19_999), Scope.API, NOON) == many[-1]
    assert table.verdict(ipaddress.ip_address((1 << 24) + 20_000), Scope.API, NOON) is None
