"""The OpenAPI document: valid, complete, and the one truth of what the API answers."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.api.application import OPERATIONS
from chalicelib.api.openapi import document
from chalicelib.api.operation import Access
from chalicelib.version import VERSION

DOCUMENT = document(OPERATIONS, version=VERSION)
METHODS = [
    pytest.param(path, method, id=f"{method.upper()} {path}")
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
]


def test_the_document_is_valid_openapi_3_1() -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_every_operation_stands_in_the_document_once() -> None:
    names = [method["operationId"] for methods in DOCUMENT["paths"].values() for method in methods.values()]

    assert sorted(names) == sorted(one.name for one in OPERATIONS)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("path", "method"), METHODS)
def test_every_operation_says_what_it_is_for_and_how_it_fails(path: str, method: str) -> None:
    operation: dict[str, Any] = DOCUMENT["paths"][path][method]
    statuses = set(operation["responses"])
    places = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}

    assert operation["operationId"]
    assert operation["summary"]
    assert operation["tags"]
    assert set(operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    assert any(status.startswith("2") for status in statuses)
    assert "503" in statuses
    assert ("401" in statuses) == bool(operation["security"])
    assert ("400" in statuses) >= ("requestBody" in operation)
    assert ("413" in statuses) == ("415" in statuses) == ("requestBody" in operation)
    assert ("404" in statuses) >= ("messageId" in places)
    assert all(parameter["description"] for parameter in operation.get("parameters", ()))


def test_only_health_and_the_document_itself_are_open_to_everybody() -> None:
    assert {one.name for one in OPERATIONS if one.access is Access.OPEN} == {"GetHealth", "GetOpenApi"}
