"""Who may come in at a door of this process: its own copy of the rules, which it watches in the store.

One thread looks whether the rules are others, keeps the hits, and shuts floods out; the event loop only looks up and
counts, so that it never waits for the store. Processes share nothing but the store.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from chalicelib.actions.detecting import punish
from chalicelib.errors import RestanteError
from chalicelib.mail.block_table import BlockTable
from chalicelib.mail.blocking import read_address
from chalicelib.mail.detecting import Detector
from chalicelib.mail.flood_terms import Mode
from chalicelib.ports.perimeter import EdgeState

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.mail.blocking import Scope
    from chalicelib.mail.detecting import Offence
    from restante.embedded.backend import EmbeddedBackend

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
"""How often it is looked for other rules; a look takes microseconds."""
KEEP_HITS_LOOKS = 10
"""After how many looks hits are kept."""


class Door:
    """One door: `scope` says which."""

    def __init__(self, backend: EmbeddedBackend, scope: Scope) -> None:
        self._backend = backend
        self._scope = scope
        self._changed: Callable[[], object] = lambda: None
        self._hits: Counter[str] = Counter()
        self._hits_lock = threading.Lock()
        self._table = BlockTable()
        self._version = -1
        floods = backend.policy.floods
        self._detector = Detector(floods.thresholds) if floods.mode is not Mode.OFF else None
        self._offences: SimpleQueue[Offence] = SimpleQueue()
        self._ended = threading.Event()
        self._take_up()
        self._thread = threading.Thread(target=self._watch, name=f"watching the rules of {scope}", daemon=True)
        self._thread.start()

    def when_changed(self, call: Callable[[], object]) -> None:
        """Call this, on the watching thread, each time the rules have become others."""
        self._changed = call

    def refuses(self, ip: str, *, counts: bool = True) -> bool:
        """Whether this address is shut out; with `counts`, it is one more hit of the rule that says so."""
        address = read_address(ip)
        rule = None if address is None else self._table.verdict(address, self._scope, self._backend.now())
        if rule is None:
            return False
        if counts:
            with self._hits_lock:
                self._hits[rule.subject] += 1
        return True

    def trusts(self, ip: str) -> bool:
        """Whether this address is in a network that is never slowed down."""
        address = read_address(ip)
        return address is None or self._backend.policy.floods.trusts(address)

    def count(self, ip: str, at: float, *, arrivals: int = 0, refused: int = 0, octets: int = 0) -> None:
        """What came from an address at a time in seconds; a flood gets its rule soon, on the watching thread."""
        address = read_address(ip)
        if self._detector is None or address is None or self._backend.policy.floods.trusts(address):
            return
        for offence in self._detector.count(address, at, arrivals=arrivals, refused=refused, octets=octets):
            self._offences.put(offence)

    def close(self) -> None:
        """Keep the hits, and end the thread."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        looks = 0
        ended = False
        while not ended:
            ended = self._ended.wait(LOOK_SECONDS)
            looks += 1
            try:
                self._punish()
                self._take_up()
                if ended or looks % KEEP_HITS_LOOKS == 0:
                    self._keep_hits()
            except RestanteError as error:
                # The copy of the rules stays as it is: whoever was shut out is.
                log.warning("The rules cannot be looked at now: %s", error)
        self._backend.close()

    def _take_up(self) -> None:
        version = self._backend.rules.version()
        if version == self._version:
            return
        self._table = BlockTable(self._backend.rules.rules())
        self._version = version
        self._backend.perimeter.record(
            EdgeState(name=f"embedded {self._scope}", placed=self._table.size, succeeded=self._backend.now())
        )
        self._changed()

    def _punish(self) -> None:
        while True:
            try:
                offence = self._offences.get_nowait()
            except Empty:
                return
            punish(self._backend, offence)

    def _keep_hits(self) -> None:
        with self._hits_lock:
            hits, self._hits = self._hits, Counter()
        if hits:
            self._backend.rules.count_hits(hits)
