"""The shared tier of the parse cache in the table: items of their own, which DynamoDB removes when they are old.

They are read with eventual consistency, for half the price: an entry that is not seen yet is made again, and what is
seen is right whenever it was written. docs/decisions/0020-parse-cache.md has the prices.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from chalicelib.aws.writes import ItemKey, key_name, partition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from chalicelib.aws.table import Table
    from chalicelib.mail.names import MailId
    from chalicelib.mail.rendering import CacheKey

LARGEST_ENTRY = 350 * 1024
"""An item holds 400 KB (AWS: DynamoDB quotas, "Item size"), its names included."""
KEPT = timedelta(days=7)
_READERS = 8


class TableCache:
    """See ports.caching.SharedTier."""

    most = LARGEST_ENTRY

    def __init__(self, table: Table, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now

    def get(self, key: CacheKey) -> bytes | None:
        item = self._table.get(_key(key), consistent=False)
        # DynamoDB removes what has expired within days (AWS: DynamoDB, "Time to Live").
        if item is None or item["expires"] <= self._now().timestamp():
            return None
        content: bytes = item["content"]
        return content

    def put(self, entries: Mapping[CacheKey, bytes]) -> None:
        expires = ceil((self._now() + KEPT).timestamp())
        items = {
            _key(key): {"content": sealed, "expires": expires}
            for key, sealed in entries.items()
            if len(sealed) <= self.most
        }
        self._table.put_all(items)

    def drop(self, mails: Sequence[MailId], *, for_good: bool = True) -> None:
        # What somebody makes of a mail at the moment of its end stays here until it is old: nobody can ask for it.
        del for_good
        self._table.delete_all(keys_below(self._table, [_partition(mail) for mail in mails]))


def keys_below(table: Table, partitions: Sequence[str]) -> list[ItemKey]:
    """The keys of all items of these partitions. Raises Unavailable."""

    def below(pk: str) -> list[ItemKey]:
        return [ItemKey(item["pk"], item["sk"]) for item in table.query(pk)]

    if len(partitions) == 1:
        return below(partitions[0])
    with ThreadPoolExecutor(_READERS) as readers:
        return [key for keys in readers.map(below, partitions) for key in keys]


def _partition(mail: MailId) -> str:
    return partition("CACHE", mail)


def _key(key: CacheKey) -> ItemKey:
    return ItemKey(_partition(key.mail), key_name(key.entry))
