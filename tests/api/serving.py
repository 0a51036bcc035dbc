"""The API as clients meet it: a real HTTP server on a free port, and a client that sends paths exactly as given."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, cast

from restante.embedded.http.process import server_of
from restante.embedded.http.protocol import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import Message

    from restante.embedded.backend import EmbeddedBackend
    from restante.embedded.http.gate import Gate

KEY = "k_0123456789abcdefghijklmnopqrstuv"
START_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a server answered with."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON value."""
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as UTF-8, strictly."""
        return self.body.decode("utf-8")


class Client:
    """An HTTP client; `key` goes along as the header Mailsac-Key."""

    def __init__(self, address: tuple[str, int], *, key: str | None = None) -> None:
        self.address = address
        self._key = key

    def ask(
        self, method: str, target: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answered:
        """Send one request; `target` goes out as it is. A header Mailsac-Key of "" stands for none."""
        sent = {"Mailsac-Key": self._key or "", **(headers or {})}
        with closing(HTTPConnection(*self.address, timeout=60)) as connection:
            connection.request(method, target, body, {name: value for name, value in sent.items() if value})
            response = connection.getresponse()
            return Answered(status=response.status, headers=response.headers, body=response.read())

    def tell(
        self, method: str, target: str, value: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answered:
        """Send one request with a JSON value as its body, when there is one."""
        body = None if value is None else json.dumps(value).encode()
        told = {**(headers or {}), "Content-Type": "application/json"} if body else dict(headers or {})
        return self.ask(method, target, headers=told, body=body)

    def get(self, target: str) -> Answered:
        """Ask with GET, and make sure that it went well."""
        answered = self.ask("GET", target)
        assert answered.status == 200, answered.body
        return answered

    def exchange(self, request: bytes, *, hang_up: bool = False) -> bytes:
        """Send these bytes as they are, and read until the server closes; with `hang_up`, say first that it is all."""
        with socket.create_connection(self.address, timeout=60) as connection:
            connection.sendall(request)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def serving(
    backend: EmbeddedBackend | Stage, *, protocol: type[Protocol] = Protocol, gate: Gate | None = None
) -> Iterator[tuple[str, int]]:
    """An HTTP server over this backend, on a thread of its own; gives its address."""
    ready = threading.Event()
    server = server_of(cast("EmbeddedBackend", backend), ready.set, protocol=protocol, gate=gate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), name="HTTP server")
        thread.start()
        try:
            assert ready.wait(START_SECONDS), "the HTTP server did not start"
            yield listener.getsockname()
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)


class Stage:
    """A backend that is whichever one is put up on it, so that tests with one each can share a server."""

    def __init__(self) -> None:
        self._backend: EmbeddedBackend | None = None

    def put_up(self, backend: EmbeddedBackend) -> None:
        """Be this backend from now on."""
        self._backend = backend

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)

    @property
    def _shown(self) -> EmbeddedBackend:
        assert self._backend is not None, "no backend was put up"
        return self._backend
