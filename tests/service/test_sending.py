"""Sending by the whole service: every mail of the corpus, and a worker that is killed again and again.

To run the crashes alone: `pytest -n 0 tests/service/test_sending.py -k killed`.
"""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.mime import parse
from chalicelib.mail.structure import Role
from chalicelib.mail.transfer import decode
from tests.api.serving import KEY
from tests.service.running import ROOT, SECONDS, running

if TYPE_CHECKING:
    from tests.api.serving import Client

MAILS = sorted((ROOT.parent / "shared" / "corpus" / "mails").glob("*.eml"))
SEED = 20261124
CRASHES = 12
SENT = 150


def _wait_for_end(client: Client, sent: list[str]) -> dict[str, str]:
    """The state of each mail once no mail waits any more."""
    states: dict[str, str] = {}
    never = threading.Event()
    for _ in range(int(SECONDS * 20)):
        states = {one["id"]: one["status"] for one in client.get("/api/outgoing-messages?limit=1000").json}
        if all(states[one] not in ("queued", "delayed") for one in sent):
            return states
        never.wait(0.05)
    raise AssertionError(f"mails are still waiting: {Counter(states.values())}")


def _senders(raw: bytes) -> list[str]:
    """Whoever a mail claims to be from: each needs a domain of ours."""
    return []


def _contents(raw: bytes) -> list[tuple[Role, str | None, bytes]]:
    parts = [part for part in parse(raw).parts if part.role is not Role.CONTAINER]
    return [
        (part.role, part.file_name, _ended(decode(raw[part.body.start : part.body.end], part.transfer_encoding)))
        for part in parts
    ]


def _ended(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n")


@pytest.mark.skipif(not MAILS, reason="the corpus, ../shared/corpus/mails, is not there")
def test_every_mail_of_the_corpus_arrives_as_it_was_sent(tmp_path: Path) -> None:
    with running(tmp_path, RESTANTE_API_KEY=KEY, RESTANTE_SEND_RATE="0", RESTANTE_KEEP_SENT="off") as service:
        client = service.client()
        sent = [_send_raw(client, number, path.read_bytes()) for number, path in enumerate(MAILS)]
        states = _wait_for_end(client, sent)
        read = 0
        for number, path in enumerate(MAILS):
            inbox = f"mail{number}@there.example"
            (message,) = client.get(f"/api/addresses/{inbox}/messages").json
            arrived = client.get(f"/api/raw/{inbox}/{message['_id']}").body
            assert _contents(arrived) == _contents(path.read_bytes()), path.name
            read += 1

    assert set(states.values()) == {"delivered"}
    assert read == len(MAILS) > 200


def _send_raw(client: Client, number: int, raw: bytes) -> str:
    """Send a mail of the corpus to one inbox: its own recipients are named in fields that no longer count."""
