"""The examples of the OpenAPI document: each fits its schema, each request works, and each answer is as documented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it brings no types

from chalicelib.api.application import OPERATIONS
from chalicelib.api.examples import EXAMPLES
from chalicelib.api.openapi import document
from chalicelib.api.schemas import SCHEMAS
from chalicelib.version import VERSION
from tests.api.documented import prepare

if TYPE_CHECKING:
    from chalicelib.api.operation import Operation
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Answered, Client

DOCUMENT = document(OPERATIONS, version=VERSION)
ALL = pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)


def _validate(schema: dict[str, Any], value: object) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    errors = [error.message for error in Draft202012Validator(whole).iter_errors(value)]
    assert errors == []


def _documented(one: Operation) -> dict[str, Any]:
    described: dict[str, Any] = DOCUMENT["paths"][one.path][one.method.lower()]
    return described


def _ask_for_example(client: Client, one: Operation) -> Answered:
    """Send the request that the document gives as an example."""
    described = _documented(one)
    given: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
    for parameter in described.get("parameters", ()):
        given[parameter["in"]][parameter["name"]] = parameter["example"]
    target = one.path.format(**{name: quote(value, safe="@") for name, value in given["path"].items()})
    query = urlencode({name: json.dumps(v) if isinstance(v, bool) else v for name, v in given["query"].items()})
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    return client.tell(one.method, f"{target}?{query}" if query else target, body, headers=given["header"])


def test_every_schema_has_an_example_that_fits_it() -> None:
    assert EXAMPLES.keys() == SCHEMAS.keys()
    for name, example in EXAMPLES.items():
        _validate(SCHEMAS[name], example)


@ALL
def test_every_parameter_and_every_body_and_every_answer_has_an_example_that_fits(one: Operation) -> None:
    described = _documented(one)

    for parameter in described.get("parameters", ()):
        _validate(parameter["schema"], _typed(parameter))
    bodies = [described.get("requestBody", {}), *described["responses"].values()]
    for media in (media for body in bodies for media in body.get("content", {}).values()):
        assert media["example"] is not None
        _validate(media["schema"], media["example"])


def _typed(parameter: dict[str, Any]) -> object:
    # Booleans in a path can only be written as text.
    is_text = parameter["schema"].get("type") == "boolean" and isinstance(parameter["example"], str)
    return json.loads(parameter["example"]) if is_text else parameter["example"]


@ALL
def test_every_example_request_is_answered_with_success_as_documented(
    backend: EmbeddedBackend, client: Client, one: Operation
) -> None:
    prepare(backend, one.name)

    answered = _ask_for_example(client, one)

    assert 200 <= answered.status < 300, answered.body
    response = _documented(one)["responses"][str(answered.status)]
    assert all(answered.headers[name] is not None for name in response["headers"])
    if answered.status == 200:
        media_type = answered.headers["content-type"].partition(";")[0]
        schema = (response["content"].get(media_type) or response["content"]["*/*"])["schema"]
        _validate(schema, answered.json if media_type == "application/json" else answered.text)
    else:
        assert answered.body == b""
