"""From a view's answer to what a gateway takes: the client's copy, the wanted range, and pieces of what is large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalice.app import Response

from chalicelib.actions.reading import Stream
from chalicelib.api.operation import Reply
from chalicelib.api.ranges import NOT_SATISFIABLE, wanted_range

if TYPE_CHECKING:
    from chalicelib.actions.steps import Steps
    from chalicelib.api.request import Request
    from chalicelib.mail.structure import Span


class _BytesResponse(Response):
    """For a gateway that takes bytes as they are, whole or in pieces, where API Gateway takes text."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002 - named by Chalice
        if not isinstance(self.body, Iterator):
            return super().to_dict()
        pieces, self.body = self.body, b""
        return {**super().to_dict(), "body": pieces}


def response_of(answer: Any, request: Request) -> Response:
    """The response for a view's answer: a Reply, or a JSON value."""
    reply = answer if isinstance(answer, Reply) else Reply(body=answer)
    if request.has(reply.headers.get("ETag")):
        return _told(replace(reply, status=304, length=None), b"", request)
    if request.is_head and callable(reply.body):
        return _told(reply, b"", request)
    made = reply.body() if callable(reply.body) else reply.body
    if isinstance(made, Reply):
        return response_of(made, request)
    if reply.length is not None:
        asked = wanted_range(request.range_of(reply.headers.get("ETag")), reply.length)
        if asked is NOT_SATISFIABLE:
            return response_of(_beyond(reply.length), request)
        if asked is not None:
            return _told(_part_of(reply, asked), _ranged(made, asked, request), request)
    return _told(reply, _ranged(made, None, request), request)


def _told(reply: Reply, body: Any, request: Request) -> Response:
    headers: dict[str, str | list[str]] = {
        "Content-Type": reply.media_type,
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": request.id,
        "Cache-Control": "no-store",
        **reply.headers,
    }
    if reply.length is not None:
        headers |= {"Accept-Ranges": "bytes", "Content-Length": str(reply.length)}
    if reply.steps is not None:
        headers["Server-Timing"] = _server_timing(reply.steps)
    kind = _BytesResponse if request.gateway_takes_bytes else Response
    return kind(body=b"" if reply.status in {204, 304} else body, status_code=reply.status, headers=headers)


def _ranged(made: Any, asked: Span | None, request: Request) -> Any:
    if isinstance(made, Stream):
        pieces = made.open(asked)
        return pieces if request.gateway_takes_bytes else b"".join(pieces)
    return made if asked is None else made[asked.start : asked.end]


def _part_of(reply: Reply, asked: Span) -> Reply:
    told = f"bytes {asked.start}-{asked.end - 1}/{reply.length}"
    return replace(reply, status=206, length=asked.end - asked.start, headers={**reply.headers, "Content-Range": told})


def _beyond(length: int) -> Reply:
    body = {"error": "RangeNotSatisfiable", "message": f"The content has {length} bytes"}
    return Reply(status=416, body=body, headers={"Content-Range": f"bytes */{length}"})


def _server_timing(steps: Steps) -> str:
    source = [] if steps.source is None else [f"cache;desc={steps.source.value}"]
    return ", ".join([*source, *(f"{name};dur={seconds * 1000:.3f}" for name, seconds in steps.took.items())])
