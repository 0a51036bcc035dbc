"""The Hooks and Deliveries ports on DynamoDB: see table.py for the items."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.aws.packing import pack, unpack
from chalicelib.aws.table import TRIES, ConditionFailedError
from chalicelib.aws.writes import ItemKey, delete, key_name, partition, put, put_new
from chalicelib.errors import Conflict, Unavailable
from chalicelib.mail.hook_records import (
    delivery_from_document,
    delivery_to_document,
    hook_from_document,
    hook_to_document,
)
from chalicelib.ports.hooks import DELIVERIES_KEPT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.aws.table import Table
    from chalicelib.mail.hook import Delivery, Hook

KEPT_SECONDS = 30 * 24 * 3600
"""How long a delivery can be looked at: the table forgets what is older."""
TRIMMED_AT_ONCE = 100
_TRIMS = frozenset("0v")
"""Deliveries are cut back when the last letter of an id, one of 32, is one of these: each 16th time, on average."""


class Hooks:
    """See ports.Hooks."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, hook: Hook) -> None:
        item = _item(hook)
        main = put_new(_key(hook.id), {**item, "owner": hook.owner, "scope": hook.scope})
        try:
            self._table.transact([main, *(put(key, item) for key in _copies(hook))])
        except ConditionFailedError as error:
            raise Conflict("That hook is there already") from error

    def hook(self, hook: str) -> Hook | None:
        item = self._table.get(_key(hook))
        return hook_from_document(unpack(item["document"])) if item else None

    def hooks(self, owner: str) -> tuple[Hook, ...]:
        return tuple(sorted(self._in(partition("HOOKS", owner)), key=lambda hook: (hook.created, hook.id)))

    def at(self, scopes: Sequence[str]) -> tuple[Hook, ...]:
        return tuple(hook for scope in dict.fromkeys(scopes) for hook in self._in(partition("HOOKS-AT", scope)))

    def replace(self, before: Hook, after: Hook) -> bool:
        item = _item(after)
        main = put(
            _key(after.id),
            {**item, "owner": after.owner, "scope": after.scope},
            condition="#document = :before",
            values={":before": _item(before)["document"]},
        )
        try:
            self._table.transact([main, *(put(key, item) for key in _copies(after))])
        except ConditionFailedError:
            return False
        return True

    def remove(self, hook: str) -> bool:
        for _ in range(TRIES):
            found = self.hook(hook)
            if found is None:
                return False
            gone = delete(_key(hook), condition="#document = :before", values={":before": _item(found)["document"]})
            try:
                self._table.transact([gone, *(delete(key) for key in _copies(found))])
            except ConditionFailedError:
                continue
            told = self._table.query(_deliveries(hook))
            self._table.delete_all(ItemKey(item["pk"], item["sk"]) for item in told)
            return True
        raise Unavailable("The hook is being changed by others")

    def _in(self, pk: str) -> Iterator[Hook]:
        for item in self._table.query(pk):
            yield hook_from_document(unpack(item["document"]))


class Deliveries:
    """See ports.Deliveries. Those of a hook are cut back now and then; more than are kept are never answered."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def record(self, delivery: Delivery) -> None:
        pk = _deliveries(delivery.hook)
        item = {
            "document": pack(delivery_to_document(delivery)),
            "expires": int(delivery.moment.timestamp()) + KEPT_SECONDS,
        }
        self._table.put_all({ItemKey(pk, delivery.id): item})
        if delivery.id[-1] in _TRIMS:
            told = self._table.query(pk, newest_first=True, page=DELIVERIES_KEPT + TRIMMED_AT_ONCE)
            over = islice(told, DELIVERIES_KEPT, DELIVERIES_KEPT + TRIMMED_AT_ONCE)
            self._table.delete_all(ItemKey(one["pk"], one["sk"]) for one in over)

    def deliveries(self, hook: str, *, limit: int) -> tuple[Delivery, ...]:
        most = min(limit, DELIVERIES_KEPT)
        told = self._table.query(_deliveries(hook), newest_first=True, page=most)
        return tuple(delivery_from_document(unpack(item["document"])) for item in islice(told, most))


def _key(hook: str) -> ItemKey:
    return ItemKey(partition("HOOK", hook), "HOOK")


def _copies(hook: Hook) -> list[ItemKey]:
    name = key_name(hook.id)
    of_owner = ItemKey(partition("HOOKS", hook.owner), name)
    return [of_owner] if hook.implicit else [of_owner, ItemKey(partition("HOOKS-AT", hook.scope), name)]


def _item(hook: Hook) -> dict[str, bytes]:
    return {"document": pack(hook_to_document(hook))}


def _deliveries(hook: str) -> str:
    return partition("DELIVERIES", hook)
