"""What of the rules goes to which edge on AWS: an edge refuses more cheaply than we do, but has room for so many only.

What is blocked is taken together and what is allowed is cut out of it, so that an edge that knows no "allow wins"
refuses exactly whom the rules shut out. The rest is collapsed to the fewest networks that say the same.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.mail.blocking import Action, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from chalicelib.mail.blocking import BlockRule, IpNetwork

IP_SET_ROOM = 10_000
"""The most networks of a WAF IP set (AWS WAF Developer Guide, "AWS WAF quotas")."""
RECEIPT_FILTER_ROOM = 100
"""The most IP address filters of an account (Amazon SES Developer Guide, "Service quotas": not adjustable)."""

_Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What each edge has to refuse, worst first; `left` are the rules that are enforced at arrival, in whole or part.

    `receipt_filters` has IPv4 only: SES takes mail over IPv4.
    """

    ipv4_set: tuple[IpNetwork, ...]
    ipv6_set: tuple[IpNetwork, ...]
    receipt_filters: tuple[IpNetwork, ...]
    left: tuple[BlockRule, ...]


def placement(
    rules: Iterable[BlockRule],
    now: datetime,
    *,
    ip_set_room: int = IP_SET_ROOM,
    filter_room: int = RECEIPT_FILTER_ROOM,
) -> Placement:
    """What these rules ask of the edges: of more than one has room for, those with most hits, then the newest."""
    holding = [rule for rule in rules if rule.holds_at(now) and rule.network is not None]
    blocks = [rule for rule in holding if rule.action is Action.BLOCK]
    api = {version: _ranked(holding, Scope.API, version) for version in (4, 6)}
    mail = {version: _ranked(holding, Scope.MAIL, version) for version in (4, 6)}
    unplaced = {
        Scope.API: [*api[4][ip_set_room:], *api[6][ip_set_room:]],
        Scope.MAIL: [*mail[4][filter_room:], *mail[6]],
    }
    left = {
        rule.subject
        for door, networks in unplaced.items()
        for rule, touched in _touching([rule for rule in blocks if rule.scope.covers(door)], networks)
        if touched
    }
    return Placement(
        ipv4_set=tuple(api[4][:ip_set_room]),
        ipv6_set=tuple(api[6][:ip_set_room]),
        receipt_filters=tuple(mail[4][:filter_room]),
        left=tuple(rule for rule in blocks if rule.subject in left),
    )


def _ranked(rules: Sequence[BlockRule], door: Scope, version: int) -> list[IpNetwork]:
    """The fewest networks that are exactly what is shut out at a door: those with most hits first, then the newest."""
    counting = [rule for rule in rules if rule.scope.covers(door)]
    blocks = [rule for rule in counting if rule.action is Action.BLOCK]
    blocked = _union(blocks, version)
    allowed = _union([rule for rule in counting if rule.action is Action.ALLOW], version)
    networks = [network for first, last in _without(blocked, allowed) for network in _networks(first, last, version)]
    # By place, not by network: it is hashed slowly.
    hits, newest = [0] * len(networks), [0.0] * len(networks)
    for rule, touched in _touching(blocks, networks):
        for place in touched:
            hits[place] += rule.hits
            newest[place] = max(newest[place], rule.created.timestamp())
    order = sorted(range(len(networks)), key=lambda place: (-hits[place], -newest[place], place))
    return [networks[place] for place in order]


def _touching(rules: Iterable[BlockRule], networks: Sequence[IpNetwork]) -> Iterable[tuple[BlockRule, Sequence[int]]]:
    """For each rule the places of those networks, none of which overlap, that it has addresses in."""
    for version in (4, 6):
        places = sorted(
            (place for place, network in enumerate(networks) if network.version == version),
            key=lambda place: int(networks[place].network_address),
        )
        lasts = [int(networks[place].broadcast_address) for place in places]
        firsts = [int(networks[place].network_address) for place in places]
        for rule in rules:
            network = rule.network
            if network is not None and network.version == version:
                start = bisect_left(lasts, int(network.network_address))
                end = bisect_left(firsts, int(network.broadcast_address) + 1)
                yield rule, places[start:end]


def _union(rules: Iterable[BlockRule], version: int) -> list[_Range]:
    ranges = sorted(
        (int(network.network_address), int(network.broadcast_address))
        for rule in rules
        if (network := rule.network) is not None and network.version == version
    )
    united: list[_Range] = []
    for first, last in ranges:
        if united and first <= united[-1][1] + 1:
            united[-1] = (united[-1][0], max(united[-1][1], last))
        else:
            united.append((first, last))
    return united


def _without(blocked: Sequence[_Range], allowed: Sequence[_Range]) -> Iterable[_Range]:
    """The first ranges without the second; each list is in order and does not overlap itself."""
    place = 0
    for start, last in blocked:
        first = start
        while place < len(allowed) and allowed[place][1] < first:
            place += 1
        following = place
        while following < len(allowed) and allowed[following][0] <= last:
            if first < allowed[following][0]:
                yield first, allowed[following][0] - 1
            first = allowed[following][1] + 1
            following += 1
        if first <= last:
            yield first, last


def _networks(first: int, last: int, version: int) -> Iterable[IpNetwork]:
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    networks: Iterable[IpNetwork] = ipaddress.summarize_address_range(kind(first), kind(last))
    # WAF takes no /0 (UpdateIPSet): everything is two halves.
    return [half for network in networks for half in (network.subnets() if network.prefixlen == 0 else [network])]
