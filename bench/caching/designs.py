"""Four ways to answer reads, each played through the workload by a clock of its own.

Every design reads the index first, and the processor time is what was measured here. Ours is the cache that ships,
over tiers that take the time of their services; the others are what their names say. Nothing sleeps.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Protocol

from bench.caching.costs import MB
from bench.caching.workload import ATTACHMENT, INSTANCES
from chalicelib.aws.copies import MOST
from chalicelib.caching import PROCESS_OCTETS, TieredCache
from chalicelib.mail.names import MailId
from chalicelib.mail.rendering import PART_OCTETS, CacheKey, Rendering, rendered_at_arrival
from chalicelib.mail.rendering import Terms as RenderingTerms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.caching.costs import Kind, Terms
    from bench.caching.workload import Arrived, Asked

SEED_LRU = 128
"""Parsed mails that an instance of the seed's design holds, as functools.lru_cache does."""


@dataclass(slots=True)
class Meter:
    """What a design spent: milliseconds of the request at hand, and over all requests."""

    terms: Terms
    waited: float = 0.0
    cpu: float = 0.0
    sanitising: float = 0.0
    """The part of `cpu` that made HTML safe, which an answer needs however it was come by."""
    raw_octets: int = 0
    raw_reads: int = 0
    dollars: float = 0.0
    latencies: list[float] = field(default_factory=list)
    sources: Counter[str] = field(default_factory=Counter)

    def raw(self, octets: int) -> None:
        """Raw mail is read: one GET."""
        self.waited += self.terms.milliseconds["s3_get"] + self.terms.milliseconds["s3_get_per_mb"] * octets / MB
        self.dollars += self.terms.dollars["s3_get"]
        self.raw_octets += octets
        self.raw_reads += 1

    def index(self) -> None:
        """One message with its structure, strongly consistent."""
        self.waited += self.terms.milliseconds["dynamodb"]
        self.dollars += self.terms.dollars["dynamodb_read_unit"]

    def work(self, milliseconds: float) -> None:
        """Processor time of the request."""
        self.waited += milliseconds
        self.cpu += milliseconds

    def sanitise(self, milliseconds: float) -> None:
        """Processor time that made HTML safe."""
        self.work(milliseconds)
        self.sanitising += milliseconds

    def end(self, source: str) -> None:
        """The request is answered."""
        seconds = self.waited / 1000
        self.dollars += self.terms.dollars["lambda_request"]
        self.dollars += self.terms.dollars["lambda_gb_second"] * self.terms.lambda_gb * seconds
        self.latencies.append(self.waited)
        self.sources[source] += 1
        self.waited = 0.0

    def end_of_arrival(self) -> None:
        """What was done when a mail came: paid for, and no reader waited for it."""
        self.dollars += self.terms.dollars["lambda_gb_second"] * self.terms.lambda_gb * self.waited / 1000
        self.waited = 0.0


class Design(Protocol):
    """A way to answer reads."""

    meter: Meter

    def arrive(self, event: Arrived, kind: Kind) -> None:
        """A mail comes."""

    def answer(self, event: Asked, kind: Kind) -> None:
        """Somebody reads."""

    def replace(self, instance: int) -> None:
        """An instance of the API is replaced by an empty one."""

    def finish(self, hours: float) -> None:
        """What is paid by the hour."""


class Reparsing:
    """The whole mail is read and parsed with mail-parser for each request; with `held` above 0, an LRU is before it."""

    def __init__(self, terms: Terms, *, held: int) -> None:
        self.meter = Meter(terms)
        self._held = held
        self._parsed: list[OrderedDict[int, None]] = [OrderedDict() for _ in range(INSTANCES)]

    def arrive(self, event: Arrived, kind: Kind) -> None:
        """Nothing is done before anybody asks."""

    def answer(self, event: Asked, kind: Kind) -> None:
        parsed = self._parsed[event.instance]
        self.meter.index()
        source = "process" if event.mail in parsed else "raw"
        if source == "raw":
            self.meter.raw(kind.size)
            self.meter.work(kind.parse_cpu)
        if event.what == Rendering.BODY:
            self.meter.sanitise(kind.sanitise_cpu)
        parsed[event.mail] = None
        parsed.move_to_end(event.mail)
        if len(parsed) > self._held:
            parsed.popitem(last=False)
        self.meter.end(source)

    def replace(self, instance: int) -> None:
        self._parsed[instance] = OrderedDict()

    def finish(self, hours: float) -> None:
        """Nothing is paid by the hour."""


class SimulatedTier:
    """A shared tier that takes the time, and costs the money, of DynamoDB or of Valkey."""

    def __init__(self, meter: Meter, service: str, *, most: int, bound: int | None) -> None:
        self.most = most
        self._meter = meter
        self._service = service
        self._bound = bound
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self.octets = 0

    def get(self, key: CacheKey) -> bytes | None:
        found = self._held.get(str(key))
        self._meter.waited += self._meter.terms.milliseconds[self._service]
        if self._service == "dynamodb":
            units = 0.5 * max(1, ceil(len(found or b"") / 4096))
            self._meter.dollars += units * self._meter.terms.dollars["dynamodb_read_unit"]
        if found is not None:
            self._held.move_to_end(str(key))
        return found

    def put(self, entries: Mapping[CacheKey, bytes]) -> None:
        self._meter.waited += self._meter.terms.milliseconds[self._service]
        for key, sealed in entries.items():
            self.octets += len(sealed) - len(self._held.get(str(key), b""))
            self._held[str(key)] = sealed
            if self._service == "dynamodb":
                # An item's names count with it.
                units = ceil((len(sealed) + 100) / 1024)
                self._meter.dollars += units * self._meter.terms.dollars["dynamodb_write_unit"]
        while self._bound is not None and self.octets > self._bound:
            self.octets -= len(self._held.popitem(last=False)[1])

    def drop(self, mails: Sequence[MailId], *, for_good: bool = True) -> None:
        """No mail is deleted within the day."""


class Ours:
    """The cache that ships, each instance's over the same tier."""

    def __init__(self, terms: Terms, tier: str, *, most: int, bound: int | None = None) -> None:
        self.meter = Meter(terms)
        self._tier_name = tier
        self.tier = SimulatedTier(self.meter, tier, most=most, bound=bound)
        self._now = 0.0
        self._terms = RenderingTerms()
        self._caches = [self._new() for _ in range(INSTANCES)]
        self._copies: set[int] = set()

    def arrive(self, event: Arrived, kind: Kind) -> None:
        self._now = event.at
        wanted = rendered_at_arrival(kind.structure, self._terms, age=timedelta(0))
        contents = {_key(event.mail, one.value): kind.contents[one.value].octets for one in wanted}
        for one in wanted:
            self._work(one.value, kind)
        began = time.thread_time()
        self._caches[0].keep(contents)
        self.meter.work((time.thread_time() - began) * 1000)
        self.meter.end_of_arrival()

    def answer(self, event: Asked, kind: Kind) -> None:
        self._now = event.at
        self.meter.index()
        content = kind.contents[event.what]
        if event.what == ATTACHMENT and len(content.octets) > PART_OCTETS:
            self._answer_large(event, kind)
            return

        def make() -> bytes:
            self.meter.raw(content.raw_octets)
            self._work(event.what, kind)
            return content.octets

        began = time.thread_time()
        made = self._caches[event.instance].fetch(_key(event.mail, event.what), make)
        # What `make` is said to take it did not take here.
        self.meter.work((time.thread_time() - began) * 1000)
        self.meter.end(made.source.value)

    def _answer_large(self, event: Asked, kind: Kind) -> None:
        content = kind.contents[ATTACHMENT]
        is_linked = len(content.octets) > MOST
        if is_linked and event.mail in self._copies:
            self.meter.waited += self.meter.terms.milliseconds["dynamodb"]
            self.meter.end("link")
            return
        self.meter.raw(content.raw_octets)
        self.meter.work(content.cpu)
        if is_linked:
            self._copies.add(event.mail)
            # It is written as it is read, and a note of it before and after.
            self.meter.waited += 3 * self.meter.terms.milliseconds["dynamodb"]
        self.meter.end("range")

    def replace(self, instance: int) -> None:
        self._caches[instance] = self._new()

    def finish(self, hours: float) -> None:
        if self._tier_name == "valkey":
            gigabytes = max(self.meter.terms.dollars["valkey_least_gb"], self.tier.octets / 1e9)
            self.meter.dollars += gigabytes * hours * self.meter.terms.dollars["valkey_gb_hour"]

    def _work(self, what: str, kind: Kind) -> None:
        sanitising = kind.sanitise_cpu if what == Rendering.BODY else 0.0
        self.meter.sanitise(sanitising)
        self.meter.work(kind.contents[what].cpu - sanitising)

    def _new(self) -> TieredCache:
        return TieredCache(self.tier, octets=PROCESS_OCTETS, now=lambda: self._now)


def _key(mail: int, name: str) -> CacheKey:
    return CacheKey(mail=MailId(f"mail-{mail:06d}"), name=name)
