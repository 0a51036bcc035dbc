"""Asks a real server the example request of each operation, and keeps what it answers: docs/examples/answers.json.

Each request meets a server of its own content (tests/api/documented.py) at a stopped moment, so that one example does
not depend on another, and every answer comes again, byte for byte. What is drawn by chance in the store is normalised.
"""

from __future__ import annotations

import base64
import json
import re
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from chalicelib.actions.admitting import ensure_first_key
from restante.embedded.backend import EmbeddedBackend
from tests.api.documented import prepare
from tests.api.serving import KEY, Client, Stage, serving
from tools.reference.requests import ExampleRequest, example_requests
from tools.reference.scene import MOMENT, Entropy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.serving import Answered

RECORDING = Path(__file__).parents[2] / "docs" / "examples" / "answers.json"
URL = "http://127.0.0.1:8025"
"""The server's address as the reference shows it."""
_SHORTENED = {"GetOpenApi": ("openapi", "info", "servers")}
"""Answers too long to be shown, and what is shown of them."""
_CHANCE = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), URL),
    (re.compile(r"inbox-[0-9a-f]{40}@"), "inbox-2fd4e1c67a2d28fced849ee1bb76e7391b93eb12@"),
    (re.compile(r"signature=[0-9a-f]+"), "signature=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
)

Recorded = dict[str, Any]
"""`status`, `type`, and `json`, `text` or `base64`: what the body was."""


@contextmanager
def scene(stage: Stage, operation: str) -> Iterator[None]:
    """Put a backend on the stage in which this operation's example is true, for as long as the block lasts."""
    with TemporaryDirectory() as folder:
        backend = EmbeddedBackend(Path(folder) / "data", clock=lambda: MOMENT, entropy=Entropy())
        try:
            ensure_first_key(backend, KEY)
            prepare(backend, operation)
            stage.put_up(backend)
            yield
        finally:
            backend.close()


def normalised(text: str) -> str:
    """The text of an answer without what is another one each time."""
    for pattern, instead in _CHANCE:
        text = pattern.sub(instead, text)
    return text


def record() -> dict[str, Recorded]:
    """Operation → what it answers, now."""
    stage = Stage()
    recorded = {}
    with serving(stage) as address:
        client = Client(address, key=KEY)
        for request in example_requests():
            with scene(stage, request.operation):
                recorded[request.operation] = _recorded(request, _asked(client, request))
    return recorded


def _asked(client: Client, request: ExampleRequest) -> Answered:
    answered = client.tell(request.method, request.target, request.body, headers=request.headers)
    if not 200 <= answered.status < 300:
        raise ValueError(f"{request.operation} answered {answered.status}: {answered.text}")
    return answered


def _recorded(request: ExampleRequest, answered: Answered) -> Recorded:
    kind = answered.headers["content-type"] or ""
    made: Recorded = {"status": answered.status}
    if not answered.body:
        return made
    made["type"] = kind
    if kind == "application/json":
        made["json"] = shown(request.operation, json.loads(normalised(answered.text)))
    elif request.file:
        made["base64"] = base64.b64encode(answered.body).decode()
    else:
        made["text"] = normalised(answered.text)
    return made


def shown(operation: str, value: Any) -> Any:
    """What is shown of an answer: all of it, but of the few that are too long."""
    names = _SHORTENED.get(operation)
    return value if names is None else {name: value[name] for name in names}


def text_of(recorded: dict[str, Recorded]) -> str:
    """The recording as the text of its file."""
    return json.dumps(recorded, indent=1, ensure_ascii=False) + "\n"


def recording() -> dict[str, Recorded]:
    """What was recorded last."""
    read: dict[str, Recorded] = json.loads(RECORDING.read_text("utf-8"))
    return read


def main() -> None:
    """Record anew, and say whether anything changed."""
    text = text_of(record())
    if not RECORDING.exists() or RECORDING.read_text("utf-8") != text:
        RECORDING.parent.mkdir(parents=True, exist_ok=True)
        RECORDING.write_text(text, "utf-8")
        print(f"wrote {RECORDING.relative_to(Path.cwd()) if RECORDING.is_relative_to(Path.cwd()) else RECORDING}")


if __name__ == "__main__":
    main()
