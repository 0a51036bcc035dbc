"""The SMTP server: its connections, how many there may be, and its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from restante.embedded.smtp import replies
from restante.embedded.smtp.connection import Connection, Patience
from restante.embedded.smtp.guard import Guard

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Coroutine, Iterable

    from chalicelib.actions.receiving import Arrival
    from chalicelib.mail.message import Receipt
    from restante.embedded.smtp.terms import Terms

    Keep = Callable[[Arrival, Callable[[Receipt | None], None]], None]

BACKLOG = 1024
"""Connections that wait to be accepted."""


class Server:
    """Takes mail on listening sockets and hands it to `keep`, which answers with its receipt once it is safe.

    `most` is how many connections there may be at once; `guard` says who may hold one. Lives on the running event loop.
    """

    def __init__(
        self,
        terms: Terms,
        keep: Keep,
        *,
        certificate: ssl.SSLContext,
        patience: Patience | None = None,
        most: int = 1000,
        guard: Guard | None = None,
    ) -> None:
        self.terms = terms
        self.keep = keep
        self.certificate = certificate
        self.patience = patience or Patience()
        self.connections: set[Connection] = set()
        self._most = most
        self.guard = guard or Guard()
        self._loop = asyncio.get_running_loop()
        self.time = self._loop.time
        self._listening: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._deserted = asyncio.Event()
        self._is_stopping = False

    async def start(self, sockets: Iterable[socket.socket]) -> None:
        """Begin to take connections on these bound sockets."""
        for listening in sockets:
            server = await self._loop.create_server(lambda: Connection(self), sock=listening, backlog=BACKLOG)
            self._listening.append(server)
        self.in_background(self._watch_the_clock())

    async def stop(self) -> None:
        """Take no more connections; send idle clients away, and give mails under way the time to be kept."""
        self._is_stopping = True
        for server in self._listening:
            server.close()
        for connection in tuple(self.connections):
            connection.stop()
        if self.connections:
            try:
                await asyncio.wait_for(self._deserted.wait(), self.patience.stop)
            except TimeoutError:
                for connection in tuple(self.connections):
                    connection.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def refusal(self, ip: str, *, shut_out: bool) -> bytes | None:
        """The reply that refuses a new connection from this address, which may be none; None if it is welcome."""
        if shut_out:
            return self.guard.reply
        if self._is_stopping:
            return replies.SHUTTING_DOWN
        if len(self.connections) - self.guard.stalled >= self._most:
            return replies.TOO_MANY_CONNECTIONS
        return replies.TOO_MANY_OF_YOURS if self.guard.has_too_many(ip) else None

    def cut_off(self) -> None:
        """End the connections of clients that have been shut out since they came."""
        for connection in tuple(self.connections):
            if self.guard.shuts_out(connection.ip, counts=False):
                connection.shut_out()

    def remember(self, connection: Connection) -> None:
        """The connection has begun."""
        self.connections.add(connection)
        self.guard.remember(connection.ip)

    def forget(self, connection: Connection) -> None:
        """The connection is over."""
        if connection in self.connections:
            self.connections.remove(connection)
            self.guard.forget(connection.ip)
        if self._is_stopping and not self.connections:
            self._deserted.set()

    def in_background(self, work: Coroutine[None, None, None]) -> None:
        """Do this beside everything else, until the server stops."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch_the_clock(self) -> None:
        # One look at all connections is cheaper than a timer for each command.
        patience = self.patience
        pause = min(1.0, patience.command / 4, patience.data / 4, patience.mail / 4)
        while True:
            await asyncio.sleep(pause)
            now = self.time()
            for connection in tuple(self.connections):
                connection.check_time(now)
