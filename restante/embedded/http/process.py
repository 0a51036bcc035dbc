"""The process that answers HTTP."""

from __future__ import annotations

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
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def server_of(
    backend: EmbeddedBackend,
    ready: Callable[[], None],
    *,
    protocol: type[Protocol] = Protocol,
    gate: Gate | None = None,
) -> uvicorn.Server:
    """The HTTP server over this backend; calls `ready` once requests are answered."""
    config = uvicorn.Config(
        Server(backend, gate),
        http=protocol,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    return _Uvicorn(config, ready)


def run(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Answer HTTP on this listening socket until SIGTERM or SIGINT; calls `ready` once requests are answered."""
    backend = backend_of(settings)
    door = Door(backend, Scope.API)
    gate = Gate(door, rate=settings.http_rate, key_rate=settings.http_key_rate)
    server_of(backend, ready, gate=gate).run(sockets=[listener])
    door.close()
