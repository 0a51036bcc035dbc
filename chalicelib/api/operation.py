"""@operation: the one truth about an API operation.

It declares method, path, parameters, who may call, and what is answered. From it come the Chalice route, the reading
and checking of the request, the translation of our errors, and the OpenAPI document.
"""

from __future__ import annotations

import inspect
import logging
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from chalice.app import Blueprint, Response

from chalicelib import errors
from chalicelib.actions.admitting import Caller, admit
from chalicelib.api.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.api.fields import Parameter, Schema
    from chalicelib.ports import Backend

log = logging.getLogger(__name__)

PREFIX = "/api"

STATUS_OF: dict[type[errors.RestanteError], int] = {
    errors.BadRequest: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}


class Access(Enum):
    """Who may call an operation."""

    OPEN = "open"
    """Anybody, without a key."""
    KEY = "key"
    """Whoever has a valid key."""
    ADMIN = "admin"
    """Whoever has a valid key of an admin account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an operation answers with when it succeeds, for the OpenAPI document."""

    status: int = 200
    meaning: str
    media_type: str = "application/json"
    schema: Schema | None = None
    example: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer that is more than JSON with status 200: `body` is bytes, or a JSON value when the type is JSON's."""

    status: int = 200
    body: Any = None
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation as declared. `view` takes (backend, caller) and the parameters by name."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    access: Access
    answers: tuple[Answer, ...]
    errors: tuple[int, ...]
    view: Callable[..., Any]


def operation(
    method: str,
    path: str,
    *,
    name: str,
    tag: str,
    answers: Sequence[Answer],
    parameters: Sequence[Parameter] = (),
    access: Access = Access.KEY,
    errors: Sequence[int] = (),
) -> Callable[[Callable[..., Any]], Operation]:
    """Declare the decorated view as an API operation.

    The view's docstring is its summary (first sentence) and description. Its keyword-only parameters must be the
    declared ones: a mismatch raises TypeError at import.
    """

    def declare(view: Callable[..., Any]) -> Operation:
        takes = {p.name for p in inspect.signature(view).parameters.values() if p.kind is p.KEYWORD_ONLY}
        if takes != {parameter.name.replace("-", "_") for parameter in parameters}:
            raise TypeError(f"{name}: declared parameters and those of {view.__qualname__} differ")
        summary, _, description = inspect.cleandoc(view.__doc__ or "").partition("\n\n")
        return Operation(
            name=name,
            method=method,
            path=PREFIX + path,
            tag=tag,
            summary=" ".join(summary.split()),
            description=" ".join(description.split()),
            parameters=tuple(parameters),
            access=access,
            answers=tuple(answers),
            errors=tuple(errors),
            view=view,
        )

    return declare


def blueprint(import_name: str, operations: Sequence[Operation]) -> Callable[[Callable[[], Backend]], Blueprint]:
    """The factory of a Blueprint with these operations, for a backend that is built when it is first needed."""

    def routes(source: Callable[[], Backend]) -> Blueprint:
        made = Blueprint(import_name)
        for one in operations:
            # Chalice would answer 415 itself: bodies are read by content, whatever their label (api/request.py).
            made.route(one.path, methods=[one.method], name=one.name, content_types=["*/*"])(
                _handler(one, source, made)
            )
        return made

    return routes


def _handler(one: Operation, source: Callable[[], Backend], made: Blueprint) -> Callable[..., Response]:
    def handle(**path_values: str) -> Response:
        request = Request(made.current_request.to_original_event())
        try:
            return _response(_answered(one, source(), request, path_values), request)
        except errors.RestanteError as error:
            return _refusal(error, request)
        except Exception:
            log.exception("Operation %s failed (request %s)", one.name, request.id)
            return _failure(request)

    return handle


def _answered(one: Operation, backend: Backend, request: Request, path_values: dict[str, str]) -> Any:
    caller = _caller(one.access, backend, request)
    # Gateways hand over path values as they stand in the URL: decoded here, once, and "+" stays "+".
    given = {"path": {name: unquote(value) for name, value in path_values.items()}, "query": request.query}
    if any(parameter.where == "body" for parameter in one.parameters):
        given["body"] = request.fields
    values = {
        parameter.name.replace("-", "_"): parameter.value_in(given[parameter.where]) for parameter in one.parameters
    }
    return one.view(backend, caller, **values)


def _caller(access: Access, backend: Backend, request: Request) -> Caller:
    secret = request.key
    if access is Access.OPEN:
        return Caller(account=None, ip=request.ip)
    if secret is None:
        raise errors.Unauthorized("An API key is needed: as header Mailsac-Key, or as Authorization: Bearer")
    account = admit(backend, secret)
    if access is Access.ADMIN and not account.admin:
        raise errors.Forbidden("Only a key of an admin account may do this")
    return Caller(account=account, ip=request.ip)


def _response(answer: Any, request: Request) -> Response:
    reply = answer if isinstance(answer, Reply) else Reply(body=answer)
    headers: dict[str, str | list[str]] = {
        "Content-Type": reply.media_type,
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": request.id,
        "Cache-Control": "no-store",
        **reply.headers,
    }
    body = b"" if reply.body is None and reply.status == 204 else reply.body
    return Response(body=body, status_code=reply.status, headers=headers)


def _refusal(error: errors.RestanteError, request: Request) -> Response:
    body: dict[str, Any] = {"error": type(error).__name__, "message": error.message}
    headers = {}
    if isinstance(error, errors.BadRequest) and error.field:
        body["validationErrors"] = [{"field": error.field, "message": error.message}]
    if isinstance(error, errors.TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    return _response(Reply(status=STATUS_OF[type(error)], body=body, headers=headers), request)


def _failure(request: Request) -> Response:
    message = f"Something went wrong on our side. Request {request.id} is in the log."
    return _response(Reply(status=500, body={"error": "InternalError", "message": message}), request)
