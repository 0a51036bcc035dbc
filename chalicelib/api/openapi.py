"""The OpenAPI document, made from the operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.api.examples import example_of
from chalicelib.api.handling import STATUS_OF
from chalicelib.api.operation import Access
from chalicelib.api.schemas import SCHEMAS, ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.api import shapes
    from chalicelib.api.fields import Parameter, Schema
    from chalicelib.api.operation import Answer, Operation

_MEANINGS = {
    400: "The request cannot be used; the message names the field.",
    401: "No API key was given, or one that is not valid.",
    403: "The key may not do this.",
    404: "There is no such thing for this caller.",
    409: "The state of what is addressed does not allow it.",
    413: "The request is over a limit.",
    415: "The body is neither JSON nor an ordinary form.",
    422: "It is well formed, and is not done all the same; the message says why.",
    429: "Too many requests; Retry-After says how many seconds to wait.",
    503: "A fault of ours that may pass: try again.",
}
_REQUEST_ID = {"description": "Names this request in our logs.", "required": True, "schema": {"type": "string"}}
_RETRY_AFTER = {
    "description": "Seconds to wait.",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
}


def document(operations: Sequence[Operation], *, version: str) -> shapes.Json:
    """The OpenAPI 3.1 document of these operations."""
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Restante",
            "version": version,
            "summary": "Programmable inboxes.",
            "description": "Mail to any address, read over HTTPS. Speaks Mailsac's public API.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in operations)],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "MailsacKey": {"type": "apiKey", "in": "header", "name": "Mailsac-Key"},
                "MailsacKeyQuery": {"type": "apiKey", "in": "query", "name": "_mailsacKey"},
                "Bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(one: Operation) -> shapes.Json:
    made: shapes.Json = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": one.summary.rstrip("."),
        "responses": _responses(one),
        "security": _security(one.access),
    }
    if one.description:
        made["description"] = one.description
    outside = [parameter for parameter in one.parameters if parameter.where != "body"]
    inside = [parameter for parameter in one.parameters if parameter.where == "body"]
    if outside:
        made["parameters"] = [_parameter(parameter) for parameter in outside]
    if inside:
        made["requestBody"] = _request_body(inside)
    return made


def _security(access: Access) -> list[shapes.Json]:
    if access is Access.OPEN:
        return []
    keys: list[shapes.Json] = [{"MailsacKey": []}, {"MailsacKeyQuery": []}, {"Bearer": []}]
    return [*keys, {}] if access is Access.INBOX else keys


def _parameter(parameter: Parameter) -> shapes.Json:
    made: shapes.Json = {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "description": parameter.meaning,
        "schema": _with_default(parameter),
    }
    if parameter.example is not None:
        made["example"] = parameter.example
    return made


def _with_default(parameter: Parameter) -> Schema:
    if parameter.default is None:
        return parameter.kind.schema
    return {**parameter.kind.schema, "default": parameter.default}


def _request_body(parameters: Sequence[Parameter]) -> shapes.Json:
    schema: Schema = {
        "type": "object",
        "properties": {
            parameter.name: {**_with_default(parameter), "description": parameter.meaning} for parameter in parameters
        },
    }
    required = [parameter.name for parameter in parameters if parameter.required]
    if required:
        schema["required"] = required
    # Null is an example too: it clears a setting.
    example = {one.name: one.example for one in parameters if one.example is not None or one.kind.takes_null}
    media = {"schema": schema, "example": example}
    return {
        "required": bool(required),
        "content": {"application/json": media, "application/x-www-form-urlencoded": media},
    }


def _responses(one: Operation) -> shapes.Json:
    made: shapes.Json = {}
    for answer in one.answers:
        response = made.setdefault(str(answer.status), {"description": answer.meaning, "headers": _headers(answer)})
        if answer.schema is not None:
            response.setdefault("content", {})[answer.media_type] = _media(answer)
    always = {503} if one.access is Access.OPEN else {401, 503}
    if any(parameter.can_be_refused for parameter in one.parameters):
        always.add(400)
    if any(parameter.where == "body" for parameter in one.parameters):
        always |= {413, 415}
    if one.access is Access.ADMIN:
        always.add(403)
    for status in sorted({*one.errors, *always}):
        made[str(status)] = {
            "description": _MEANINGS[status],
            "headers": {"X-Request-Id": _REQUEST_ID},
            "content": {"application/json": {"schema": ref("Error"), "example": _example(status)}},
        }
    return made


def _headers(answer: Answer) -> shapes.Json:
    made = {"X-Request-Id": _REQUEST_ID}
    if answer.status == 204 and "Retry-After" in answer.meaning:
        made["Retry-After"] = _RETRY_AFTER
    return made


def _media(answer: Answer) -> shapes.Json:
    schema = answer.schema or {}
    example = answer.example if answer.example is not None else example_of(schema)
    return {"schema": schema, "example": example}


def _example(status: int) -> shapes.Json:
    kind = next(kind for kind, number in STATUS_OF.items() if number == status)
    return {"error": kind.__name__, "message": _MEANINGS[status]}
