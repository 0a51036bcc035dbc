"""A real SMTP server on loopback, in a thread, before a backend or any other keeper of mail."""

from __future__ import annotations

import asyncio
import functools
import smtplib
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import uvloop

from chalicelib.actions.receiving import receive
from restante.embedded.smtp.certificate import tls_context
from restante.embedded.smtp.committing import GroupCommit
from restante.embedded.smtp.server import Server
from restante.embedded.smtp.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from restante.embedded.backend import EmbeddedBackend
    from restante.embedded.door import Door
    from restante.embedded.smtp.committing import Keep
    from restante.embedded.smtp.connection import Patience
    from restante.embedded.smtp.guard import Guard

SECONDS = 30.0
"""Longer than anything here takes on a busy machine."""


class Running:
    """A server that runs: where it listens, and how to stop it."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.host, self.port = listener.getsockname()[:2]
        self.terms = Terms()
        self.guard: Guard | None = None
        self.door: Door | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_told_to_stop = asyncio.Event()
        self._is_ready = threading.Event()

    def smtplib(self) -> smtplib.SMTP:
        """A client of the standard library, connected."""
        return smtplib.SMTP(self.host, self.port, timeout=SECONDS)

    def connect(self) -> socket.socket:
        """A plain connection."""
        return socket.create_connection((self.host, self.port), timeout=SECONDS)

    def begin_to_stop(self) -> None:
        """Tell the server to stop; it may have stopped already, as a test told it to."""
        assert self._loop is not None
        # A closed loop is known by the error alone: asking first leaves a moment for it to close in.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._is_told_to_stop.set)

    def wait_until_ready(self) -> None:
        assert self._is_ready.wait(SECONDS)

    async def serve(self, folder: Path, keep: Keep, patience: Patience | None, most: int) -> None:
        self._loop = asyncio.get_running_loop()
        committing = GroupCommit(keep, self._loop.call_soon_threadsafe)
        server = Server(
            self.terms,
            committing.submit,
            certificate=tls_context(folder, self.terms.hostname),
            patience=patience,
            most=most,
            guard=self.guard,
        )
        if self.door is not None:
            self.door.when_changed(lambda: self._loop and self._loop.call_soon_threadsafe(server.cut_off))
        await server.start([self.listener])
        self._is_ready.set()
        await self._is_told_to_stop.wait()
        await server.stop()
        committing.close()


@contextmanager
def serving(
    folder: Path,
    keep: Keep | EmbeddedBackend,
    *,
    terms: Terms | None = None,
    patience: Patience | None = None,
    most: int = 1000,
    host: str = "127.0.0.1",
    guard: Guard | None = None,
    door: Door | None = None,
) -> Iterator[Running]:
    """A server whose mail is kept by this function or backend, until the block ends."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        running = Running(listener)
        running.terms = terms or running.terms
        running.guard, running.door = guard, door
        keeping = keep if callable(keep) else functools.partial(receive, keep)
        thread = threading.Thread(
            target=lambda: uvloop.run(running.serve(folder, keeping, patience, most)), name="SMTP server"
        )
        thread.start()
        try:
            running.wait_until_ready()
            yield running
        finally:
            running.begin_to_stop()
            thread.join(SECONDS)
            assert not thread.is_alive()


def hear(connection: socket.socket) -> bytes:
    """Everything that is said until the other side closes."""
    heard = bytearray()
    while piece := connection.recv(65536):
        heard += piece
    return bytes(heard)


def hear_line(connection: socket.socket) -> bytes:
    """What is said up to the end of a line."""
    heard = bytearray()
    while not heard.endswith(b"\n"):
        piece = connection.recv(1)
        if not piece:
            break
        heard += piece
    return bytes(heard)
