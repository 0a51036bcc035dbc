"""Fifty crashes of the worker under load: every job is done at least once, and none is lost.

To run it alone: `pytest -n 0 tests/service/test_jobs_crash.py`. SEED is printed when it fails.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from typing import TYPE_CHECKING

from tests.api.serving import KEY
from tests.live.receiver import receiving
from tests.service.running import SECONDS, running
from tests.service.sending import ExactSender

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.receiver import Receiver
    from tests.service.running import Service

CRASHES = 50
MAILS_A_CRASH = 4
SEED = 20261124
INBOX = "bo@x.dev"


class Told:
    """The subjects that the receiver heard, and a word for each new one."""

    def __init__(self, receiver: Receiver) -> None:
        self.times: dict[str, int] = {}
        self._receiver = receiver
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="told", daemon=True)
        self._thread.start()

    def wait_for(self, count: int) -> bool:
        """Wait until so many different ones were heard."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.times) >= count, SECONDS)

    def _run(self) -> None:
        while True:
            subject = json.loads(self._receiver.posted.get().body)["subject"]
            with self._changed:
                self.times[subject] = self.times.get(subject, 0) + 1
                self._changed.notify_all()


def _worker(service: Service, others: list[int]) -> int:
    (found,) = set(service.children()) - set(others)
    return found


def test_fifty_crashes_of_the_worker_forget_no_job(tmp_path: Path) -> None:
    random_ = random.Random(SEED)
    sent: list[str] = []
    with (
        receiving() as receiver,
        running(tmp_path, RESTANTE_API_KEY=KEY, RESTANTE_HOOK_TARGETS=receiver.name) as service,
    ):
        told = Told(receiver)
        client = service.client()
        assert client.tell("POST", f"/api/addresses/{INBOX}", {"webhook": receiver.url}).status == 200
        others = service.children()[:2]
        with ExactSender(service.smtp) as smtp:
            for crash in range(CRASHES):
                for number in range(MAILS_A_CRASH):
                    sent.append(f"{crash}-{number}")
                    smtp.transact((INBOX,), f"Subject: {sent[-1]}\r\n\r\nx\r\n".encode())
                # In the middle of whatever it is doing: some deliveries further on each time.
                assert told.wait_for(len(sent) - random_.randrange(MAILS_A_CRASH + 1))
                os.kill(_worker(service, others), signal.SIGKILL)
                service.wait_for("The worker ended unexpectedly, and was started again.")

        assert told.wait_for(len(sent)), f"seed {SEED}: never told of {sorted(set(sent) - told.times.keys())}"
        letters = client.get("/api/dead-letters").json

    assert set(sent) == told.times.keys()
    assert letters == []
    assert sum(told.times.values()) > len(sent), "no crash hit a job under way"
