"""The counts of shelves: exact, and without an item that everybody writes.

Each shelf has several counters, and a count is their sum, read by one Query: what one of them counted another may
take away. They are written in the transaction that changes the messages: a repeated delivery changes nothing, and no
count is ever off. All messages of a transaction are counted by the same counter of a shelf, which is one write for all
of them; the first message decides which, so that many writers meet seldom.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chalicelib.aws.items import shard_of
from chalicelib.aws.writes import ItemKey, change, partition
from chalicelib.mail.shelf import Shelf, ShelfKind
from chalicelib.ports import Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalicelib.aws.table import Table
    from chalicelib.aws.writes import Write
    from chalicelib.mail.message import Message

SHARDS = {ShelfKind.INBOX: 8, ShelfKind.DOMAIN: 64, ShelfKind.ACCOUNT: 64, ShelfKind.STARRED: 8}
"""How many counters a shelf has.

A transaction holds an item for about 10 ms, and two on one item conflict: of 1000 mails a second to one domain each
of 64 counters sees 16, so that about one in six has to try again.
"""
COUNTED = 4
"""Of how many shelves a message changes the count at most."""


def count(table: Table, shelf: Shelf) -> Count:
    """See ports.Index.count."""
    messages = unread = size = 0
    for item in table.query(_partition(shelf)):
        messages += item["messages"]
        unread += item["unread"]
        size += item["size"]
    return Count(messages, unread, size)


def counted(changes: Iterable[tuple[Message | None, Message | None]]) -> list[Write]:
    """The writes that keep the counts right when each first message becomes its second; None is no message."""
    numbers: dict[ItemKey, Counter[str]] = {}
    first = ""
    for before, after in changes:
        for message, sign in ((before, -1), (after, 1)):
            if message is None:
                continue
            first = first or message.id
            for key in _keys(message, first):
                added = numbers.setdefault(key, Counter())
                added[":messages"] += sign
                added[":unread"] += sign * (message.read is not True)
                added[":size"] += sign * message.mail.size
    return [
        change(key, "ADD #messages :messages, #unread :unread, #size :size", added)
        for key, added in numbers.items()
        if any(added.values())
    ]


def _keys(message: Message, chosen_by: str) -> Iterator[ItemKey]:
    shelves = [Shelf.inbox(message.inbox), Shelf.domain(message.domain)]
    shelves += [Shelf.account(message.owner)] if message.owner is not None else []
    shelves += [Shelf.starred(message.starred_by)] if message.starred_by is not None else []
    for shelf in shelves:
        yield ItemKey(_partition(shelf), f"{shard_of(chosen_by, SHARDS[shelf.kind]):02}")


def _partition(shelf: Shelf) -> str:
    return partition(f"COUNT#{shelf.kind}", shelf.name)
