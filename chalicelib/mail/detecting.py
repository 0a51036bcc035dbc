"""Who floods us: counts by address and network in sliding windows, in memory that has a bound whatever comes.

A flood of a million senders must not fill the memory that is to tell them apart. Each count is a summary of frequent
items (Misra and Gries, 1982; the variant that subtracts the median, Anderson et al., 2017): it never counts more than
came, and less by at most 2/capacity of all that came in its window. Hence nobody is accused wrongly, and whoever has
more than that share of the traffic is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.mail.blocking import IpAddress, IpNetwork

CAPACITY = 4096
"""How many senders one summary tells apart."""


class Measure(StrEnum):
    """What is counted of a sender."""

    ARRIVALS = "arrivals"
    """Mails, and connections that brought none."""
    REFUSED = "refused recipients"
    OCTETS = "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """How much is too much within `window` seconds; the same of a network (/24, /64) is `network_factor` times it.

    A network has over its threshold only what its addresses did that are not over theirs.
    """

    window: float = 10.0
    arrivals: int = 500
    refused: int = 500
    octets: int = 1024**3
    network_factor: int = 8

    def of(self, measure: Measure) -> int:
        """The threshold for one address."""
        return {Measure.ARRIVALS: self.arrivals, Measure.REFUSED: self.refused, Measure.OCTETS: self.octets}[measure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offence:
    """A network that did too much of something: `count` of it in a window."""

    network: IpNetwork
    measure: Measure
    count: int


class FrequentItems:
    """Counts of the most frequent of any number of items, in the memory of `capacity` of them."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._counts: dict[int, int] = {}

    def add(self, item: int, number: int) -> None:
        """Count an item so many times more. Takes constant time, on average."""
        counts = self._counts
        counts[item] = counts.get(item, 0) + number
        if len(counts) > self._capacity:
            # The lower median; the module statistics would be 6 ms of every cold start.
            median = sorted(counts.values())[(len(counts) - 1) // 2]
            self._counts = {one: count - median for one, count in counts.items() if count > median}

    def count(self, item: int) -> int:
        """How often the item came at least."""
        return self._counts.get(item, 0)

    def take(self, item: int, number: int) -> None:
        """Count an item so many times less."""
        left = self._counts.get(item, 0) - number
        if left > 0:
            self._counts[item] = left
        else:
            self._counts.pop(item, None)

    def __len__(self) -> int:
        return len(self._counts)


class SlidingCounts:
    """Counts over the last `window` seconds: those of this window, and of the last one what it still overlaps."""

    def __init__(self, window: float, capacity: int = CAPACITY) -> None:
        self._window = window
        self._capacity = capacity
        self._number = 0
        self._now = FrequentItems(capacity)
        self._before = FrequentItems(capacity)

    def add(self, item: int, number: int, at: float) -> int:
        """Count an item at a time, in seconds; answers with its count in the window that ends then."""
        self._turn(at)
        self._now.add(item, number)
        overlap = 1.0 - (at / self._window - self._number)
        return self._now.count(item) + int(self._before.count(item) * min(1.0, max(0.0, overlap)))

    def forget(self, item: int) -> None:
        """Begin anew with this item."""
        self.take(item, self._now.count(item) + self._before.count(item))

    def take(self, item: int, number: int) -> None:
        """Count an item so many times less, in both windows."""
        self._now.take(item, number)
        self._before.take(item, number)

    def __len__(self) -> int:
        return len(self._now) + len(self._before)

    def _turn(self, at: float) -> None:
        number = int(at / self._window)
        if number > self._number:
            fresh = FrequentItems(self._capacity)
            self._before = self._now if number == self._number + 1 else FrequentItems(self._capacity)
            self._number, self._now = number, fresh


class Detector:
    """Tells of each network that is over a threshold, once a window."""

    def __init__(self, thresholds: Thresholds, *, capacity: int = CAPACITY) -> None:
        self._thresholds = thresholds
        self._addresses = {measure: SlidingCounts(thresholds.window, capacity) for measure in Measure}
        self._networks = {measure: SlidingCounts(thresholds.window, capacity) for measure in Measure}

    def count(
        self, address: IpAddress, at: float, *, arrivals: int = 0, refused: int = 0, octets: int = 0
    ) -> Iterator[Offence]:
        """What an address did at a time, in seconds that do not go back; tells whom that brings over a threshold.

        It has to be iterated over for anything to be counted.
        """
        for measure, number in (
            (Measure.ARRIVALS, arrivals),
            (Measure.REFUSED, refused),
            (Measure.OCTETS, octets),
        ):
            if number:
                yield from self._count(address, measure, number, at)

    def __len__(self) -> int:
        """How many counts are kept."""
        return sum(len(counts) for table in (self._addresses, self._networks) for counts in table.values())

    def _count(self, address: IpAddress, measure: Measure, number: int, at: float) -> Iterator[Offence]:
        most = self._thresholds.of(measure)
        # Families apart: the numbers of IPv4 addresses are those of IPv6 ones too.
        mark = address.version << 128
        alone, shared = mark | int(address), mark | int(address) >> _host_bits(address)
        count = self._addresses[measure].add(alone, number, at)
        together = self._networks[measure].add(shared, number, at)
        if count > most:
            self._addresses[measure].forget(alone)
            # Its part is dealt with: the neighbours must not pay for it.
            self._networks[measure].take(shared, count)
            yield Offence(network=ip_network(address), measure=measure, count=count)
        elif together > most * self._thresholds.network_factor:
            self._networks[measure].forget(shared)
            yield Offence(network=network_of(address), measure=measure, count=together)


def network_of(address: IpAddress) -> IpNetwork:
    """The network that an address is counted with: its /24, or /64, which is what one customer has (RFC 6177)."""
    return ip_network((address, address.max_prefixlen - _host_bits(address)), strict=False)


def _host_bits(address: IpAddress) -> int:
    return 64 if isinstance(address, IPv6Address) else 8
