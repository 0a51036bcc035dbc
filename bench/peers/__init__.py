"""The servers that benchmarks compare, ours among them: found, started on free loopback ports, and stopped again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chalicelib.settings import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).parents[2]
KEY = "benchmark-key"
RECIPIENT = "bench@restante.test"
START_SECONDS = 60.0
STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A server that can be started: its command for two ports and a folder, and how its mails are counted."""

    name: str
    command: Callable[[int, int, Path], list[str]]
    variables: Callable[[int, int, Path], Mapping[str, str]]
    ready: str
    count: Callable[[int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that was started and answers."""

    program: Program
    process: subprocess.Popen[bytes]
    smtp: int
    http: int

    def count(self) -> int:
        """How many mails can be read over its HTTP API."""
        return self.program.count(self.http)

    def peak_memory(self) -> dict[int, float]:
        """The most memory that each of its processes has had so far, in MiB, by process id (Linux)."""
        return {pid: _peak_memory(pid) for pid in _family(self.process.pid)}


def restante() -> Program:
    """Ours, as `restante serve` starts it, durable as always."""
    return Program(
        name="Restante",
        command=lambda _smtp, _http, _folder: [sys.executable, "-m", "restante", "serve"],
        variables=lambda smtp, http, folder: {
            "RESTANTE_SMTP": f"127.0.0.1:{smtp}",
            "RESTANTE_HTTP": f"127.0.0.1:{http}",
            "RESTANTE_DATA": str(folder),
            "RESTANTE_API_KEY": KEY,
            # All mail goes to one inbox, and all of it is counted.
            "RESTANTE_KEEP_UNOWNED": "0",
        },
        ready="/api/health",
        count=lambda http: int(
            _json(http, f"/api/addresses/{quote(RECIPIENT)}/message-count", {"Mailsac-Key": KEY})["count"]
        ),
    )


def mailpit() -> Program | None:
    """Mailpit, if it is on the PATH or in ~/go/bin, keeping every mail in a database file."""
    found = shutil.which("mailpit") or shutil.which("mailpit", path=str(Path.home() / "go" / "bin"))
    if found is None:
        return None
    return Program(
        name="Mailpit",
        command=lambda smtp, http, folder: [
            found,
            *("--smtp", f"127.0.0.1:{smtp}"),
            *("--listen", f"127.0.0.1:{http}"),
            *("--database", str(folder / "mailpit.db")),
            *("--max", "0"),
            "--smtp-disable-rdns",
            "--disable-version-check",
            "--quiet",
        ],
        variables=lambda _smtp, _http, _folder: {},
        ready="/api/v1/info",
        count=lambda http: int(_json(http, "/api/v1/info")["Messages"]),
    )


def maildev() -> Program | None:
    """MailDev, if it is installed (`npm ci` in bench/peers), on the PATH, or named by RESTANTE_BENCH_MAILDEV."""
    named = environment().get("RESTANTE_BENCH_MAILDEV")
    local = Path(__file__).parent / "node_modules" / ".bin"
    found = named or shutil.which("maildev", path=str(local)) or shutil.which("maildev")
    if found is None:
        return None
    return Program(
        name="MailDev",
        command=lambda smtp, http, folder: [
            found,
            *("--smtp", str(smtp), "--ip", "127.0.0.1"),
            *("--web", str(http), "--web-ip", "127.0.0.1"),
            *("--mail-directory", str(folder)),
            "--silent",
        ],
        variables=lambda _smtp, _http, _folder: {},
        ready="/api/healthz",
        count=lambda http: int(_json(http, "/api/email/summary?limit=1")["total"]),
    )


def all_programs() -> list[Program]:
    """Every server that is here, ours first; says of each that is not, in one line, how to get it."""
    programs = [restante()]
    for program, advice in (
        (maildev(), "MailDev is left out: run `npm ci` in bench/peers to install it."),
        (mailpit(), "Mailpit is left out: it is neither on the PATH nor in ~/go/bin."),
    ):
        if program is None:
            print(advice)
        else:
            programs.append(program)
    return programs


@contextmanager
def started(program: Program, folder: Path) -> Iterator[Running]:
    """The program, running on free ports with its data in this folder, until the block ends."""
    smtp, http = free_port(), free_port()
    process = subprocess.Popen(
        program.command(smtp, http, folder),
        env={**environment(), **program.variables(smtp, http, folder)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until_ready(program, process, http)
        yield Running(program=program, process=process, smtp=smtp, http=http)
    finally:
        _stop(process)


def free_port() -> int:
    """A loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Ask again and again until the answer is yes, for so long at most; says whether it was."""
    pause = threading.Event()
    for _ in range(int(seconds / every)):
        if condition():
            return True
        pause.wait(every)
    return condition()


def _wait_until_ready(program: Program, process: subprocess.Popen[bytes], http: int) -> None:
    def is_ready() -> bool:
        if process.poll() is not None:
            raise SystemExit(f"{program.name} ended with code {process.returncode} instead of starting")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{http}{program.ready}", timeout=5):
                return True
        except OSError:
            return False

    if not wait_for(is_ready, seconds=START_SECONDS, every=0.1):
        raise SystemExit(f"{program.name} did not start within {START_SECONDS:g} seconds")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Its session is its own: the group holds what it started and nothing else.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _json(http: int, path: str, headers: Mapping[str, str] | None = None) -> Any:
    request = urllib.request.Request(f"http://127.0.0.1:{http}{path}", headers=dict(headers or {}))
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(grandchild for child in children for grandchild in _family(int(child)))]


def _peak_memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
