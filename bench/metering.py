"""A meter on the AWS clients: every call, and what DynamoDB, S3 and SQS bill for it.

The emulator does not know what a call costs, so that is computed from what was asked, answered and written, by the
rules of "Read/write capacity mode" (DynamoDB Developer Guide) and the price pages of S3 and SQS. Sizes are those of
"DynamoDB Item sizes and formats".
"""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

from infra.fragments import table_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.aws.clients import Clients

Wire = dict[str, Any]
INDEXES = {one["IndexName"]: one for one in table_request("x")["GlobalSecondaryIndexes"]}
CHUNK = 64 * 1024
"""SQS and SNS bill each 64 KB of a request as one."""
_S3 = {"PutObject": "s3 put", "ListObjectsV2": "s3 put", "DeleteObjects": "s3 delete", "DeleteObject": "s3 delete"}


@dataclass(slots=True)
class Bill:
    """What was used: `calls` by operation, `units` by what is billed, `written` units by what begins an item's key."""

    calls: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    units: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    written: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    octets: int = 0


class Meter:
    """Watches these clients while `metered`; looks at the table through others, which are not watched."""

    def __init__(self, watched: Clients, unwatched: Clients, table: str) -> None:
        self._watched = watched
        self._unwatched = unwatched
        self._table = table
        self._bill = Bill()
        # Adapters ask several things at once, each in a thread of its own.
        self._asked = threading.local()
        self._lock = threading.Lock()

    @contextmanager
    def metered(self) -> Iterator[Bill]:
        """Everything that is asked of AWS meanwhile."""
        self._bill = Bill()
        clients = (self._watched.dynamodb, self._watched.s3, self._watched.sqs, self._watched.sesv2)
        for client in clients:
            client.meta.events.register("provide-client-params", self._ask)
            client.meta.events.register("after-call", self._answered)
        try:
            yield self._bill
            if not self._bill.calls:
                raise RuntimeError("nothing was asked of AWS: the meter is not connected")
        finally:
            for client in clients:
                client.meta.events.unregister("provide-client-params", self._ask)
                client.meta.events.unregister("after-call", self._answered)

    def _ask(self, params: Wire, model: Any, **_: Any) -> None:
        self._asked.params = params
        if model.service_model.service_name == "dynamodb":
            self._asked.before = {key: self._item(key) for key, _ in _written(model.name, params)}

    def _answered(self, parsed: Wire, model: Any, **_: Any) -> None:
        asked: Wire = self._asked.params
        with self._lock:
            self._bill.calls[model.name] += 1
            service = model.service_model.service_name
            if service == "dynamodb":
                self._bill.units["dynamodb read unit"] += _read_units(model.name, asked, parsed)
                for key, transacted in _written(model.name, asked):
                    units = _write_units(self._asked.before[key], self._item(key), transacted)
                    self._bill.units["dynamodb write unit"] += units
                    self._bill.written[key[0].partition("#")[0]] += units
            elif service == "s3":
                self._bill.units[_S3.get(model.name, "s3 get")] += 1
                body = asked.get("Body")
                self._bill.octets += len(body) if isinstance(body, bytes) else int(parsed.get("ContentLength") or 0)
            elif service == "sqs":
                self._bill.units["sqs request"] += max(1, ceil(len(str(asked)) / CHUNK))
            else:
                self._bill.units["ses"] += 1

    def _item(self, key: tuple[str, str]) -> Wire:
        wire: Any = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
        found = self._unwatched.dynamodb.get_item(TableName=self._table, Key=wire, ConsistentRead=True)
        return dict(found.get("Item", {}))


def _written(operation: str, asked: Wire) -> list[tuple[tuple[str, str], bool]]:
    """The keys that are written, and whether in a transaction."""
    if operation == "TransactWriteItems":
        actions = [next(iter(one.values())) for one in asked["TransactItems"]]
        return [(_key(one.get("Key") or one["Item"]), True) for one in actions]
    if operation == "BatchWriteItem":
        requests = [next(iter(one.values())) for several in asked["RequestItems"].values() for one in several]
        return [(_key(one.get("Key") or one["Item"]), False) for one in requests]
    if operation in {"PutItem", "UpdateItem", "DeleteItem"}:
        return [(_key(asked.get("Key") or asked["Item"]), False)]
    return []


def _key(wire: Wire) -> tuple[str, str]:
    return wire["pk"]["S"], wire["sk"]["S"]


def _write_units(before: Wire, after: Wire, transacted: bool) -> float:  # noqa: FBT001 - told by its name at the call
    """One a KB of the larger image, twice in a transaction; one a KB and index entry that is written or removed."""
    units = max(1, ceil(max(size_of(before), size_of(after)) / 1024)) * (2 if transacted else 1)
    for name, index in INDEXES.items():
        old, new = _projected(before, name, index), _projected(after, name, index)
        if old != new:
            moved = old.get(name) != new.get(name)
            for entry in [old, new] if moved else [new]:
                units += ceil(size_of(entry) / 1024)
    return units


def _projected(item: Wire, name: str, index: Wire) -> Wire:
    if name not in item:
        return {}
    more = index["Projection"].get("NonKeyAttributes", ())
    return {part: item[part] for part in ("pk", "sk", name, *more) if part in item}


def _read_units(operation: str, asked: Wire, answer: Wire) -> float:
    if operation == "GetItem":
        return _read(size_of(answer.get("Item", {})), consistent=asked.get("ConsistentRead", False))
    if operation == "BatchGetItem":
        units = 0.0
        for table, wanted in asked["RequestItems"].items():
            found = answer["Responses"].get(table, ())
            sizes = [size_of(item) for item in found] + [0] * (len(wanted["Keys"]) - len(found))
            units += sum(_read(size, consistent=wanted.get("ConsistentRead", False)) for size in sizes)
        return units
    if operation == "Query":
        # Items that a filter leaves out are read too; no query that is metered here has one.
        return _read(sum(map(size_of, answer["Items"])), consistent=asked.get("ConsistentRead", False))
    return 0.0


def _read(octets: int, *, consistent: bool) -> float:
    return max(1, ceil(octets / 4096)) * (1 if consistent else 0.5)


def size_of(item: Wire) -> int:
    """The bytes that DynamoDB bills for an item, without the 100 of overhead that storage has."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(attribute: Wire) -> int:
    ((kind, value),) = attribute.items()
    if kind == "S":
        return len(value.encode("utf-8", "surrogatepass"))
    if kind == "B":
        return len(value)
    if kind == "N":
        return ceil(len(value.strip("-")) / 2) + 1
    if kind == "L":
        return 3 + sum(1 + _size(one) for one in value)
    if kind == "M":
        return 3 + sum(1 + len(name) + _size(one) for name, one in value.items())
    return 1
