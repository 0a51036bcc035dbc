"""The service itself: whether it is up, and what it can do."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Access, Answer, Reply, operation
from chalicelib.api.schemas import ref

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.api import shapes
    from chalicelib.ports import Backend

_TAG = "Service"


@operation(
    "GET",
    "/health",
    name="GetHealth",
    tag=_TAG,
    access=Access.OPEN,
    answers=[Answer(meaning="The service is ready.", schema=ref("Health"))],
)
def health(backend: Backend, _: Caller) -> shapes.Json:
    """Tell whether the service is ready: its index answers."""
    backend.directory.account("-")
    return {"status": "ok"}


@operation(
    "GET",
    "/openapi.json",
    name="GetOpenApi",
    tag=_TAG,
    access=Access.OPEN,
    answers=[Answer(meaning="The OpenAPI 3.1 document.", schema={"type": "object"}, example={"openapi": "3.1.0"})],
)
def openapi(_: Backend, __: Caller) -> Reply:
    """Get this API's OpenAPI document."""
    return Reply(body=_document(), headers={"Cache-Control": "public, max-age=300"})


@cache
def _document() -> shapes.Json:
    # Made from the operations by tools/generate.py and shipped, so that a cold start does not make it again.
    text = resources.files("chalicelib.api").joinpath("openapi.json").read_text("utf-8")
    document: shapes.Json = json.loads(text)
    return document


routes = blueprint(__name__, operations := (health, openapi))
