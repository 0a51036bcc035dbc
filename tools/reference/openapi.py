"""The OpenAPI document, as the reference reads it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.api.application import OPERATIONS
from chalicelib.api.openapi import document
from chalicelib.version import VERSION

if TYPE_CHECKING:
    from chalicelib.api.operation import Operation


@cache
def whole() -> dict[str, Any]:
    """The whole document, as it is made now."""
    return document(OPERATIONS, version=VERSION)


def described(one: Operation) -> dict[str, Any]:
    """What the document says about an operation."""
    made: dict[str, Any] = whole()["paths"][one.path][one.method.lower()]
    return made
