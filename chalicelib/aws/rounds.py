"""Rounds: looks that go through the whole store, a piece each hour, and rest when they are through.

What looks at everything each hour has a price that grows with all that is kept, and an end to the time it has. A round
is noted in the table: the next hour goes on where this one was broken off. It rests the longer the more it has met, so
that a large store is gone through at a steady pace.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.aws.writes import ItemKey

if TYPE_CHECKING:
    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item

ROUNDS = "ROUNDS"
_EARLY = timedelta(minutes=30)
"""Who looks once an hour comes a little sooner or later than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a store is gone through: from the beginning of one round to the next are so many things an hour."""

    an_hour: int
    least: timedelta
    most: timedelta

    def interval(self, seen: int) -> timedelta:
        """What is to lie between the beginnings of a round that met so many things, and the next."""
        return min(self.most, max(self.least, timedelta(hours=min(seen / self.an_hour, 1e6))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How far a round has come: `position` is where it goes on, in its own terms; "" is the beginning.

    `settled` is the moment before which the rounds before found all that was written in order; None if they found
    nothing out yet. `is_sound` says that nothing failed in this one.
    """

    began: datetime
    position: str = ""
    seen: int = 0
    is_over: bool = False
    is_sound: bool = True
    settled: datetime | None = None

    def ended(self, *, settled: datetime) -> Round:
        """The round when it is through; where it was sound, what was written before that moment is settled."""
        return replace(self, is_over=True, settled=settled if self.is_sound else self.settled)


class Rounds:
    """The rounds by their names. Raises Unavailable."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def due(self, name: str, pace: Pace, now: datetime) -> Round | None:
        """The round of that name that is under way, or a new one; None while it rests."""
        item = self._table.get(_key(name))
        if item is None:
            return Round(began=now)
        last = _round(item)
        if not last.is_over:
            return last
        if now < last.began + pace.interval(last.seen) - _EARLY:
            return None
        return Round(began=now, settled=last.settled)

    def keep(self, name: str, reached: Round) -> None:
        """Note how far a round has come."""
        self._table.put_all({_key(name): _item(reached)})


def _key(name: str) -> ItemKey:
    return ItemKey(ROUNDS, name)


def _item(reached: Round) -> Item:
    return {
        "began": reached.began.isoformat(),
        "position": reached.position,
        "seen": reached.seen,
        "over": reached.is_over,
        "sound": reached.is_sound,
        "settled": None if reached.settled is None else reached.settled.isoformat(),
    }


def _round(item: Item) -> Round:
    settled = item.get("settled")
    return Round(
        began=datetime.fromisoformat(item["began"]),
        position=item["position"],
        seen=item["seen"],
        is_over=item["over"],
        is_sound=item["sound"],
        settled=None if settled is None else datetime.fromisoformat(settled),
    )
