"""The examples of docs/websocket.md and docs/webhooks.md, run as they stand there against the whole service."""

from __future__ import annotations

import json
import queue
import re
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from chalicelib.settings import environment
from tests.api.serving import KEY
from tests.compat.test_client import HERE as NODE_FOLDER
from tests.compat.test_client import node
from tests.service.running import SECONDS, Service, running
from tests.service.sending import ExactSender

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["node"]

DOCS = Path(__file__).parents[2] / "docs"
INBOX = "bo@mail.example"


def example(page: str, language: str) -> str:
    """The one example of that language on a page."""
    found: str
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE)
    return str(found)


class Ran:
    """A program that runs, and the lines it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._process = process
        self._thread = threading.Thread(target=self._read, name="output of an example")
        self._thread.start()

    def line(self) -> str:
        """The next line."""
        return self._lines.get(timeout=SECONDS)

    def end(self) -> None:
        self._process.kill()
        self._process.wait(SECONDS)
        self._thread.join(SECONDS)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line.rstrip("\n"))
        self._lines.put("(ended)")


@contextmanager
def program(folder: Path, language: str, text: str, **values: str) -> Iterator[Ran]:
    """Run an example, with these variables in its environment."""
    if language == "javascript":
        (folder / "node_modules").symlink_to(NODE_FOLDER / "node_modules")
        interpreter, file = shutil.which("node") or "node", folder / "example.mjs"
    else:
        interpreter, file = sys.executable, folder / "example.py"
    file.write_text(text)
    process = subprocess.Popen(
        [interpreter, str(file)],
        env={**environment(), **values},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    ran = Ran(process)
    try:
        yield ran
    finally:
        ran.end()


@pytest.fixture(params=["python", "javascript"])
def language(request: pytest.FixtureRequest) -> str:
    if request.param == "javascript":
        request.getfixturevalue("node")
        if not (NODE_FOLDER / "node_modules" / "ws").exists():
            pytest.fail(f"{NODE_FOLDER}/node_modules is from an older package.json: remove it")
    return str(request.param)


def send(service: Service, subject: str) -> None:
    with ExactSender(service.smtp) as smtp:
        smtp.transact((INBOX,), f"To: {INBOX}\r\nSubject: {subject}\r\n\r\nHello.\r\n".encode())


def test_the_websocket_example_prints_the_subject(tmp_path: Path, language: str) -> None:
    with running(tmp_path / "data", RESTANTE_API_KEY=KEY) as service:
        service.client().tell("POST", f"/api/addresses/{INBOX}", {"enablews": True})
        host, port = service.http
        surroundings = {"RESTANTE_URL": f"http://{host}:{port}", "RESTANTE_KEY": KEY, "ADDRESS": INBOX}
        with program(tmp_path, language, example("websocket.md", language), **surroundings) as ran:
            first = ran.line()
            send(service, "For the example")
            second = ran.line()

    assert (first, second) == ("listening", "For the example")


def test_the_webhook_example_takes_what_is_signed_and_nothing_else(tmp_path: Path, language: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    name = f"127.0.0.1:{port}"
    with running(tmp_path / "data", RESTANTE_API_KEY=KEY, RESTANTE_HOOK_TARGETS=name) as service:
        client = service.client()
        client.tell("POST", f"/api/addresses/{INBOX}", {"webhook": f"http://{name}/"})
        (hook,) = client.get("/api/hooks").json
        surroundings = {"WEBHOOK_SECRET": hook["secret"], "PORT": str(port), "PYTHONWARNINGS": "ignore"}
        with program(tmp_path, language, example("webhooks.md", language), **surroundings) as ran:
            first = ran.line()
            send(service, "For the example")
            heard = ran.line()
            while heard.startswith("127.0.0.1 - -"):
                heard = ran.line()
            forged = _post(port, b'{"subject": "forged"}')

    assert (first, heard) == ("listening", "For the example")
    assert forged == 401


def _post(port: int, body: bytes) -> int:
    from contextlib import closing  # noqa: PLC0415 - used here alone
    from http.client import HTTPConnection  # noqa: PLC0415 - as above

    with closing(HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection:
        headers = {"webhook-id": "msg_1", "webhook-timestamp": "1700000000", "webhook-signature": "v1,AAAA"}
        connection.request("POST", "/", body, headers)
        return connection.getresponse().status


def test_a_service_with_listeners_stops_at_once(tmp_path: Path) -> None:
    from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - used here alone
    from websockets.sync.client import connect  # noqa: PLC0415 - as above

    with running(tmp_path / "data", RESTANTE_API_KEY=KEY) as service:
        service.client().tell("POST", f"/api/addresses/{INBOX}", {"enablews": True})
        host, port = service.http
        query = urlencode({"key": KEY, "addresses": INBOX})
        with connect(f"ws://{host}:{port}/incoming-messages?{query}") as listener:
            assert json.loads(listener.recv(SECONDS))["status"] == 200
            code = service.stop()
            with pytest.raises(ConnectionClosed):
                listener.recv(SECONDS)

    assert code == 0
    assert [line for line in service.lines if "rror" in line] == []
