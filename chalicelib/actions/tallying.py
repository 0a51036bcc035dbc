"""What an account keeps and asks for, day by day: for plots, so counted from a bounded number of messages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from chalicelib.actions.counting import day_of
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chalicelib.mail.message import Message
    from chalicelib.ports import Backend

MOST_COUNTED: Final = 2000
"""So many of the newest messages are looked at, about two megabytes of the index: what came before is not counted."""
SENDERS: Final = 10
SIZES: Final = (10_000, 100_000, 1_000_000, 10_000_000, None)
"""Upper bounds in bytes, exclusive, of the classes that messages are counted in by size."""
_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of UTC, as "2026-11-24": messages that came and are kept, their bytes, operations asked for."""

    day: str
    messages: int
    size: int
    operations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """An account's days, the oldest first, and what is known of the `counted` messages.

    `senders` are addresses with their numbers, most first, SENDERS at most; `sizes` are numbers by SIZES. `complete`
    says whether every message of these days was counted.
    """

    days: tuple[Day, ...]
    senders: tuple[tuple[str, int], ...]
    sizes: tuple[int, ...]
    counted: int
    complete: bool


def tally(backend: Backend, account: str, *, days: int, most: int = MOST_COUNTED) -> Tally:
    """Count an account's last `days` days of UTC, today included, from its newest `most` messages."""
    today = backend.now().replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=days - 1)
    found = list(_messages(backend, account, since, most + 1))
    messages = found[:most]
    numbers: Counter[str] = Counter()
    octets: Counter[str] = Counter()
    for one in messages:
        day = day_of(one.mail.receipt.received)
        numbers[day] += 1
        octets[day] += one.mail.size
    names = [day_of(since + timedelta(days=number)) for number in range(days)]
    operations = backend.statistics.daily_operations(account, since=names[0], until=names[-1])
    senders = Counter(sender.address.lower() for one in messages for sender in one.mail.summary.from_[:1])
    return Tally(
        days=tuple(
            Day(day=name, messages=numbers[name], size=octets[name], operations=operations.get(name, 0))
            for name in names
        ),
        senders=tuple(sorted(senders.items(), key=lambda one: (-one[1], one[0]))[:SENDERS]),
        sizes=_by_size(messages),
        counted=len(messages),
        complete=len(found) <= most,
    )


def _messages(backend: Backend, account: str, since: datetime, left: int) -> Iterator[Message]:
    """The newest messages that came at `since` or later, `left` at most."""
    before = None
    while left > 0:
        page = backend.index.messages(Shelf.account(account), limit=min(_PAGE, left), before=before)
        for one in page:
            if one.mail.receipt.received < since:
                return
            yield one
        if len(page) < min(_PAGE, left):
            return
        before, left = page[-1].id, left - len(page)


def _by_size(messages: list[Message]) -> tuple[int, ...]:
    counted = Counter(
        next(number for number, bound in enumerate(SIZES) if bound is None or one.mail.size < bound) for one in messages
    )
    return tuple(counted[number] for number in range(len(SIZES)))
