"""HTTP/1.1 with strangers: uvicorn's protocol, bounded in bytes, in time and in the number of connections.

uvicorn itself reads a header, or trailers, of any length, and waits for them for any time.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

OVERHEAD_BYTES = 64 * 1024
"""What a request may hold beside its body: request line, header fields, chunk lines and trailers."""
REQUEST_SECONDS = 60.0
"""How long a request may take to come in, body included."""
CONNECTIONS = 4000
"""The most connections at once, listeners among them: process.py raises the limit of open files."""


class Protocol(HttpToolsProtocol):
    """One client's connection."""

    request_seconds = REQUEST_SECONDS
    most_connections = CONNECTIONS
    _overhead = 0
    _received = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Unavailable", "There are too many connections")
        else:
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._received = len(data)
        super().data_received(data)
        self._overhead += len(data)
        if self._overhead > OVERHEAD_BYTES and not self.transport.is_closing():
            message = f"Header and trailers of a request may hold {OVERHEAD_BYTES} bytes"
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "TooLarge", message)

    def on_message_begin(self) -> None:
        # What came with these bytes may belong to the request before: it is not counted.
        self._overhead = -self._received
        self._await_request()
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        self._overhead -= len(body)
        if self.cycle is not None and not self.cycle.response_complete:
            # Chunks have a length line each: a body that is read may have as much beside it again.
            self._overhead -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_waiting()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST, "BadRequest", msg)

    def _await_request(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(self.request_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._refuse(
            HTTPStatus.REQUEST_TIMEOUT, "Timeout", f"A request has to come in within {self.request_seconds:g} s"
        )

    def _refuse(self, status: HTTPStatus, error: str, message: str) -> None:
        """Answer on the spot and hang up, unless an answer is under way: then only hang up."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = json.dumps({"error": error, "message": message}).encode()
            self.transport.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
                f"X-Content-Type-Options: nosniff\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                + body
            )
        self.transport.close()
