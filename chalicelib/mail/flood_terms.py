"""What is done about a flood of mail, and when: the terms that the settings ask for."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.mail.detecting import Thresholds

if TYPE_CHECKING:
    from chalicelib.mail.blocking import IpAddress, IpNetwork

GROWTH = 4
LONGEST = timedelta(days=7)


class Mode(StrEnum):
    """What is done about a flood."""

    BLOCK = "block"
    DRY_RUN = "dry-run"
    """It is only told."""
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodTerms:
    """When a sender is shut out automatically, and for how long: never one in a `trusted` network."""

    mode: Mode = Mode.BLOCK
    thresholds: Thresholds = field(default_factory=Thresholds)
    block_seconds: float = 900.0
    trusted: tuple[IpNetwork, ...] = (ipaddress.IPv4Network("127.0.0.0/8"), ipaddress.IPv6Network("::1"))

    def trusts(self, address: IpAddress) -> bool:
        """Whether the address is in a trusted network."""
        return any(address in network for network in self.trusted)

    def term(self, repeats: int) -> timedelta:
        """For how long a network is shut out that was shut out so often before: GROWTH times longer each time."""
        # Beyond ten times any setting is over the longest.
        grown: int = GROWTH ** min(repeats, 10)
        return min(LONGEST, timedelta(seconds=min(self.block_seconds, 1e7)) * grown)
