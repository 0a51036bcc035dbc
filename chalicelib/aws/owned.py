"""Things of a name that accounts own, addresses and domains: found by their name, and listed by their owner.

Each is two items that are written in one transaction: one under its name, one, a copy, under its owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.aws.packing import pack, unpack
from chalicelib.aws.table import TRIES, ConditionFailedError
from chalicelib.aws.writes import ItemKey, delete, key_name, partition, put, put_new
from chalicelib.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item

Document = dict[str, Any]


class Owned:
    """The things of one kind. `kind` and `kinds` begin the partition keys of the two items."""

    def __init__(self, table: Table, kind: str, kinds: str) -> None:
        self._table = table
        self._kind = kind
        self._kinds = kinds

    def add(self, name: str, owner: str, document: Document) -> None:
        """Keep one. Raises Conflict when there is one of that name."""
        item = _item(owner, document)
        try:
            self._table.transact([put_new(self.key(name), item), put(self._copy(name, owner), item)])
        except ConditionFailedError as error:
            raise Conflict(f"{name} is there already") from error

    def update(self, name: str, owner: str, document: Document) -> bool:
        """Write one anew; says whether there was one of that name and owner."""
        item = _item(owner, document)
        theirs = put(self.key(name), item, condition="#owner = :owner", values={":owner": owner})
        try:
            self._table.transact([theirs, put(self._copy(name, owner), item)])
        except ConditionFailedError:
            return False
        return True

    def remove(self, name: str) -> bool:
        """Remove one; says whether there was one."""
        for _ in range(TRIES):
            item = self._table.get(self.key(name))
            if item is None:
                return False
            owner = item["owner"]
            gone = delete(self.key(name), condition="#owner = :owner", values={":owner": owner})
            try:
                self._table.transact([gone, delete(self._copy(name, owner))])
            except ConditionFailedError:
                # It is another's by now, or gone.
                continue
            return True
        raise Unavailable(f"{name} is being changed by others")

    def of(self, owner: str) -> list[Document]:
        """What an account has of this kind, in no order."""
        return [unpack(item["document"]) for item in self._table.query(partition(self._kinds, owner))]

    def key(self, name: str) -> ItemKey:
        """The key of the item under that name."""
        return ItemKey(partition(self._kind, name), self._kind)

    def _copy(self, name: str, owner: str) -> ItemKey:
        return ItemKey(partition(self._kinds, owner), key_name(name))


def read_owned(item: Item | None) -> Document | None:
    """The document of an item, where there is one."""
    return unpack(item["document"]) if item else None


def _item(owner: str, document: Document) -> Item:
    return {"owner": owner, "document": pack(document)}
