"""Which addresses a call that a user can aim may reach: none but public ones, and those that the operator lists.

Everything that IANA's registries of special-purpose addresses name is refused (RFC 6890; for IPv4
https://www.iana.org/assignments/iana-ipv4-special-registry, for IPv6 the like), with every form of IPv6 that carries an
IPv4 address: who wants to reach a public IPv4 address can name it itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import inet_aton, inet_ntoa
from urllib.parse import urlsplit

_REFUSED_4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network (RFC 791)
            "10.0.0.0/8",  # private (RFC 1918)
            "100.64.0.0/10",  # carrier-grade NAT (RFC 6598); Alibaba's metadata
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # Azure's wire server
            "169.254.0.0/16",  # link-local (RFC 3927); the metadata of most clouds
            "172.16.0.0/12",  # private (RFC 1918)
            "192.0.0.0/24",  # protocol assignments (RFC 6890)
            "192.0.2.0/24",  # documentation (RFC 5737)
            "192.31.196.0/24",  # AS112 (RFC 7535)
            "192.52.193.0/24",  # AMT (RFC 7450)
            "192.88.99.0/24",  # relays from 6to4 (RFC 7526)
            "192.168.0.0/16",  # private (RFC 1918)
            "192.175.48.0/24",  # AS112 (RFC 7534)
            "198.18.0.0/15",  # benchmarks (RFC 2544)
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# All that is not yet assigned to anybody is outside of this network, and so are ::1, ::, fc00::/7, fe80::/10, ff00::/8,
# ::ffff:0:0/96 (IPv4-mapped), and 64:ff9b::/96 and 64:ff9b:1::/48 (NAT64, RFC 6052 and 8215).
_PUBLIC_6 = ip_network("2000::/3")
_REFUSED_6 = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # protocol assignments (RFC 2928): Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation (RFC 3849)
            "2002::/16",  # 6to4 (RFC 3056)
            "2620:4f:8000::/48",  # AS112 (RFC 7534)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
_PORTS = {"https": 443, "http": 80}
LONGEST_URL = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a URL leads: to which host and port, over TLS or not, and what is asked for there."""

    host: str
    port: int
    tls: bool
    path: str

    @property
    def name(self) -> str:
        """Host and port, as an operator lists them and as the Host header says them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRules:
    """What the operator allows: `listed` targets ("127.0.0.1:9000"), and http as well as https for all."""

    listed: frozenset[str] = frozenset()
    plain: bool = False

    def may_ask(self, target: Target, address: str) -> bool:
        """Whether this target may be asked at this address, the one that is connected to."""
        if self._lists(target, address):
            return True
        return (target.tls or self.plain) and is_public(address)

    def refusal(self, target: Target) -> str | None:
        """Why a target is refused whatever its address is; None where the address decides."""
        if target.tls or self.plain or target.name in self.listed:
            return None
        # An address may be listed that the name turns out to have.
        return None if self.listed else "Only https is allowed here"

    def never(self, target: Target) -> str | None:
        """Why a target cannot be asked whatever its name leads to, and which setting allows it; None where it may be.

        A host that is an address, in any spelling, is decided on at once, and so is "localhost" (RFC 6761, 6.3).
        """
        addresses = _literal(target.host)
        if any(self.may_ask(target, address) for address in addresses):
            return None
        if self.refusal(target) or (addresses and not target.tls and not self.plain):
            return "only https is allowed; the settings RESTANTE_HOOK_HTTP and RESTANTE_HOOK_TARGETS allow http"
        if addresses:
            return f"{target.host} is no public address; the setting RESTANTE_HOOK_TARGETS allows single ones"
        return None

    def _lists(self, target: Target, address: str) -> bool:
        at = f"[{address}]:{target.port}" if ":" in address else f"{address}:{target.port}"
        return target.name in self.listed or at in self.listed


def _literal(host: str) -> tuple[str, ...]:
    """The addresses that a host stands for without being resolved: none for an ordinary name."""
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1", "::1"
    try:
        return (str(ip_address(host)),)
    except ValueError:
        pass
    try:
        # The system's resolver takes the spellings of inet_aton(3) too: 127.1, 0x7f000001, 2130706433.
        return (inet_ntoa(inet_aton(host)),)
    except OSError:
        return ()


def is_public(address: str) -> bool:
    """Whether an address, as a socket names it, is one that anybody on the Internet could have."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return not any(found in network for network in _REFUSED_4)
    assert isinstance(found, IPv6Address)  # noqa: S101 - ip_address makes nothing else
    return found in _PUBLIC_6 and not any(found in network for network in _REFUSED_6)


def target_of(url: str) -> Target:
    """The target of a URL. Raises ValueError, saying why, for what is no http or https URL or carries a password."""
    if len(url) > LONGEST_URL or not url.isascii() or any(letter <= " " or letter == "\x7f" for letter in url):
        raise ValueError(f"expected a URL of up to {LONGEST_URL} printable ASCII characters")
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("expected an http or https URL")
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected a URL without a user or password")
    host = parts.hostname.rstrip(".")
    port = parts.port if parts.port is not None else _PORTS[parts.scheme]
    if not host or not port or "%" in host or "\\" in parts.netloc:
        raise ValueError("expected a host name or an address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host=host, port=port, tls=parts.scheme == "https", path=path)
