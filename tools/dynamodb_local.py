"""Runs the contract suite against DynamoDB Local: moto forgives what DynamoDB refuses.

`python -m tools.dynamodb_local [pytest arguments]` needs Java 17 and Maven. Maven fetches DynamoDB Local (Amazon's own,
com.amazonaws:DynamoDBLocal on Maven Central) once, into build/dynamodb-local. The server listens on 127.0.0.1 while the
tests run, keeps everything in memory, and is ended with them.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.worlds import DYNAMODB_LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "dynamodb-local"
VERSION = "2.5.2"
FETCH_SECONDS = 900
START_SECONDS = 60
TEST_SECONDS = 1800
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>restante</groupId><artifactId>dynamodb-local</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>{VERSION}</version>
  </dependency></dependencies>
</project>
"""
_SERVER = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"


def main(arguments: list[str]) -> int:
    """Run the suite; answers with pytest's exit code, 2 when the server cannot be had."""
    java, maven = shutil.which("java"), shutil.which("mvn")
    if java is None or maven is None:
        print("DynamoDB Local needs java and mvn on the PATH")
        return 2
    with running(java, fetched(maven)) as endpoint:
        command = [sys.executable, "-m", "pytest", "tests/contract", "-k", "dynamodb-local", *arguments]
        environment = {**os.environ, DYNAMODB_LOCAL: endpoint}  # noqa: TID251 - handed on, not read
        # The arguments are those of whoever types them.
        done = subprocess.run(command, cwd=ROOT, env=environment, timeout=TEST_SECONDS, check=False)  # noqa: S603
        return done.returncode


def fetched(maven: str) -> Path:
    """The folder with DynamoDB Local's jars, fetched if it is not there."""
    jars = FOLDER / f"lib-{VERSION}"
    if not jars.is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "pom.xml").write_text(_POM)
        # To a folder of another name first: what was fetched in part is not taken for the whole.
        part = FOLDER / "part"
        subprocess.run(  # noqa: S603 - a command of ours
            [maven, "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={part}"],
            cwd=FOLDER,
            timeout=FETCH_SECONDS,
            check=True,
        )
        part.rename(jars)
    return jars


@contextmanager
def running(java: str, jars: Path) -> Iterator[str]:
    """DynamoDB Local on a free port of this machine; its endpoint."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [java, f"-Djava.library.path={jars}", "-cp", f"{jars}/*", _SERVER]
    # It writes a file about itself where it stands, and would tell Amazon how it is used.
    command += ["-inMemory", "-disableTelemetry", "-port", str(port)]
    with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:  # noqa: S603 - as above
        try:
            _wait_for(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    never = threading.Event()
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            never.wait(0.1)
        else:
            return
    raise SystemExit(f"DynamoDB Local did not start within {START_SECONDS} seconds")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
