"""What goes to which edge: exactly whom the rules shut out, within the room there is."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.blocking import Scope, verdict
from chalicelib.mail.placement import placement
from tests.perimeter.rules import ADDRESSES, NOON, RULES, allow, rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.mail.blocking import BlockRule, IpAddress, IpNetwork


def _texts(networks: Iterable[IpNetwork]) -> list[str]:
    return [str(network) for network in networks]


@given(RULES, ADDRESSES)
def test_with_room_for_all_each_edge_refuses_exactly_whom_the_rules_shut_out(
    rules: tuple[BlockRule, ...], address: IpAddress
) -> None:
    placed = placement(rules, NOON)
    at_api = any(address in network for network in (*placed.ipv4_set, *placed.ipv6_set))
    at_mail = any(address in network for network in placed.receipt_filters)

    assert at_api is (verdict(rules, address, Scope.API, NOON) is not None)
    if address.version == 4:
        assert at_mail is (verdict(rules, address, Scope.MAIL, NOON) is not None)
    else:
        assert at_mail is False


@given(RULES, ADDRESSES, st.integers(0, 4), st.integers(0, 4))
def test_nobody_is_refused_who_may_come_in_and_who_is_not_placed_is_left_for_arrival(
    rules: tuple[BlockRule, ...], address: IpAddress, ip_set_room: int, filter_room: int
) -> None:
    placed = placement(rules, NOON, ip_set_room=ip_set_room, filter_room=filter_room)

    for door, networks in (
        (Scope.API, (*placed.ipv4_set, *placed.ipv6_set)),
        (Scope.MAIL, placed.receipt_filters),
    ):
        shut_out = verdict(rules, address, door, NOON)
        refused = any(address in network for network in networks)
        left = verdict(placed.left, address, door, NOON)
        assert not refused or shut_out is not None
        assert refused or (shut_out is None) or left is not None
    assert max(len(placed.ipv4_set), len(placed.ipv6_set)) <= ip_set_room
    assert len(placed.receipt_filters) <= filter_room


@given(RULES)
def test_no_room_is_left_empty_while_a_rule_is_left_out(rules: tuple[BlockRule, ...]) -> None:
    whole = placement(rules, NOON)
    placed = placement(rules, NOON, ip_set_room=2, filter_room=2)

    assert len(placed.ipv4_set) == min(2, len(whole.ipv4_set))
    assert len(placed.receipt_filters) == min(2, len(whole.receipt_filters))


def test_neighbours_are_collapsed_into_one_network() -> None:
    rules = [rule(f"192.0.2.{last}") for last in range(256)]

    assert _texts(placement(rules, NOON).receipt_filters) == ["192.0.2.0/24"]


def test_who_is_allowed_is_cut_out_of_what_is_blocked() -> None:
    placed = placement([rule("192.0.2.0/30"), allow("192.0.2.1")], NOON)

    assert sorted(_texts(placed.ipv4_set)) == ["192.0.2.0/32", "192.0.2.2/31"]
    assert placed.left == ()


def test_of_too_many_those_with_most_hits_are_placed_and_of_equals_the_newest() -> None:
    rules = [
        rule("192.0.2.1", hits=1),
        rule("192.0.2.4", hits=9),
        rule("192.0.2.8", created=NOON + timedelta(seconds=1), hits=1),
        rule("192.0.2.16"),
    ]
    placed = placement(rules, NOON, filter_room=2, ip_set_room=4)

    assert _texts(placed.receipt_filters) == ["192.0.2.4/32", "192.0.2.8/32"]
    assert [one.subject for one in placed.left] == ["192.0.2.1", "192.0.2.16"]


def test_twelve_thousand_rules_are_placed_with_what_does_not_fit_left() -> None:
    rules = [rule(str(ipaddress.ip_address((1 << 24) + 2 * number))) for number in range(12_000)]
    placed = placement(rules, NOON)

    assert (len(placed.ipv4_set), len(placed.receipt_filters)) == (10_000, 100)
    assert len(placed.left) == 11_900


def test_everything_in_two_halves_is_never_given_as_one_network() -> None:
    placed = placement([rule("0.0.0.0/1"), rule("128.0.0.0/1")], NOON)

    assert sorted(_texts(placed.ipv4_set)) == ["0.0.0.0/1", "128.0.0.0/1"]
