"""The parent of the embedded world's processes: it opens the sockets, starts the servers, and starts them again.

Receiving and answering share no process: a flood at one door leaves the other alone.
"""

from __future__ import annotations

import errno
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from chalicelib.actions.admitting import ensure_first_key
from chalicelib.actions.discarding import sweep
from chalicelib.errors import RestanteError, Unavailable
from chalicelib.settings import HostPort
from restante.embedded import worker
from restante.embedded.backend import EmbeddedBackend, backend_of
from restante.embedded.http import process as http
from restante.embedded.recovery import recover
from restante.embedded.smtp import process as smtp
from restante.embedded.starting import CannotStartError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess
    from types import FrameType

    from chalicelib.settings import Settings
    from restante.embedded.backend import EmbeddedBackend

_START_SECONDS = 30.0
_STOP_SECONDS = 20.0
_RETRY_SECONDS = 1.0
_BACKLOG = 1024
# Children inherit open sockets and loaded code; nothing here has threads or open connections when it forks.
_PROCESSES = multiprocessing.get_context("fork")


@dataclass(slots=True)
class _Child:
    name: str
    target: Callable[..., None]
    listener: socket.socket | None = None
    process: BaseProcess | None = None


class Supervisor:
    """Runs the servers until it is told to stop."""

    def __init__(self, settings: Settings, *, announce: Callable[[str], None]) -> None:
        self._settings = settings
        self._announce = announce
        self._stopping = False

    def run(self) -> int:
        """Start, announce the addresses, and wait; answers with the exit code. Raises CannotStartError."""
        with ExitStack() as listening:
            children = [
                _Child("SMTP server", smtp.run, listening.enter_context(_listen(self._settings.smtp, "RESTANTE_SMTP"))),
                _Child("HTTP server", http.run, listening.enter_context(_listen(self._settings.http, "RESTANTE_HTTP"))),
                _Child("worker", worker.run),
            ]
            # Where the system chose the port, only the socket knows it.
            self._settings = replace(self._settings, smtp=_place(children[0].listener, self._settings.smtp))
            self._prepare()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self._stop)
            try:
                for child in children:
                    self._start(child)
                self._welcome(children, self._first_key())
                self._watch(children)
            finally:
                _end(children)
        return 0

    def _prepare(self) -> None:
        data = self._settings.data
        try:
            with self._backend() as backend:
                # SQLite in a folder that cannot be written would be found out only by the first mail.
                tempfile.TemporaryFile(dir=data).close()
                recover(backend)
                sweep(backend)
        except OSError as error:
            raise CannotStartError(f"The data folder {data} cannot be written: {error.strerror}") from None
        except Unavailable as error:
            raise CannotStartError(f"The data folder {data} cannot be used: {error}") from None

    @contextmanager
    def _backend(self) -> Iterator[EmbeddedBackend]:
        backend = backend_of(self._settings)
        try:
            yield backend
        finally:
            # A connection of SQLite must not be carried over a fork (https://sqlite.org/howtocorrupt.html, 2.6).
            backend.close()

    def _first_key(self) -> str | None:
        # Made when all else has gone well: a start that fails must not use up the one time that it is shown.
        with self._backend() as backend:
            made = ensure_first_key(backend, self._settings.api_key)
        return made if self._settings.api_key is None else None

    def _start(self, child: _Child) -> None:
        ready = _PROCESSES.Event()
        child.process = _PROCESSES.Process(
            target=_run_child, args=(child.target, self._settings, child.listener, ready.set), name=child.name
        )
        child.process.start()
        deadline = time.monotonic() + _START_SECONDS
        while not ready.wait(0.05) and not self._stopping:
            if not child.process.is_alive() or time.monotonic() > deadline:
                raise CannotStartError(f"The {child.name} did not start")

    def _welcome(self, children: list[_Child], first_key: str | None) -> None:
        smtp_at, http_at = (_address(child.listener) for child in children if child.listener is not None)
        self._announce(f"SMTP     {smtp_at}")
        self._announce(f"HTTP     http://{http_at}")
        self._announce(f"Data     {self._settings.data.resolve()}")
        if first_key is not None:
            self._announce(f"API key  {first_key}   (kept as a digest only: it is not shown again)")
            # What stands after "#" is not sent to any server; the page takes it out of the address at once.
            self._announce(f"Page     http://{http_at}/#key={quote(first_key, safe='')}")
        self._announce("Restante is ready. Stop it with Ctrl-C.")

    def _watch(self, children: list[_Child]) -> None:
        while not self._stopping:
            for child in children:
                if child.process is not None and not child.process.is_alive() and not self._stopping:
                    self._restart(child)
            sentinels = [child.process.sentinel for child in children if child.process is not None]
            multiprocessing.connection.wait(sentinels, timeout=0.5)

    def _restart(self, child: _Child) -> None:
        try:
            with self._backend() as backend:
                # Mail that it had kept and not yet indexed when it died.
                recover(backend)
            self._start(child)
        except (CannotStartError, RestanteError) as error:
            # The other server works on: what keeps this one down (a full disk) may pass.
            self._announce(f"{_now()} The {child.name} ended unexpectedly, and cannot be started again: {error}")
            multiprocessing.connection.wait([], timeout=_RETRY_SECONDS)
        else:
            self._announce(f"{_now()} The {child.name} ended unexpectedly, and was started again.")

    def _stop(self, _: int, __: FrameType | None) -> None:
        self._stopping = True


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _run_child(
    target: Callable[..., None], settings: Settings, listener: socket.socket | None, ready: Callable[[], None]
) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, name="watching the parent", daemon=True).start()
    if listener is None:
        target(settings, ready)
    else:
        target(settings, listener, ready)


def _end_with_parent() -> None:
    """Stop this process once its parent is gone: an orphan would hold the port, with nobody to stop it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _end(children: list[_Child]) -> None:
    processes = [child.process for child in children if child.process is not None]
    for process in processes:
        if process.is_alive():
            process.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()


def _listen(at: HostPort, setting: str) -> socket.socket:
    with ExitStack() as opened:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                at.host, at.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listener = opened.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, at.host != "::")
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError as error:
            reason = "the port is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
            hint = f"Choose another with {setting}=HOST:PORT"
            raise CannotStartError(f"Cannot listen on {at}: {reason}. {hint}") from None
        opened.pop_all()
        return listener


def _place(listener: socket.socket | None, asked: HostPort) -> HostPort:
    return asked if listener is None else HostPort(asked.host, listener.getsockname()[1])


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
