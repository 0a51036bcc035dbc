"""Every operation of the API on AWS's stores, asked as API Gateway asks it: with the example of its document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from chalicelib.actions.admitting import ensure_first_key
from chalicelib.api.application import OPERATIONS, build_app
from chalicelib.api.openapi import document
from chalicelib.version import VERSION
from restante.embedded.http.gateway import HttpRequest, event_of, response_of
from tests.api.documented import prepare
from tests.api.serving import KEY
from tests.worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chalicelib.api.operation import Operation
    from chalicelib.ports import Backend

DOCUMENT = document(OPERATIONS, version=VERSION)


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    with WORLDS["aws"](tmp_path) as world:
        yield world.build()


def _event(one: Operation) -> dict[str, Any]:
    described = DOCUMENT["paths"][one.path][one.method.lower()]
    given: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
    for parameter in described.get("parameters", ()):
        given[parameter["in"]][parameter["name"]] = parameter["example"]
    values = {name: quote(value, safe="@") for name, value in given["path"].items()}
    query = urlencode({name: json.dumps(v) if isinstance(v, bool) else v for name, v in given["query"].items()})
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    headers = {"mailsac-key": KEY, **({"content-type": "application/json"} if body else {}), **given["header"]}
    request = HttpRequest(
        id="request",
        method=one.method,
        path=one.path.format(**values),
        query=query,
        headers=tuple((name.lower(), str(value)) for name, value in headers.items()),
        body=json.dumps(body).encode() if body else b"",
        ip="192.0.2.9",
    )
    return event_of(request, one.path, values)


@pytest.mark.parametrize("one", OPERATIONS, ids=[one.name for one in OPERATIONS])
def test_every_operation_answers_its_example_with_success_on_aws(backend: Backend, one: Operation) -> None:
    ensure_first_key(backend, KEY)
    prepare(backend, one.name)

    answered = response_of(build_app(lambda: backend)(_event(one), None))

    assert 200 <= answered.status < 400, answered.body
