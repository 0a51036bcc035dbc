"""Fifty crashes of the SMTP server under load: what was acknowledged is there, once, and nothing is half there.

To run it alone: `pytest -n 0 tests/service/test_crash.py`. CRASH_SEED is printed when it fails.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import smtplib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.api.serving import KEY
from tests.cli.commands import run
from tests.service.running import SECONDS, Service, running
from tests.service.sending import ExactSender, as_received

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.serving import Client

CRASHES = 50
SENDERS = 4
SEED = 20260301
MOST_BYTES = 300_000
"""Between two crashes the senders hand over up to this many bytes: a handful of mails, the last of them cut off."""


@dataclass(slots=True)
class Bomb:
    """Kills a process once so many bytes have been sent, in the middle of whatever it is doing."""

    went_off: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _left: int = 0
    _target: int | None = None

    def arm(self, target: int, after: int) -> None:
        """Kill this process after that many bytes more."""
        with self._lock:
            self.went_off.clear()
            self._target, self._left = target, after

    def sent(self, count: int) -> None:
        """Bytes went out."""
        with self._lock:
            self._left -= count
            if self._target is not None and self._left <= 0:
                os.kill(self._target, signal.SIGKILL)
                self._target = None
                self.went_off.set()


class Sender:
    """Sends mails, each to two recipients, and notes which were acknowledged, until it is told to stop."""

    def __init__(self, number: int, service: Service, bomb: Bomb, stopped: threading.Event) -> None:
        self.sent: dict[str, bytes] = {}
        self.acknowledged: set[str] = set()
        self.faults: list[str] = []
        self._number = number
        self._random = random.Random(SEED + number)
        self._address = service.smtp
        self._bomb = bomb
        self._stopped = stopped
        self.thread = threading.Thread(target=self._run, name=f"sender {number}")

    @property
    def inboxes(self) -> tuple[str, str]:
        """Where its mails go."""
        return f"a{self._number}@x.dev", f"b{self._number}@x.dev"

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._send_on_one_connection()
            except smtplib.SMTPResponseException as error:
                # 421 and 451 are temporary; that any mail is refused for good is never right here.
                if error.smtp_code >= 500:
                    self.faults.append(str(error))
            except OSError:
                # The server died, perhaps while greeting: connect again.
                continue

    def _send_on_one_connection(self) -> None:
        with ExactSender(self._address, sent=self._bomb.sent) as smtp:
            while not self._stopped.is_set():
                name = f"{self._number}-{len(self.sent)}"
                self.sent[name] = content = _mail(name, self._random)
                smtp.transact(self.inboxes, content)
                self.acknowledged.add(name)


def _mail(name: str, random_: random.Random) -> bytes:
    # Mostly small, so that many are being kept at once; some so large that they are kept in another way.
    body = random_.randbytes(random_.choice([10, 300, 300, 300, 20_000, 60_000])).hex().encode()
    lines = b"\r\n".join(body[start : start + 900] for start in range(0, len(body), 900))
    return b"Subject: " + name.encode() + b"\r\n\r\n" + lines + b"\r\n"


def _crash_repeatedly(service: Service, bomb: Bomb) -> None:
    random_ = random.Random(SEED)
    smtp, *others = service.children()
    for _ in range(CRASHES):
        bomb.arm(smtp, random_.randrange(1, MOST_BYTES))
        assert bomb.went_off.wait(SECONDS), "the senders send nothing"
        service.wait_for("The SMTP server ended unexpectedly, and was started again.")
        (smtp,) = set(service.children()) - set(others)


def _listed(client: Client, inbox: str) -> dict[str, dict[str, Any]]:
    """The messages of an inbox by subject; each must be there once."""
    found: dict[str, dict[str, Any]] = {}
    until = "9999-12-31T00:00:00Z"
    while page := client.get(f"/api/addresses/{inbox}/messages?limit=1000&until={until}").json:
        for message in page:
            assert message["subject"] not in found, f"{message['subject']} is twice in {inbox}"
            found[message["subject"]] = message
        until = page[-1]["received"]
    assert client.get(f"/api/addresses/{inbox}/message-count").json["count"] == len(found)
    return found


def _check(client: Client, sender: Sender) -> None:
    first, second = (_listed(client, inbox) for inbox in sender.inboxes)
    assert sender.faults == []
    assert sender.acknowledged <= first.keys(), "an acknowledged mail is lost"
    assert first.keys() == second.keys(), "a mail is there for one of its recipients only"
    assert first.keys() <= sender.sent.keys()
    for found, inbox in ((first, sender.inboxes[0]), (second, sender.inboxes[1])):
        for name, message in found.items():
            sent = as_received(sender.sent[name])
            raw = client.get(f"/api/raw/{inbox}/{message['_id']}").body
            assert hashlib.sha256(raw[-len(sent) :]).digest() == hashlib.sha256(sent).digest(), f"{name} is damaged"
            assert len(raw) == message["size"]


def test_fifty_crashes_lose_nothing_and_leave_nothing_by_halves(tmp_path: Path) -> None:
    bomb, stopped = Bomb(), threading.Event()
    with running(tmp_path, RESTANTE_API_KEY=KEY) as service:
        senders = [Sender(number, service, bomb, stopped) for number in range(SENDERS)]
        for sender in senders:
            sender.thread.start()
        try:
            _crash_repeatedly(service, bomb)
        finally:
            stopped.set()
            for sender in senders:
                sender.thread.join(SECONDS)

        for sender in senders:
            _check(service.client(), sender)
        reindexed = run(tmp_path, "reindex")

    kept = sum(len(sender.acknowledged) for sender in senders)
    seen, rest = reindexed.out.split(" ", 1)
    assert rest == "mails looked at, 0 written anew.\n"
    assert int(seen) >= kept > CRASHES
    assert sum(len(sender.sent) for sender in senders) > kept, "no crash hit a mail under way"
