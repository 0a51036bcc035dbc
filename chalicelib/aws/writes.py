"""What may be written to the table: keys that DynamoDB accepts, and the actions of a transaction."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from chalicelib.aws.wire import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from chalicelib.aws.wire import Item, Value

_LONGEST_NAME = 900
_HASHED = "sha256:"
_ATTRIBUTE = re.compile(r"#(\w+)")


class ItemKey(NamedTuple):
    """The primary key of an item."""

    pk: str
    sk: str


def key_name(name: str) -> str:
    """A name as part of a key: itself, or its SHA-256 where a key may not hold it.

    A sort key has 1 to 1024 bytes of UTF-8 (AWS: DynamoDB quotas, "Partition keys and sort keys"). A name that looks
    like such a digest goes by its own digest, so that no two names meet.
    """
    octets = name.encode("utf-8", "surrogatepass")
    if 0 < len(octets) <= _LONGEST_NAME and not name.startswith(_HASHED) and is_text(name):
        return name
    return _HASHED + hashlib.sha256(octets).hexdigest()


def is_text(name: str) -> bool:
    """Whether it is UTF-8: it has no lone half of a surrogate pair, as a name from the wire may have."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def partition(kind: str, name: str) -> str:
    """The partition key of what goes by that name."""
    return f"{kind}#{key_name(name)}"


def names_in(*expressions: str) -> dict[str, str]:
    """What an expression's attributes are called: #size is "size", whatever words DynamoDB keeps for itself."""
    return {f"#{name}": name for expression in expressions for name in _ATTRIBUTE.findall(expression)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One action of a transaction.

    Expressions write attributes with "#" and values with ":"; `values` has their names with the colon.
    """

    verb: str
    key: ItemKey
    item: Item | None = None
    update: str = ""
    condition: str = ""
    values: Mapping[str, Value] | None = None

    def on(self, table: str) -> TransactWriteItemTypeDef:
        """The action as DynamoDB takes it."""
        key = self.key._asdict()
        action: dict[str, Any] = {"TableName": table}
        if self.item is None:
            action["Key"] = to_wire(key)
        else:
            action["Item"] = to_wire(key | self.item)
        if self.update:
            action["UpdateExpression"] = self.update
        if self.condition:
            action["ConditionExpression"] = self.condition
        names = names_in(self.update, self.condition)
        if names:
            action["ExpressionAttributeNames"] = names
        if self.values:
            action["ExpressionAttributeValues"] = to_wire(self.values)
        return cast("TransactWriteItemTypeDef", {self.verb: action})


def put(key: ItemKey, item: Item, *, condition: str = "", values: Mapping[str, Value] | None = None) -> Write:
    """Write a whole item."""
    return Write(verb="Put", key=key, item=item, condition=condition, values=values)


def put_new(key: ItemKey, item: Item) -> Write:
    """Write an item that may not be there yet."""
    return put(key, item, condition="attribute_not_exists(#pk)")


def change(key: ItemKey, update: str, values: Mapping[str, Value], *, condition: str = "") -> Write:
    """Change attributes of an item."""
    return Write(verb="Update", key=key, update=update, condition=condition, values=values)


def assignments(attributes: Item) -> tuple[str, dict[str, Value]]:
    """The update that gives an item these attributes, and takes those away that are None; and its values."""
    values = {f":{name}": value for name, value in attributes.items() if value is not None}
    clauses = {
        "SET": [f"#{name} = :{name}" for name, value in attributes.items() if value is not None],
        "REMOVE": [f"#{name}" for name, value in attributes.items() if value is None],
    }
    return " ".join(f"{verb} {', '.join(several)}" for verb, several in clauses.items() if several), values


def delete(
    key: ItemKey, *, condition: str = "attribute_exists(#pk)", values: Mapping[str, Value] | None = None
) -> Write:
    """Remove an item that has to be there."""
    return Write(verb="Delete", key=key, condition=condition, values=values)
