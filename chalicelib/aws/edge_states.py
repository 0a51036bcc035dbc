"""How the edges stand, and who works on them, in the table: see table.py for the items."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.aws.table import ConditionFailedError
from chalicelib.aws.writes import ItemKey, delete, key_name, put
from chalicelib.ports.perimeter import EdgeState

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.aws.table import Table

_EDGES = "EDGES"
_LEASE = ItemKey("EDGES_LEASE", "LEASE")


class EdgeStates:
    """The part of ports.Perimeter that is in the table."""

    def __init__(self, table: Table, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now

    def hold(self, holder: str, seconds: float) -> bool:
        now = int(self._now().timestamp() * 1000)
        free = "attribute_not_exists(#pk) OR #until <= :now OR #holder = :holder"
        lease = {"holder": holder, "until": now + int(seconds * 1000)}
        try:
            self._table.transact([put(_LEASE, lease, condition=free, values={":now": now, ":holder": holder})])
        except ConditionFailedError:
            return False
        return True

    def release(self, holder: str) -> None:
        try:
            self._table.transact([delete(_LEASE, condition="#holder = :holder", values={":holder": holder})])
        except ConditionFailedError:
            # The lease ended, and is somebody else's now or nobody's.
            return

    def states(self) -> tuple[EdgeState, ...]:
        return tuple(
            EdgeState(
                name=item["sk"],
                placed=item["placed"],
                room=item.get("room"),
                left=item["left"],
                succeeded=datetime.fromtimestamp(item["succeeded"] / 1000, UTC) if "succeeded" in item else None,
                failure=item["failure"],
            )
            for item in self._table.query(_EDGES)
        )

    def record(self, state: EdgeState) -> None:
        item = {
            "placed": state.placed,
            "room": state.room,
            "left": state.left,
            "succeeded": int(state.succeeded.timestamp() * 1000) if state.succeeded else None,
            "failure": state.failure,
        }
        self._table.put_all({ItemKey(_EDGES, key_name(state.name)): item})
