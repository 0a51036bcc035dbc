"""A real Valkey or Redis server, and a proxy before it that can be slow."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from chalicelib.settings import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_SECONDS = 20.0


def server_program() -> str:
    """The server that is here; a test without one is skipped, and fails where CI is set."""
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        if environment().get("CI"):
            pytest.fail("valkey-server or redis-server is not on the PATH")
        pytest.skip("valkey-server or redis-server is not on the PATH")
    return found


class Server:
    """The server on a port of its own, which keeps nothing over a restart."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._program = server_program()
        self._folder = folder
        self._options = options
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Its URL, as the setting has it."""
        return f"valkey://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [*command, "--dir", str(self._folder), *self._options], stdout=subprocess.DEVNULL
        )
        pause = threading.Event()
        for _ in range(int(START_SECONDS / 0.02)):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(b"PING\r\n")
                if connection.recv(64).startswith(b"+PONG"):
                    return
            pause.wait(0.02)
        pytest.fail("the server did not start")

    def stop(self) -> None:
        """Kill it, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def server(folder: Path, *options: str) -> Iterator[Server]:
    """A server that runs until the block ends."""
    made = Server(folder, *options)
    made.start()
    try:
        yield made
    finally:
        made.stop()


class SlowProxy:
    """Stands before a server, and holds each answer back for so many seconds, or until `let_go` is called."""

    def __init__(self, port: int, seconds: float) -> None:
        self._target = port
        self._seconds = seconds
        self._released = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.asked = 0
        self.answered = 0
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    @property
    def endpoint(self) -> str:
        """Its URL, as the setting has it."""
        return f"valkey://127.0.0.1:{self.port}"

    def let_go(self) -> None:
        """Be as fast as the server from now on."""
        self._released.set()

    def close(self) -> None:
        """End it, with its connections."""
        self.let_go()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(20)

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]  # any of ours
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as upstream, suppress(OSError):
            while asked := client.recv(1 << 20):
                self.asked += 1
                upstream.sendall(asked)
                answer = upstream.recv(1 << 20)
                self._released.wait(self._seconds)
                self.answered += 1
                client.sendall(answer)
