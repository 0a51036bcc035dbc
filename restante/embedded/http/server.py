"""The HTTP server of the embedded world: an ASGI application that asks the Chalice app, one in each thread."""

from __future__ import annotations

import asyncio
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalicelib.actions.counting import OperationCounter
from chalicelib.api.application import Application, build_app
from chalicelib.errors import RestanteError
from restante.embedded.http import compression
from restante.embedded.http.change_watch import ChangeWatch
from restante.embedded.http.doors import UploadDoor, refused
from restante.embedded.http.gateway import (
    HttpRequest,
    HttpResponse,
    RouteTable,
    event_of,
    refusal,
    response_of,
)
from restante.embedded.http.listening import inbox_of_events, serve_events, serve_websocket
from restante.embedded.http.live import Live
from restante.embedded.http.ses import SesDoor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping

    from restante.embedded.backend import EmbeddedBackend
    from restante.embedded.http.doors import Door
    from restante.embedded.http.gate import Gate

BODY_BYTES = 10 * 1024 * 1024
"""The largest request body, as API Gateway has it."""
BODIES_BYTES = 64 * 1024 * 1024
"""What the bodies of all requests may take of memory together: they are read before anybody asks for a key."""
THREADS = 8
PIECE_OCTETS = 256 * 1024
"""How much of a large body is in memory at once."""


class Server:
    """An ASGI 3 application over a backend."""

    def __init__(self, backend: EmbeddedBackend, gate: Gate | None = None) -> None:
        self._backend = backend
        self._gate = gate
        self._counter = OperationCounter()
        self._changes = ChangeWatch(lambda: backend.database.changes())  # noqa: PLW0108 - tests put another backend up later
        self._local = threading.local()
        self._routes = RouteTable({route: methods.keys() for route, methods in self._app().routes.items()})
        self._doors: tuple[Door, ...] = (UploadDoor(backend), SesDoor(backend))
        self._threads = ThreadPoolExecutor(THREADS, "request")
        self._bodies = 0
        # Threads of its own: requests that take long do not hold up what listeners hear.
        self._live = Live(backend, self._changes, ThreadPoolExecutor(2, "live"))

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one connection's request (https://asgi.readthedocs.io/en/latest/specs/www.html)."""
        if self._gate is not None and (refused_now := self._gate.refusal(_request(scope))) is not None:
            # A socket that is closed before it was accepted is answered with 403 (ASGI, "Close - send event").
            closing = {"type": "websocket.close", "code": 4403}
            await (send(closing) if scope["type"] == "websocket" else _send(send, refused_now, with_body=True))
            return
        if scope["type"] == "websocket":
            await serve_websocket(self._live, self._backend, scope, receive, send)
            return
        request = _request(scope)
        if (inbox := inbox_of_events(scope)) is not None:
            if scope["method"] == "GET":
                await self._serve_events(inbox, scope, receive, send)
            else:
                # A HEAD too: a stream has no end whose length could be told.
                await _send(send, _not_allowed(request, {"GET"}), with_body=not request.is_head)
            return
        pieces: list[bytes] = []
        try:
            response = await self._receive_and_answer(request, receive, pieces)
            response = await self._compressed(request, response)
            await _send(send, response, with_body=not request.is_head, threads=self._threads)
        finally:
            self._bodies -= sum(map(len, pieces))

    async def _receive_and_answer(
        self,
        request: HttpRequest,
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        pieces: list[bytes],
    ) -> HttpResponse:
        door = next((door for door in self._doors if door.is_for(request)), None)
        loop = asyncio.get_running_loop()
        try:
            limit = BODY_BYTES if door is None else await loop.run_in_executor(self._threads, door.limit, request)
            refused_body = await self._take_body(request, receive, pieces, limit)
            if refused_body is not None:
                return refused_body
            request = replace(request, body=b"".join(pieces))
            if door is None:
                return await self.answer(request)
            return await loop.run_in_executor(self._threads, door.answer, request)
        except RestanteError as error:
            return refused(request, error)

    async def _compressed(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not compression.is_worth_it(request, response):
            return response
        # In a thread: a megabyte takes some ten milliseconds, for which nobody else would be answered.
        return await asyncio.get_running_loop().run_in_executor(self._threads, compression.compressed, response)

    async def _take_body(
        self,
        request: HttpRequest,
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        pieces: list[bytes],
        limit: int,
    ) -> HttpResponse | None:
        """Read the body into `pieces`, and count them; answers with what refuses it, or None."""
        size = 0
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                return None
            pieces.append(event.get("body", b""))
            size += len(pieces[-1])
            self._bodies += len(pieces[-1])
            if size > limit:
                return _too_large(request, limit)
            if self._bodies > BODIES_BYTES:
                return _too_busy(request)
            if not event.get("more_body", False):
                return None

    def end_listening(self) -> None:
        """Send everybody away who listens live: the server stops."""
        self._live.end()

    async def _serve_events(
        self,
        inbox: str,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        request = _request(scope)
        refused = await serve_events(self._live, self._backend, request, inbox, receive, send)
        if refused is not None:
            await _send(send, refused, with_body=True)

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The response to a request, made in a thread of the pool."""
        found = self._routes.match(request.path)
        if found is None:
            return refusal(request, 404, "NotFound", f"There is nothing at {request.path[:200]}. See /api/openapi.json")
        route, path_values = found
        methods = self._routes.methods(route)
        if request.method not in methods:
            return _not_allowed(request, methods | ({"HEAD"} if "GET" in methods else set()))
        event = event_of(request, route, path_values)
        response = await self._ask(event)
        if response.pending_seconds:
            response = await self._ask_again(event, response.pending_seconds)
        return response

    async def _ask(self, event: dict[str, Any]) -> HttpResponse:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: response_of(self._app()(event, None)))

    async def _ask_again(self, event: dict[str, Any], seconds: float) -> HttpResponse:
        # A client that waits for a mail holds no thread: it is asked for again when something was written.
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            # Asked once more at first: what came between the first answer and this look would be missed.
            seen = self._changes.seen()
            response = await self._ask(event)
            if not response.pending_seconds or not await self._changes.wait(seen, deadline - loop.time()):
                return response

    def _app(self) -> Application:
        app: Application | None = getattr(self._local, "app", None)
        if app is None:
            # Chalice keeps the current request on the app: threads that shared one would answer for each other.
            app = self._local.app = build_app(lambda: self._backend, counter=self._counter)
        return app


def _request(scope: MutableMapping[str, Any]) -> HttpRequest:
    """The request without its body."""
    client = scope.get("client") or ("", 0)
    raw_path = scope.get("raw_path") or scope["path"].encode()
    return HttpRequest(
        id=secrets.token_hex(8),
        # A HEAD is answered as its GET would be, without the body (RFC 9110, 9.3.2).
        method="GET" if scope.get("method") in {None, "HEAD"} else scope["method"],
        path=raw_path.partition(b"?")[0].decode("latin-1"),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        body=b"",
        ip=client[0],
        is_head=scope.get("method") == "HEAD",
    )


def _not_allowed(request: HttpRequest, methods: Iterable[str]) -> HttpResponse:
    allowed = ", ".join(sorted(methods))
    return refusal(request, 405, "MethodNotAllowed", f"Allowed here: {allowed}", ("Allow", allowed))


def _too_large(request: HttpRequest, limit: int) -> HttpResponse:
    return refusal(request, 413, "TooLarge", f"A request may hold {limit} bytes here")


def _too_busy(request: HttpRequest) -> HttpResponse:
    return refusal(request, 503, "Unavailable", "Too many large requests at once", ("Retry-After", "5"))


async def _send(
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    response: HttpResponse,
    *,
    with_body: bool,
    threads: ThreadPoolExecutor | None = None,
) -> None:
    # A 204 and a 304 have no body, and no length that says 0 (RFC 9110, 8.6).
    is_empty = response.status in {204, 304}
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers]
    if response.status == 204:
        headers = [header for header in headers if header[0] != b"content-type"]
    is_told = is_empty or response.pieces is not None or any(name == b"content-length" for name, _ in headers)
    # To a HEAD the length is told where it is known, and it is not where the body was not made.
    if not is_told and (with_body or response.body):
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.pieces is not None and with_body:
        await _send_pieces(send, response.pieces, threads)
    await send({"type": "http.response.body", "body": response.body if with_body and not is_empty else b""})


async def _send_pieces(
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    pieces: Iterator[bytes],
    threads: ThreadPoolExecutor | None,
) -> None:
    # A thread for each piece and not for the whole: a client that reads slowly holds up no other.
    loop = asyncio.get_running_loop()
    while piece := await loop.run_in_executor(threads, _next_octets, pieces):
        await send({"type": "http.response.body", "body": piece, "more_body": True})


def _next_octets(pieces: Iterator[bytes]) -> bytes:
    """The next PIECE_OCTETS, or a little more; empty at the end."""
    taken: list[bytes] = []
    octets = 0
    for piece in pieces:
        taken.append(piece)
        octets += len(piece)
        if octets >= PIECE_OCTETS:
            break
    return b"".join(taken)
