"""The Perimeter port on one machine: the doors of the servers read the rules themselves, so there is none to drive."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.ports.perimeter import Edge, EdgeState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from restante.embedded.database import Database


class Perimeter:
    """See ports.Perimeter. Each server records its door when it has taken up other rules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def edges(self) -> Mapping[str, Edge]:
        return {}

    def hold(self, _holder: str, _seconds: float) -> bool:
        return True

    def release(self, _holder: str) -> None:
        return

    def states(self) -> tuple[EdgeState, ...]:
        with self._database.reading() as connection:
            rows = connection.execute("SELECT name, placed, succeeded, failure FROM edges ORDER BY name").fetchall()
        return tuple(
            EdgeState(
                name=name,
                placed=placed,
                succeeded=None if succeeded is None else datetime.fromtimestamp(succeeded, UTC),
                failure=failure,
            )
            for name, placed, succeeded, failure in rows
        )

    def record(self, state: EdgeState) -> None:
        succeeded = state.succeeded.timestamp() if state.succeeded else None
        with self._database.writing(durable=False) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO edges VALUES (?, ?, ?, ?)",
                (state.name, state.placed, succeeded, state.failure),
            )
