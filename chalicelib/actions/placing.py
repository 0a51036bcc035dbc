"""Making the edges equal to the rules: one worker, woken by each change of a rule and by a schedule.

It looks at what is, not at what it did: whatever a crash, another copy of it, or somebody's hand left behind is put
right by the next run.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.errors import RestanteError, Unavailable
from chalicelib.mail.placement import placement
from chalicelib.ports.perimeter import EdgeState

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.mail.blocking import IpNetwork
    from chalicelib.ports import Backend
    from chalicelib.ports.perimeter import Edge

log = logging.getLogger(__name__)

LEASE_SECONDS = 240.0
"""For how long a worker that died keeps others from working; longer than any run may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What a run came to: how each edge stands, and how many rules are enforced at arrival."""

    states: tuple[EdgeState, ...]
    left: int

    def age(self, now: datetime) -> float:
        """Seconds since every edge was equal to the rules; since 1970 where one never was."""
        moments = [state.succeeded.timestamp() if state.succeeded else 0.0 for state in self.states]
        return max(0.0, now.timestamp() - min(moments)) if moments else 0.0


def place(backend: Backend) -> Placed:
    """Make every edge equal to the rules.

    An edge that fails does not hold up the others: its state tells, and the next run tries again. Raises Unavailable
    where the rules cannot be read, and where another worker is at it: that one may have read older rules.
    """
    perimeter, holder = backend.perimeter, backend.entropy(16).hex()
    if not perimeter.hold(holder, LEASE_SECONDS):
        raise Unavailable("Another worker is at the edges")
    try:
        wanted = placement(backend.rules.rules(), backend.now())
        before = {state.name: state for state in perimeter.states()}
        states = []
        for part, edge in perimeter.edges().items():
            state = replace(before.get(edge.name, EdgeState(name=edge.name)), room=edge.room, left=len(wanted.left))
            state = _aligned(backend, edge, getattr(wanted, part), state)
            perimeter.record(state)
            states.append(state)
        return Placed(states=tuple(states), left=len(wanted.left))
    finally:
        perimeter.release(holder)


def _aligned(backend: Backend, edge: Edge, networks: tuple[IpNetwork, ...], state: EdgeState) -> EdgeState:
    try:
        placed = edge.align(networks)
    except RestanteError as error:
        log.warning("The edge %s cannot be made equal to the rules now: %s", edge.name, error)
        return replace(state, failure=error.message)
    return replace(state, placed=placed, succeeded=backend.now(), failure="")
