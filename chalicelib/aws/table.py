"""The one DynamoDB table: its key schema, and the few verbs the service uses on it.

| item           | pk               | sk           | attributes |
|----------------|------------------|--------------|------------|
| message        | INBOX#<inbox>    | <message id> | mail (packed), original_inbox, folder, labels, read, starred_by |
| inbox count    | COUNT#<inbox>    | COUNT        | messages |
| mail           | MAIL#<mail id>   | MAIL         | document, structure (both packed), held, added |
| mail, removed  | MAIL#<mail id>   | MAIL         | gone: what was deleted stays deleted when it is delivered again |
| discarded mail | DISCARDED        | <mail id>    | receipt (packed): its raw bytes are still to be removed |
| account        | ACCOUNTS         | <account id> | created, admin |
| key            | KEYS             | <key id>     | account, digest, label, created |
| key's digest   | DIGEST#<SHA-256> | DIGEST       | the same and id, to be found by one read at each API request |

A message item carries a copy of what a list shows of its mail, so that a list is one Query, newest first, and `before`
is a condition on the sort key: message ids begin with mail ids, and those sort by arrival. Nothing else has an INBOX#
partition, so a page of a Query is a page of messages. No secondary index is needed for this; lists of a domain, an
account, stars and attachments will be sparse indexes over the same message items.
"""

from __future__ import annotations

import hashlib
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from chalicelib.aws.border import border
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from chalicelib.aws.clients import Clients

Value = str | int | bytes | bool | list[str]
Item = dict[str, Any]

TRANSACTION_ACTIONS = 100
"""The most actions of one TransactWriteItems (AWS: DynamoDB quotas, "Transactions")."""
READ_KEYS = 100
"""The most keys of one BatchGetItem (AWS: DynamoDB quotas, "API-specific limits")."""
WRITE_KEYS = 25
"""The most requests of one BatchWriteItem (AWS: the same place)."""
TRIES = 8
FIRST_PAUSE_SECONDS = 0.02
_LONGEST_NAME = 1000
_WHAT = "The table"


class ItemKey(NamedTuple):
    """The primary key of an item."""

    pk: str
    sk: str


class ConditionFailedError(Exception):
    """A condition of a transaction did not hold: somebody else was first, and nothing of it was written."""


def partition(kind: str, name: str) -> str:
    """The partition key of what goes by that name.

    A name that a partition key (2048 bytes) may not hold goes by its SHA-256.
    """
    octets = name.encode()
    if len(octets) > _LONGEST_NAME:
        return f"{kind}#sha256:{hashlib.sha256(octets).hexdigest()}"
    return f"{kind}#{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One action of a transaction. `values` are those of the expressions, each name with its colon."""

    verb: str
    key: ItemKey
    item: Item | None = None
    update: str = ""
    condition: str = ""
    values: dict[str, Value] | None = None

    def on(self, table: str) -> TransactWriteItemTypeDef:
        """The action as DynamoDB takes it."""
        key = {"pk": self.key.pk, "sk": self.key.sk}
        action: dict[str, Any] = {"TableName": table}
        if self.item is None:
            action["Key"] = _to_wire(key)
        else:
            action["Item"] = _to_wire(key | self.item)
        if self.update:
            action["UpdateExpression"] = self.update
        if self.condition:
            action["ConditionExpression"] = self.condition
        if self.values:
            action["ExpressionAttributeValues"] = _to_wire(self.values)
        return cast("TransactWriteItemTypeDef", {self.verb: action})


def put(key: ItemKey, item: Item, *, condition: str = "", values: dict[str, Value] | None = None) -> Write:
    """Write a whole item."""
    return Write(verb="Put", key=key, item=item, condition=condition, values=values)


def put_new(key: ItemKey, item: Item) -> Write:
    """Write an item that may not be there yet."""
    return put(key, item, condition="attribute_not_exists(pk)")


def change(key: ItemKey, update: str, values: dict[str, Value], *, condition: str = "") -> Write:
    """Change attributes of an item."""
    return Write(verb="Update", key=key, update=update, condition=condition, values=values)


def delete(key: ItemKey, *, condition: str = "attribute_exists(pk)") -> Write:
    """Remove an item that has to be there."""
    return Write(verb="Delete", key=key, condition=condition)


class Table:
    """The table's verbs. Every read is strongly consistent: a client reads what it has just written.

    Every method raises Unavailable when the table is busy or out of reach.
    """

    def __init__(self, clients: Clients, name: str, *, pause: Callable[[float], None] | None = None) -> None:
        self._clients = clients
        self._name = name
        # A busy item gives no event to wait for; each wait is short and their number is bounded.
        self._pause = pause or time.sleep  # noqa: TID251 - see above

    @property
    def _client(self) -> DynamoDBClient:
        return self._clients.dynamodb

    def get(self, key: ItemKey) -> Item | None:
        """One item."""
        with border(_WHAT):
            answer = self._client.get_item(
                TableName=self._name, Key=_to_wire({"pk": key.pk, "sk": key.sk}), ConsistentRead=True
            )
        return _from_wire(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Iterable[ItemKey]) -> dict[ItemKey, Item]:
        """Those of these items that are there."""
        found: dict[ItemKey, Item] = {}
        for wanted in _chunks(list(dict.fromkeys(keys)), READ_KEYS):
            keyed = [_to_wire({"pk": key.pk, "sk": key.sk}) for key in wanted]
            pending: Any = {self._name: {"Keys": keyed, "ConsistentRead": True}}
            for _ in self._tries():
                with border(_WHAT):
                    answer = self._client.batch_get_item(RequestItems=pending)
                for wire in answer["Responses"].get(self._name, ()):
                    item = _from_wire(wire)
                    found[ItemKey(item["pk"], item["sk"])] = item
                # An answer ends at 16 MB; the keys it left out are named.
                pending = answer["UnprocessedKeys"]
                if not pending:
                    break
        return found

    def query(
        self,
        pk: str,
        *,
        between: tuple[str, str] | None = None,
        newest_first: bool = False,
        unless: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Item]:
        """The items of a partition in the order of their sort keys, `limit` at most.

        Only those whose sort key is `between` two values, both included, and that have no attribute `unless`.
        """
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ScanIndexForward": not newest_first,
            "ConsistentRead": True,
        }
        if between is not None:
            request["KeyConditionExpression"] += " AND sk BETWEEN :low AND :high"
            request["ExpressionAttributeValues"] |= {":low": {"S": between[0]}, ":high": {"S": between[1]}}
        if unless is not None:
            request["FilterExpression"] = f"attribute_not_exists({unless})"
        left = limit
        while left is None or left > 0:
            if left is not None:
                request["Limit"] = left
            with border(_WHAT):
                answer = self._client.query(**request)
            for wire in answer["Items"]:
                yield _from_wire(wire)
            # A page ends at 1 MB, or early because of the filter.
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            left = None if left is None else left - len(answer["Items"])

    def transact(self, writes: Sequence[Write]) -> None:
        """All of these writes or none. Raises ConditionFailedError.

        A transaction that met another one on the same item is tried again, TRIES times in all.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415 - on first use, as all of botocore

        actions = [write.on(self._name) for write in writes]
        for _ in self._tries():
            try:
                with border(_WHAT):
                    self._client.transact_write_items(TransactItems=actions)
            except ClientError as error:
                if not _may_succeed_later(error):
                    raise
            else:
                return

    def delete_all(self, keys: Sequence[ItemKey]) -> None:
        """Remove these items, each on its own; those that are not there are no error."""
        for chunk in _chunks(list(dict.fromkeys(keys)), WRITE_KEYS):
            requests = [{"DeleteRequest": {"Key": _to_wire({"pk": key.pk, "sk": key.sk})}} for key in chunk]
            pending: Any = {self._name: requests}
            for _ in self._tries():
                with border(_WHAT):
                    pending = self._client.batch_write_item(RequestItems=pending)["UnprocessedItems"]
                if not pending:
                    break

    def _tries(self) -> Iterator[int]:
        for number in range(TRIES):
            if number:
                longest = FIRST_PAUSE_SECONDS * 2**number
                self._pause(random.uniform(0, longest))  # noqa: S311 - spreads writers, guards nothing
            yield number
        raise Unavailable(f"{_WHAT} is busy")


def _may_succeed_later(error: Any) -> bool:
    """Whether a cancelled transaction only met others. Raises ConditionFailedError when a condition did not hold."""
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
    if "ConditionalCheckFailed" in reasons:
        raise ConditionFailedError from error
    passing = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
    return bool(reasons & passing) and reasons <= passing | {"None", None}


def _chunks(keys: Sequence[ItemKey], size: int) -> Iterator[Sequence[ItemKey]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def _to_wire(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _attribute(value) for name, value in values.items() if value is not None}


def _attribute(value: Value) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"L": [_attribute(one) for one in value]}


def _from_wire(item: dict[str, Any]) -> Item:
    return {name: _value(attribute) for name, attribute in item.items()}


def _value(attribute: dict[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "N":
        return int(value)
    if kind == "L":
        return [_value(one) for one in value]
    return value
