"""JSON schemas in words: "string or null", "list of Message"."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.reference.contents import Page

_FORMATS = {"date-time": "time (ISO 8601)", "email": "email address"}
OBJECTS = "objects"
"""The page of all schemas."""


def described(schema: Mapping[str, Any]) -> str:
    """What fits a schema, in words."""
    if "$ref" in schema:
        return name_of(schema)
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(described(one) for one in schema.get("anyOf", schema.get("oneOf", ())))
    kinds = schema.get("type", "anything")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return " or ".join(_one(kind, schema) for kind in kinds)


def _one(kind: str, schema: Mapping[str, Any]) -> str:
    if kind == "array":
        most = f", {schema['maxItems']} at most" if "maxItems" in schema else ""
        return f"list of {described(schema.get('items', {}))}{most}"
    if kind == "string":
        return _FORMATS.get(schema.get("format", ""), "string")
    if kind in {"integer", "number"} and "maximum" in schema:
        return f"{kind}, {schema.get('minimum', '')} to {schema['maximum']}"
    return kind


def name_of(schema: Mapping[str, Any]) -> str:
    """The name of the schema that is referred to."""
    return str(schema["$ref"]).rpartition("/")[2]


def linked(schema: Mapping[str, Any], page: Page) -> str:
    """What fits a schema, as HTML that links to the objects it is made of."""
    if "$ref" in schema:
        name = name_of(schema)
        place = "" if page.name == OBJECTS else OBJECTS
        return f'<a href="{place}#{name}">{name}</a>'
    if schema.get("type") == "array" and "$ref" in schema.get("items", {}):
        return f"list of {linked(schema['items'], page)}"
    return escape(described(schema))
