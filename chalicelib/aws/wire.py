"""Items as DynamoDB's protocol writes them.

A string of DynamoDB is UTF-8. Text of a mail may hold what UTF-8 cannot, a lone half of a surrogate pair: it travels
as a map of one binary, and comes back as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = str | int | bytes | bool | list[str]
Item = dict[str, Any]
"""Attributes by name; None stands for an attribute that is not there."""

_NOT_UTF8 = "not-utf-8"


def to_wire(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as DynamoDB takes them."""
    return {name: _attribute(value) for name, value in values.items() if value is not None}


def from_wire(item: Mapping[str, Any]) -> Item:
    """The attributes of an item."""
    return {name: _value(attribute) for name, attribute in item.items()}


def _attribute(value: Value) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return {"M": {_NOT_UTF8: {"B": value.encode("utf-8", "surrogatepass")}}}
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"L": [_attribute(one) for one in value]}


def _value(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "N":
        return int(value)
    if kind == "L":
        return [_value(one) for one in value]
    if kind == "M":
        return value[_NOT_UTF8]["B"].decode("utf-8", "surrogatepass")
    return value
