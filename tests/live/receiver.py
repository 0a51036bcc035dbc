"""A receiver of webhooks on loopback, real and obedient: it answers what the test tells it to."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

SECONDS = 30.0
"""Longer than anything here takes on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A request that came."""

    path: str
    headers: Message
    body: bytes


@dataclass(slots=True)
class Receiver:
    """What came, in order, and what is answered: `statuses` are used up one by one, then 204 is."""

    port: int = 0
    posted: queue.SimpleQueue[Posted] = field(default_factory=queue.SimpleQueue)
    statuses: list[int] = field(default_factory=list)
    location: str = ""
    body: bytes = b""

    @property
    def name(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where it is posted to."""
        return f"http://{self.name}/mail"

    def next(self) -> Posted:
        """The next request that came."""
        return self.posted.get(timeout=SECONDS)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                # Whoever sent it was killed in the middle: nothing was told.
                self.close_connection = True
                return
            receiver.posted.put(Posted(path=self.path, headers=self.headers, body=body))
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="receiver")
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join(SECONDS)
