"""The parse cache: this process's memory before a tier that all share, with each thing made once."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from chalicelib.caching.flights import Flights
from chalicelib.caching.process import ProcessTier
from chalicelib.errors import RestanteError
from chalicelib.mail.rendering import Terms
from chalicelib.mail.sealing import seal, unseal
from chalicelib.ports.caching import Fetched, SharedTier, Source, TierCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalicelib.mail.names import MailId
    from chalicelib.mail.rendering import CacheKey

log = logging.getLogger(__name__)

PROCESS_OCTETS = 64 * 1024**2


class TieredCache:
    """See ports.caching.Cache. `octets` bounds this process's memory; tests stop `now`, which counts seconds."""

    def __init__(
        self,
        shared: SharedTier,
        *,
        octets: int = PROCESS_OCTETS,
        terms: Terms | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.terms = terms or Terms()
        self.process = ProcessTier(octets, now)
        self._shared = shared
        self._flights: Flights[Fetched] = Flights()
        self._lock = threading.Lock()
        self._counted: Counter[tuple[Source, str]] = Counter()

    def fetch(self, key: CacheKey, make: Callable[[], bytes], *, share: bool = True) -> Fetched:
        found = self.process.get(key)
        if found is not None:
            self._count(Source.PROCESS, "hits")
            return Fetched(found, Source.PROCESS)
        self._count(Source.PROCESS, "misses")
        return self._flights.do(str(key), lambda: self._fetch(key, make, share=share))

    def keep(self, contents: Mapping[CacheKey, bytes]) -> None:
        sealed = {key: seal(key, content) for key, content in contents.items()}
        fitting = {key: entry for key, entry in sealed.items() if len(entry) <= self._shared.most}
        if not fitting:
            return
        try:
            self._shared.put(fitting)
        except RestanteError as error:
            self._fail("kept", error)

    def drop(self, mails: Sequence[MailId], *, for_good: bool = True) -> None:
        self.process.drop(mails, for_good=for_good)
        try:
            self._shared.drop(mails, for_good=for_good)
        except RestanteError as error:
            # Nobody can ask for it any more, and it goes with age.
            self._fail("dropped", error)

    def counts(self) -> dict[Source, TierCounts]:
        with self._lock:
            counted = dict(self._counted)
        return {
            source: TierCounts(**{name: number for (of, name), number in counted.items() if of is source})
            for source in Source
        }

    def _fetch(self, key: CacheKey, make: Callable[[], bytes], *, share: bool) -> Fetched:
        # While this thread was on its way here another may have landed.
        content = self.process.get(key)
        if content is not None:
            return Fetched(content, Source.PROCESS)
        content, source = self._from_shared(key) if share else None, Source.SHARED
        if content is None:
            content, source = make(), Source.RANGE
            self._count(Source.RANGE, "renderings")
            if share and not self.process.has_dropped(key.mail):
                self.keep({key: content})
        self.process.put(key, content)
        return Fetched(content, source)

    def _from_shared(self, key: CacheKey) -> bytes | None:
        try:
            sealed = self._shared.get(key)
        except RestanteError as error:
            self._fail("read", error)
            self._count(Source.SHARED, "misses")
            return None
        content = None if sealed is None else unseal(key, sealed)
        if sealed is not None and content is None:
            log.warning("The cache has a wrong entry for %s: it is made anew", key)
            self._count(Source.SHARED, "corrupt")
        self._count(Source.SHARED, "misses" if content is None else "hits")
        return content

    def _count(self, source: Source, name: str) -> None:
        with self._lock:
            self._counted[source, name] += 1

    def _fail(self, what: str, error: RestanteError) -> None:
        log.warning("Nothing could be %s in the shared cache: %s", what, error)
        self._count(Source.SHARED, "failures")
