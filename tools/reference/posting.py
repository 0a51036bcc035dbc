"""What a webhook is sent of the examples' mail: docs/examples/webhook.json. It is posted, but not over a network."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from chalicelib.actions.admitting import FIRST_ACCOUNT, Caller, ensure_first_key
from chalicelib.actions.handlers import HANDLERS
from chalicelib.actions.hooking import redeliver
from chalicelib.actions.working import work
from chalicelib.ports.hooks import Answer
from restante.embedded.backend import EmbeddedBackend
from tests.api.documented import HOOK, INBOX, prepare
from tests.api.serving import KEY
from tools.reference.recording import normalised
from tools.reference.scene import MESSAGE, MOMENT, Entropy

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNATURE = "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
PAYLOAD = Path(__file__).parents[2] / "docs" / "examples" / "webhook.json"


class Receiver:
    """A Messenger that keeps what it should post, and says that all was taken."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []

    def post(self, _: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """See ports.hooks.Messenger."""
        # The body has a link and a name that are drawn by chance, and the signature is over them.
        shown = {**headers, "webhook-signature": SIGNATURE}
        self.posted.append({"headers": shown, "body": json.loads(normalised(body.decode()))})
        return Answer(status=204, seconds=0.0)

    def never(self, _: str) -> None:
        """See ports.hooks.Messenger."""


def posted() -> str:
    """What is posted to the hook of the examples, headers and body, as the text of its file."""
    receiver = Receiver()
    with TemporaryDirectory() as folder:
        backend = EmbeddedBackend(Path(folder) / "data", clock=lambda: MOMENT, entropy=Entropy(), messenger=receiver)
        try:
            ensure_first_key(backend, KEY)
            prepare(backend, "Redeliver")
            owner = Caller(account=backend.directory.account(FIRST_ACCOUNT), ip="")
            told = redeliver(backend, owner, HOOK, INBOX, MESSAGE)
            for job in backend.jobs.take(limit=10, lease=60.0):
                if job.id == told:
                    work(backend, HANDLERS, job)
        finally:
            backend.close()
    (posted,) = receiver.posted
    return json.dumps(posted, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Post anew, and say whether anything changed."""
    text = posted()
    if not PAYLOAD.exists() or PAYLOAD.read_text("utf-8") != text:
        PAYLOAD.write_text(text, "utf-8")
        print(f"wrote {PAYLOAD.name}")
