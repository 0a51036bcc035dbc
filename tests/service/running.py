"""The whole service as people start it: `python -m restante serve`, a process of its own on free ports."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.settings import environment
from tests.api.serving import KEY, Client

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
SECONDS = 60.0
"""Longer than anything here takes on a busy machine."""
_READY = "Restante is ready"


class Service:
    """A running service: its output so far, and where it listens."""

    def __init__(self, process: subprocess.Popen[str], data: Path) -> None:
        self.process = process
        self.data = data
        self.lines: list[str] = []
        self._arriving: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="output of the service")
        self._reader.start()

    @property
    def smtp(self) -> tuple[str, int]:
        """Where the SMTP server listens."""
        return self._address(r"SMTP +(\S+)")

    @property
    def http(self) -> tuple[str, int]:
        """Where the HTTP server listens."""
        return self._address(r"HTTP +http://(\S+)")

    @property
    def key(self) -> str | None:
        """The API key that was shown, if one was."""
        return next((line.split()[2] for line in self.lines if line.startswith("API key")), None)

    def client(self, key: str | None = KEY) -> Client:
        """A client of its API."""
        return Client(self.http, key=key)

    def wait_for(self, text: str) -> str:
        """The next line that holds this text; what came before it is in `lines`."""
        while True:
            line = self._arriving.get(timeout=SECONDS)
            if line is None:
                self._arriving.put(None)
                raise AssertionError(f"The service ended without saying {text!r}: {self.lines}")
            self.lines.append(line)
            if text in line:
                return line

    def children(self) -> list[int]:
        """The ids of its servers' processes, in the order in which they were started: at first SMTP, then HTTP."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def interrupt_group(self) -> int:
        """Do what Ctrl-C in a terminal does: SIGINT for every process at once; answers with the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.stop(signal.SIGINT)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send this signal, wait for the end, and answer with the exit code; all output is in `lines` then."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        while (line := self._arriving.get(timeout=SECONDS)) is not None:
            self.lines.append(line)
        self._arriving.put(None)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._arriving.put(line.rstrip("\n"))
        self.process.stdout.close()
        self._arriving.put(None)

    def _address(self, pattern: str) -> tuple[str, int]:
        found = next(match for line in self.lines if (match := re.match(pattern, line)))
        host, _, port = found[1].rpartition(":")
        return host.strip("[]"), int(port)


def command(*arguments: str | Path) -> Sequence[str]:
    """The command line of `restante` with these arguments."""
    return [sys.executable, "-W", "error", "-m", "restante", *map(str, arguments)]


def surroundings(data: Path, **values: str) -> dict[str, str]:
    """The environment of a command: ours without settings, then a data folder, free ports and these values."""
    ours = {name: value for name, value in environment().items() if not name.startswith("RESTANTE_")}
    free = {"RESTANTE_SMTP": "127.0.0.1:0", "RESTANTE_HTTP": "127.0.0.1:0", "RESTANTE_DATA": str(data)}
    return {**ours, "PYTHONUNBUFFERED": "1", **free, **values}


@contextmanager
def running(data: Path, **values: str) -> Iterator[Service]:
    """The service, ready, with that data folder and these environment variables; stopped at the end."""
    process = subprocess.Popen(
        command("serve"),
        cwd=ROOT,
        env=surroundings(data, **values),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    service = Service(process, data)
    try:
        service.wait_for(_READY)
        yield service
    finally:
        service.stop()
