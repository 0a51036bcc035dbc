"""Sifting what arrives on AWS: mail of those who are shut out is let go, and who floods us gets a rule.

The edges refuse most of it before; this is for rules that found no room there, and for the time until they are there.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.actions.detecting import punish
from chalicelib.errors import RestanteError
from chalicelib.mail.block_table import BlockTable
from chalicelib.mail.blocking import read_address, subject_of
from chalicelib.mail.detecting import Detector, Offence
from chalicelib.mail.flood_terms import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.mail.blocking import BlockRule, Scope
    from chalicelib.ports import Backend

log = logging.getLogger(__name__)

COPY_SECONDS = 10.0
"""How old a copy of the rules may be."""
SHARES = 16
"""Into how many parts a threshold is cut: so many writes tell the others of a flood, and nobody else costs one."""


class Sieve:
    """One process's copy of the rules for a door, and its part of the counting. Not for threads to share.

    Many processes take a flood's mail, each a part of it: what one has counted of a sender is told to the others, as
    a tally, each time it is a share of a threshold. A sender below a share everywhere is never written of.
    """

    def __init__(self, backend: Backend, scope: Scope) -> None:
        self._backend = backend
        self._scope = scope
        self._table = BlockTable()
        self._read: datetime | None = None
        self._hits: Counter[str] = Counter()
        self.made = 0
        """How many rules it made."""
        terms = backend.policy.floods
        self._terms = terms.thresholds
        shared = replace(
            self._terms,
            arrivals=self._terms.arrivals // SHARES,
            refused=self._terms.refused // SHARES,
            octets=self._terms.octets // SHARES,
        )
        self._detector = Detector(shared) if terms.mode is not Mode.OFF else None

    def shuts_out(self, ip: str) -> bool:
        """Whether this address is shut out. Raises Unavailable."""
        return self._rule_against(ip) is not None

    def refuses(self, ip: str) -> bool:
        """Whether this address is shut out; if it is, it is one more hit. Raises Unavailable."""
        rule = self._rule_against(ip)
        if rule is None:
            return False
        self._hits[rule.subject] += 1
        return True

    def count(self, ip: str) -> None:
        """A mail came from this address; a flood gets its rule. Raises Unavailable."""
        address = read_address(ip)
        if self._detector is None or address is None or self._backend.policy.floods.trusts(address):
            return
        now = self._backend.now().timestamp()
        for offence in self._detector.count(address, now, arrivals=1):
            together = self._tallied(offence, now)
            if together is not None:
                self.made += punish(self._backend, together) is not None
                # Another process may have made the rule since this one looked.
                self._read = None

    def keep_hits(self) -> None:
        """Keep the hits that were counted. Where that cannot be done now they wait for the next time."""
        hits, self._hits = self._hits, Counter()
        try:
            if hits:
                self._backend.rules.count_hits(hits)
        except RestanteError as error:
            log.warning("Hits cannot be kept now: %s", error)
            self._hits.update(hits)

    def _rule_against(self, ip: str) -> BlockRule | None:
        now = self._backend.now()
        if self._read is None or now - self._read > timedelta(seconds=COPY_SECONDS):
            self._table, self._read = BlockTable(self._backend.rules.rules()), now
        address = read_address(ip)
        return None if address is None else self._table.verdict(address, self._scope, now)

    def _tallied(self, offence: Offence, now: float) -> Offence | None:
        """What all processes have counted of it in this window; None while that is below the threshold."""
        alone = offence.network.prefixlen == offence.network.max_prefixlen
        most = self._terms.of(offence.measure) * (1 if alone else self._terms.network_factor)
        name = f"{subject_of(offence.network)} {offence.measure} {int(now / self._terms.window)}"
        count = self._backend.rules.tally(name, offence.count)
        return replace(offence, count=count) if count > most else None
