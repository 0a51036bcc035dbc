"""The process that answers HTTP."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import uvicorn

from chalicelib.mail.blocking import Scope
from restante.embedded.backend import backend_of
from restante.embedded.door import Door
from restante.embedded.http.gate import Gate
from restante.embedded.http.protocol import Protocol
from restante.embedded.http.server import Server

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from chalicelib.settings import Settings
    from restante.embedded.backend import EmbeddedBackend


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # What is open for as long as anybody listens would be waited for.
        self._stopping()
        await super().shutdown(sockets)


def server_of(
    backend: EmbeddedBackend,
    ready: Callable[[], None],
    *,
    protocol: type[Protocol] = Protocol,
    gate: Gate | None = None,
) -> uvicorn.Server:
    """The HTTP server over this backend; calls `ready` once requests are answered."""
    server = Server(backend, gate)
    config = uvicorn.Config(
        server,
        http=protocol,
        lifespan="off",
        # Its lines are formatted as ours are, with the time.
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        # Clients have nothing to say; and to compress a frame for each listener costs more than it saves.
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
    )
    return _Uvicorn(config, ready, server.end_listening)


def run(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Answer HTTP on this listening socket until SIGTERM or SIGINT; calls `ready` once requests are answered."""
    _allow_many_connections()
    backend = backend_of(settings)
    door = Door(backend, Scope.API)
    gate = Gate(door, rate=settings.http_rate, key_rate=settings.http_key_rate)
    server_of(backend, ready, gate=gate).run(sockets=[listener])
    door.close()


def _allow_many_connections() -> None:
    # Each listener is a file to the system, and the usual soft limit of 1024 is for programs that use select().
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
