"""ministack: an AWS on this machine."""

from __future__ import annotations

import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.session import get_session

from chalicelib.settings import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".venv-infra" / "bin" / "ministack"
READY_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Ministack:
    """A ministack that runs."""

    port: int

    @property
    def url(self) -> str:
        """Where all its services answer."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """A client of one of its services."""
        return get_session().create_client(
            service,
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@contextmanager
def running(folder: Path) -> Iterator[Ministack]:
    """A ministack on a port of 127.0.0.1, which ends with the test."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    given = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "PATH": f"{PROGRAM.parent}:{environment().get('PATH', '')}",
        "HOME": str(folder),
    }
    with (folder / "ministack.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM], env=given, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(port, process)
            yield Ministack(port=port)
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(READY_SECONDS * 10):
        if process.poll() is not None:
            raise RuntimeError(f"ministack ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.1):
                return
        except OSError:
            # Wait, without sleeping, until it may be there.
            process_wait(process, 0.1)
    raise RuntimeError("ministack did not start")


def process_wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for so long, or for the end of the process."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
