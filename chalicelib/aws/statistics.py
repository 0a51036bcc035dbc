"""The Statistics port on DynamoDB: see table.py for the items.

Messages are counted when somebody asks, over the index by age, which retention needs anyway: exact, nothing to keep
right when messages are deleted, starred or given away, and no write more at arrival. A read of a million messages is
32,000 read units, about half a cent; docs/decisions/0006-dynamodb-key-schema.md compares it with tallies.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from chalicelib.aws.items import BY_AGE, age_partitions, inbox_of_item
from chalicelib.aws.writes import ItemKey, change, partition
from chalicelib.mail.ids import first_id_at
from chalicelib.ports import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item

_READERS = 8


class Statistics:
    """See ports.Statistics. Counts to the millisecond; what came within the last moments may be missing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def top(
        self, topic: Topic, *, since: datetime, until: datetime, skip: int, limit: int
    ) -> tuple[tuple[str, int], ...]:
        def counted(shard: str) -> Counter[str]:
            items = self._table.query(
                shard,
                index=BY_AGE,
                since=first_id_at(since),
                before=first_id_at(until),
                where="attribute_not_exists(#owner)",
            )
            return Counter(name for item in items for name in _names(topic, item))

        numbers: Counter[str] = Counter()
        with ThreadPoolExecutor(_READERS) as readers:
            for some in readers.map(counted, age_partitions()):
                numbers.update(some)
        most_first = sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
        return tuple(most_first[skip : skip + limit])

    def add_operations(self, account: str, day: str, operations: int) -> None:
        more = {":operations": operations}
        self._table.transact([change(ItemKey(_operations(account), day), "ADD #operations :operations", more)])

    def operations(self, account: str, month: str) -> int:
        return sum(self.daily_operations(account, since=month, until=f"{month}-31").values())

    def daily_operations(self, account: str, *, since: str, until: str) -> Mapping[str, int]:
        # `before` is exclusive, and no day comes between a day and the same with a space after it.
        days = self._table.query(_operations(account), since=since, before=f"{until} ")
        return {str(item["sk"]): item["operations"] for item in days}


def _names(topic: Topic, item: Item) -> Iterable[str]:
    if topic is Topic.ADDRESS:
        return (inbox_of_item(item),)
    if topic is Topic.DOMAIN:
        return (inbox_of_item(item).rpartition("@")[2],)
    if topic is Topic.SENDER:
        return (item["sender"],) if "sender" in item else ()
    return tuple(item.get("attachments", ()))


def _operations(account: str) -> str:
    return partition("OPERATIONS", account)
