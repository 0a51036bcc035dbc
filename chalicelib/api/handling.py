"""From a request to an answer: who asks, what with, what the view says, and what of our errors it becomes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from chalice.app import Blueprint

from chalicelib import errors
from chalicelib.actions.admitting import Caller, admit
from chalicelib.actions.owning import NO_KEY
from chalicelib.api.answering import response_of
from chalicelib.api.operation import PENDING, Access, Operation, Reply
from chalicelib.api.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalice.app import Response

    from chalicelib.actions.counting import OperationCounter
    from chalicelib.ports import Backend

log = logging.getLogger(__name__)

STATUS_OF: dict[type[errors.RestanteError], int] = {
    errors.BadRequest: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.Unprocessable: 422,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}
PAUSE_SECONDS = 1.0
PENDING_HEADER = "Restante-Pending"
"""Tells a gateway that can wait itself for how many seconds it may ask again."""


def blueprint(
    import_name: str, operations: Sequence[Operation]
) -> Callable[[Callable[[], Backend], OperationCounter], Blueprint]:
    """The factory of a Blueprint with these operations, for a backend that is built when it is first needed."""

    def routes(source: Callable[[], Backend], counter: OperationCounter) -> Blueprint:
        made = Blueprint(import_name)
        for one in operations:
            # Chalice would answer 415 itself: bodies are read by content, whatever their label (request.py).
            made.route(one.path, methods=[one.method], name=one.name, content_types=["*/*"])(
                _handler(one, source, counter, made)
            )
        return made

    return routes


def pages(
    import_name: str, views: Mapping[str, Callable[..., Reply]]
) -> Callable[[Callable[[], Backend], OperationCounter], Blueprint]:
    """The factory of a Blueprint with pages and files: path → view of its values. They are open, and no operations."""

    def routes(_: Callable[[], Backend], __: OperationCounter) -> Blueprint:
        made = Blueprint(import_name)
        for path, view in views.items():
            made.route(path, methods=["GET"], name=view.__name__)(_page_handler(view, made))
        return made

    return routes


def _handler(
    one: Operation, source: Callable[[], Backend], counter: OperationCounter, made: Blueprint
) -> Callable[..., Response]:
    def handle(**path_values: str) -> Response:
        request = Request(made.current_request.to_original_event())
        try:
            backend = source()
            caller = _caller(one.access, backend, request)
            if caller.account is not None:
                counter.count(backend, caller.account.id)
            values = _values(one, request, path_values)
            return response_of(_answer(one, backend, caller, values, request), request)
        except errors.RestanteError as error:
            return _refusal(error, request)
        except Exception:
            log.exception("Operation %s failed (request %s)", one.name, request.id)
            return _failure(request)

    return handle


def _page_handler(view: Callable[..., Reply], made: Blueprint) -> Callable[..., Response]:
    def handle(**path_values: str) -> Response:
        request = Request(made.current_request.to_original_event())
        try:
            return response_of(view(**{name: unquote(value) for name, value in path_values.items()}), request)
        except errors.RestanteError as error:
            return _refusal(error, request)
        except Exception:
            log.exception("Page %s failed (request %s)", view.__name__, request.id)
            return _failure(request)

    return handle


def _values(one: Operation, request: Request, path_values: dict[str, str]) -> dict[str, Any]:
    # Gateways hand over path values as they stand in the URL: decoded here, once, and "+" stays "+".
    given: dict[str, Any] = {
        "path": {name: unquote(value) for name, value in path_values.items()},
        "query": request.query,
        "header": {one.name: request.headers.get(one.name.lower()) for one in one.parameters if one.where == "header"},
    }
    if any(parameter.where == "body" for parameter in one.parameters):
        given["body"] = request.fields
    return {parameter.argument: parameter.value_in(given[parameter.where]) for parameter in one.parameters}


def _answer(one: Operation, backend: Backend, caller: Caller, values: dict[str, Any], request: Request) -> Any:
    answer = one.view(backend, caller, **values)
    if answer is not PENDING:
        return answer
    left = float(values.get("wait") or 0)
    if request.gateway_waits:
        return Reply(status=204, headers={"Retry-After": "1", PENDING_HEADER: str(left)})
    while answer is PENDING and left > 0:
        # In steps, because what came just before a pause began does not end it.
        left -= backend.pause(min(left, PAUSE_SECONDS))
        answer = one.view(backend, caller, **values)
    return Reply(status=204, headers={"Retry-After": "1"}) if answer is PENDING else answer


def _caller(access: Access, backend: Backend, request: Request) -> Caller:
    secret = request.key
    if access is Access.OPEN or (access is Access.INBOX and secret is None):
        return Caller(account=None, ip=request.ip)
    if secret is None:
        raise errors.Unauthorized(NO_KEY)
    account = admit(backend, secret)
    if access is Access.ADMIN and not account.admin:
        raise errors.Forbidden("Only a key of an admin account may do this")
    return Caller(account=account, ip=request.ip)


def _refusal(error: errors.RestanteError, request: Request) -> Response:
    body: dict[str, Any] = {"error": type(error).__name__, "message": error.message}
    headers = {}
    if isinstance(error, errors.BadRequest) and error.field:
        body["validationErrors"] = [error.message]
    if isinstance(error, errors.TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    return response_of(Reply(status=STATUS_OF[type(error)], body=body, headers=headers), request)


def _failure(request: Request) -> Response:
    message = f"Something went wrong on our side. Request {request.id} is in the log."
    return response_of(Reply(status=500, body={"error": "InternalError", "message": message}), request)
