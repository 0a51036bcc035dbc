"""What stands before the service, and how it is driven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from chalicelib.mail.blocking import IpNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeState:
    """How an edge stands: how many rules or networks it refuses, of how many it has room for, and how it came to that.

    `succeeded` is when it was last made, or seen, equal to the rules; `failure` says what went wrong since, "" if
    nothing did. `left` is how many rules it has no room for: they are enforced at arrival.
    """

    name: str
    placed: int = 0
    room: int | None = None
    left: int = 0
    succeeded: datetime | None = None
    failure: str = ""


class Edge(Protocol):
    """A place before the service where networks are refused, driven from outside by one worker."""

    @property
    def name(self) -> str: ...

    @property
    def room(self) -> int: ...

    def align(self, networks: Sequence[IpNetwork]) -> int:
        """Let the edge refuse exactly these networks; says how many there are then. Writes nothing where it does so.

        No more than `room` are given. What of it was done stays when it raises Unavailable: doing it again completes
        it.
        """


class Perimeter(Protocol):
    """The edges together, and how they stand."""

    def edges(self) -> Mapping[str, Edge]:
        """The edges to be driven, by the field of placement.Placement that they get.

        There are none where the doors read the rules themselves.
        """

    def hold(self, holder: str, seconds: float) -> bool:
        """Be the only worker for so long, or for so much longer; says whether nobody else is."""

    def release(self, holder: str) -> None:
        """Let others work; nothing when it is not the holder's."""

    def states(self) -> tuple[EdgeState, ...]:
        """How each edge stands, in the order of their names."""

    def record(self, state: EdgeState) -> None:
        """Keep how an edge stands, over what was kept of the same name."""
