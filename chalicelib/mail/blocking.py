"""Block rules: who is shut out, and who is let in whatever else is said. Pure: the edges compile them (block_table.py).

An address is decided by the rules of the door it comes to, mail or API: where any rule allows it, it may come in;
else any rule that blocks it shuts it out. How narrow a rule is does not matter.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from chalicelib.errors import BadRequest
from chalicelib.mail.addresses import inbox_of, is_address

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

_MAPPED_BITS = 96
_FIELD = "address"


class Action(StrEnum):
    """What a rule says of whom it is about."""

    BLOCK = "block"
    ALLOW = "allow"


class Scope(StrEnum):
    """Which door a rule is about. A door itself is MAIL or API."""

    MAIL = "mail"
    API = "api"
    BOTH = "both"

    def covers(self, door: Scope) -> bool:
        """Whether a rule of this scope counts at that door."""
        return self is Scope.BOTH or self is door


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRule:
    """A rule about a network or domain, in its canonical form (see read_subject), and why it was made.

    `made_by` is an account, "command line" or "detector". `hits` is how often it shut somebody out, `last_hit` when it
    did last. `repeats` counts, in a rule of the detector, how often it had shut out the same network before.
    """

    subject: str
    reason: str
    made_by: str
    created: datetime
    expires: datetime | None = None
    action: Action = Action.BLOCK
    scope: Scope = Scope.BOTH
    hits: int = 0
    last_hit: datetime | None = None
    repeats: int = 0

    @property
    def network(self) -> IpNetwork | None:
        """The network that it is about; None for a domain."""
        try:
            return ipaddress.ip_network(self.subject)
        except ValueError:
            return None

    def holds_at(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return self.expires is None or self.expires > now


def read_subject(text: str) -> str:
    """The canonical form of an address, network in CIDR notation (RFC 4632, RFC 4291) or domain.

    One address stands without its prefix length; IPv4-mapped IPv6 (RFC 4291, 2.5.5.2) becomes IPv4. Raises BadRequest
    that says what is wrong: host bits, a network of everybody, or nothing that could be an address.
    """
    text = text.strip()
    if not _looks_like_network(text):
        if "." in text and is_address(f"postmaster@{text}"):
            return inbox_of(f"postmaster@{text}").rpartition("@")[2]
        raise BadRequest(
            f"{text[:100]!r} is no IP address, network as 192.0.2.0/24 or 2001:db8::/32, or domain", field=_FIELD
        )
    try:
        # An interface after "%" means something on one machine only (RFC 4007, 11).
        network = ipaddress.ip_network(text.replace("%", " "))
    except ValueError:
        raise BadRequest(_what_is_wrong(text), field=_FIELD) from None
    network = _unmapped(network)
    if network.prefixlen == 0:
        raise BadRequest(f"{text} is every address there is: name the networks that you mean", field=_FIELD)
    return subject_of(network)


def subject_of(network: IpNetwork) -> str:
    """The canonical form of a network."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def read_address(text: str) -> IpAddress | None:
    """An address as a connection has it: IPv4-mapped as IPv4, without an interface after "%"; None when it is none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def verdict(rules: Iterable[BlockRule], address: IpAddress, door: Scope, now: datetime) -> BlockRule | None:
    """The rule that shuts this address out at that door: of several the narrowest; None where it may come in."""
    found: list[tuple[int, BlockRule]] = []
    for rule in rules:
        network = rule.network
        if network is None or not rule.scope.covers(door) or not rule.holds_at(now) or address not in network:
            continue
        if rule.action is Action.ALLOW:
            return None
        found.append((network.prefixlen, rule))
    return max(found, key=lambda one: one[0])[1] if found else None


def _looks_like_network(text: str) -> bool:
    address = text.partition("/")[0]
    return ":" in address or "/" in text or (bool(address) and set(address) <= set("0123456789."))


def _unmapped(network: IpNetwork) -> IpNetwork:
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


def _what_is_wrong(text: str) -> str:
    try:
        meant = ipaddress.ip_network(text.replace("%", " "), strict=False)
    except ValueError:
        return f"{text[:100]!r} is no IP address or network in CIDR notation"
    return f"{text} has bits of a host after its prefix: did you mean {meant} or {text.partition('/')[0]}?"
