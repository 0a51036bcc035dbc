"""API Gateway's part, on one machine: an HTTP request becomes the event that the Chalice app gets on AWS.

The event is that of the REST API's Lambda proxy integration, payload version 1.0
(https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from chalicelib.api.handling import PENDING_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Event = dict[str, Any]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request as it came over the wire: `path` and `query` are not decoded; header names are lower case."""

    id: str
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    ip: str
    is_head: bool = False
    """Whether it was a HEAD: its method is then that of the GET whose header is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What goes back."""

    status: int
    headers: Headers
    body: bytes
    pieces: Iterator[bytes] | None = None
    """A body that comes in pieces, instead of `body`; its length, if it is known, is among the headers."""
    pending_seconds: float = 0.0
    """For how long the app wants to be asked again before this is the answer."""


class RouteTable:
    """Finds the route of a path as API Gateway does: literal segments before variable ones, a last slash ignored."""

    def __init__(self, routes: Mapping[str, Iterable[str]]) -> None:
        self._by_length: dict[int, list[tuple[list[str], str]]] = {}
        self._methods = {route: frozenset(methods) for route, methods in routes.items()}
        # "{" sorts after every letter, so literal segments are tried first.
        for route in sorted(routes):
            segments = route.removesuffix("/").split("/")
            self._by_length.setdefault(len(segments), []).append((segments, route))

    def match(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The route and its path values, still encoded; None where no route fits."""
        segments = path.removesuffix("/").split("/")
        for wanted, route in self._by_length.get(len(segments), ()):
            values = {}
            for segment, given in zip(wanted, segments, strict=True):
                if segment.startswith("{") and given:
                    values[segment[1:-1]] = given
                elif segment != given and segment != unquote(given):
                    break
            else:
                return route, values
        return None

    def methods(self, route: str) -> frozenset[str]:
        """The methods that a route answers."""
        return self._methods[route]


def event_of(request: HttpRequest, route: str, path_values: dict[str, str]) -> Event:
    """The event for a request on that route. The body is base64, as API Gateway sends it for binary media types."""
    headers: dict[str, list[str]] = {}
    for name, value in request.headers:
        headers.setdefault(name, []).append(value)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return {
        "resource": route,
        "path": request.path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": path_values or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route,
            "httpMethod": request.method,
            "path": request.path,
            "requestId": request.id,
            "stage": "embedded",
            "gatewayWaits": True,
            "gatewayTakesBytes": True,
            "headOnly": request.is_head,
            "identity": {"sourceIp": request.ip, "userAgent": headers.get("user-agent", [""])[-1]},
        },
        "body": base64.b64encode(request.body).decode("ascii") if request.body else None,
        "isBase64Encoded": bool(request.body),
    }


def response_of(answer: dict[str, Any]) -> HttpResponse:
    """The response that an app's answer asks for."""
    single = dict(answer.get("headers") or {})
    pending = float(single.pop(PENDING_HEADER, 0))
    headers = [(name, str(value)) for name, value in single.items()]
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers.extend((name, str(value)) for value in values)
    body = answer.get("body") or ""
    if isinstance(body, Iterator):
        return HttpResponse(status=answer["statusCode"], headers=headers, body=b"", pieces=body)
    if answer.get("isBase64Encoded"):
        octets = base64.b64decode(body)
    else:
        octets = body if isinstance(body, bytes) else body.encode("utf-8")
    return HttpResponse(status=answer["statusCode"], headers=headers, body=octets, pending_seconds=pending)


def refusal(request: HttpRequest, status: int, error: str, message: str, *more: tuple[str, str]) -> HttpResponse:
    """An error that the gateway itself answers with, in the API's shape."""
    return HttpResponse(
        status=status,
        headers=[
            ("Content-Type", "application/json"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-Id", request.id),
            *more,
        ],
        body=json.dumps({"error": error, "message": message}).encode(),
    )
