"""Sending by the whole service: every mail of the corpus, and processes that are killed again and again.

To run the crashes alone: `pytest -n 0 tests/service/test_sending.py -k killed`.
"""

from __future__ import annotations

import base64
import json
import random
import re
import threading
from collections import Counter
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from chalicelib.mail.addresses import Address, domain_of, inbox_of, wire_address
from chalicelib.mail.bodies import read_content
from chalicelib.mail.dates import read_date
from chalicelib.mail.mime import parse
from chalicelib.mail.names import MailId
from chalicelib.mail.outgoing import Status
from chalicelib.mail.raw_submission import repair
from chalicelib.mail.structure import Role
from restante.embedded.backend import EmbeddedBackend
from tests.api.serving import KEY
from tests.sending.hostile_relay import HostileRelay, relaying
from tests.service.running import ROOT, SECONDS, Service, running
from tests.service.test_crash import Bomb

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.serving import Client

MAILS = sorted((ROOT.parent / "shared" / "corpus" / "mails").glob("*.eml"))
SEED = 20261124
CRASHES = 16
CLIENTS = 3
BACKLOG = 10
LANE = 4
"""Mails of one account that are under way at once: as many can be in the window when the worker is killed."""
NOON = read_date("Tue, 24 Nov 2026 12:00:00 +0000")


def _states(client: Client, sent: set[str]) -> dict[str, str]:
    """The state of each mail once none waits any more."""
    never = threading.Event()
    states: dict[str, str] = {}
    for _ in range(int(SECONDS * 10)):
        states, before = {}, ""
        while page := client.get(f"/api/outgoing-messages?limit=1000{before}").json:
            states |= {one["id"]: one["status"] for one in page}
            before = f"&before={page[-1]['id']}"
        if sent <= states.keys() and not {"queued", "delayed"} & set(states.values()):
            return states
        never.wait(0.1)
    raise AssertionError(f"mails are still waiting: {Counter(states.values())}")


def _contents(raw: bytes) -> list[tuple[Role, str | None, bytes]]:
    """What a reader sees. A mail with bare line ends cannot be sent with them."""
    return [
        (part.role, part.file_name, read_content(raw, part).replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n"))
        for part in parse(raw).parts
        if part.role is not Role.CONTAINER
    ]


def _send_raw(client: Client, raw: bytes) -> dict[str, Any]:
    assert NOON is not None
    named = repair(raw, date=NOON, message_id="1@x.dev", sender=Address("", "me@x.dev"))
    for sender in named.senders:
        made = client.tell("POST", "/api/domains", {"domain": domain_of(wire_address(sender))})
        assert made.status in (200, 409), made.body
    parts = {"raw": base64.b64encode(raw).decode(), "rawEncoding": "base64", "from": "me@x.dev", "to": "you@y.dev"}
    answered = client.tell("POST", "/api/outgoing-messages", parts)
    assert answered.status == 200, answered.body
    sent: dict[str, Any] = answered.json
    return sent


@pytest.mark.skipif(not MAILS, reason="the corpus, ../shared/corpus/mails, is not there")
def test_every_mail_of_the_corpus_arrives_as_it_was_sent(tmp_path: Path) -> None:
    settings = {"RESTANTE_SEND_RATE": "0", "RESTANTE_SEND_RECIPIENTS": "1000", "RESTANTE_KEEP_UNOWNED": "0"}
    with running(tmp_path, RESTANTE_API_KEY=KEY, **settings) as service:
        client = service.client()
        client.tell("POST", "/api/domains", {"domain": "x.dev"})
        sent = {path: _send_raw(client, path.read_bytes()) for path in MAILS}
        states = _states(client, {one["id"] for one in sent.values()})
        for path, one in sent.items():
            inbox = quote(inbox_of(one["to"][0]), safe="")
            arrived = client.get(f"/api/raw/{inbox}/{one['id']}-0").body
            assert _contents(arrived) == _contents(path.read_bytes()), path.name

    assert set(states.values()) == {"delivered"}
    assert len(sent) > 200


class _Sender:
    """Sends mails, asking again under the same key when the server dies, until it is told to stop."""

    def __init__(self, number: int, service: Service, relay: HostileRelay, stopped: threading.Event) -> None:
        self.accepted: dict[str, str] = {}
        self.faults: list[str] = []
        self._number = number
        self._client = service.client()
        self._relay = relay
        self._stopped = stopped
        self.thread = threading.Thread(target=self._run, name=f"client {number}")

    def _run(self) -> None:
        while not self._stopped.is_set():
            if len(self.accepted) > len(self._relay.taken) // CLIENTS + BACKLOG:
                # Enough is waiting for the worker: more would only make the test longer.
                self._stopped.wait(0.01)
                continue
            name = f"{self._number}-{len(self.accepted)}"
            body = json.dumps({"from": "me@x.dev", "to": "you@out.example", "subject": name, "text": "x" * 2000})
            headers = {"Content-Type": "application/json", "Idempotency-Key": name}
            while name not in self.accepted and not self.faults:
                try:
                    answered = self._client.ask("POST", "/api/outgoing-messages", headers=headers, body=body.encode())
                except (OSError, HTTPException):
                    # It was killed, perhaps after it had accepted the mail: the key makes it one.
                    continue
                if answered.status == 200:
                    self.accepted[name] = answered.json["id"]
                elif answered.status != 503:
                    self.faults.append(answered.text)
            if self.faults:
                return


def _crash_repeatedly(service: Service, bomb: Bomb) -> None:
    random_ = random.Random(SEED)
    smtp, http, worker = service.children()
    ids = {"HTTP server": http, "worker": worker}
    for number in range(CRASHES):
        name = "HTTP server" if number % 4 == 3 else "worker"
        bomb.arm(ids[name], random_.randrange(1, 60))
        assert bomb.went_off.wait(SECONDS), "nothing is sent"
        service.wait_for(f"The {name} ended unexpectedly, and was started again.")
        (ids[name],) = set(service.children()) - {smtp, *(ids[other] for other in ids if other != name)}


def _taken(relay: HostileRelay) -> Counter[str]:
    """How often each mail reached the relay, by its subject."""
    subjects = (re.search(rb"Subject: (\S+)", content) for _, _, content in relay.taken)
    return Counter(found[1].decode() for found in subjects if found)


def test_killed_processes_lose_no_accepted_mail_and_double_none_outside_the_window(tmp_path: Path) -> None:
    bomb, stopped = Bomb(), threading.Event()
    with relaying() as relay:
        relay.heard = lambda: bomb.sent(1)
        out = {
            "RESTANTE_RELAY": f"127.0.0.1:{relay.address[1]}",
            "RESTANTE_RELAY_TLS": "off",
            "RESTANTE_SEND_RATE": "0",
        }
        with running(tmp_path, RESTANTE_API_KEY=KEY, **out) as service:
            assert service.client().tell("POST", "/api/domains", {"domain": "x.dev"}).status == 200
            senders = [_Sender(number, service, relay, stopped) for number in range(CLIENTS)]
            for sender in senders:
                sender.thread.start()
            try:
                _crash_repeatedly(service, bomb)
            finally:
                stopped.set()
                for sender in senders:
                    sender.thread.join(SECONDS)
            accepted = {name: mail for sender in senders for name, mail in sender.accepted.items()}
            states = _states(service.client(), set(accepted.values()))

    taken = _taken(relay)
    backend = EmbeddedBackend(tmp_path)
    found = {name: backend.outbox.outgoing(MailId(mail)) for name, mail in accepted.items()}
    backend.database.close()
    tries = {name: one.version - 1 for name, one in found.items() if one is not None}
    # A try is noted before the relay is asked, and its end after: a mail whose end was noted is never tried again.
    assert [sender.faults for sender in senders] == [[]] * CLIENTS
    assert set(states.values()) == {Status.SENT.value}
    assert taken.keys() == accepted.keys() == tries.keys(), "a mail is lost, or one was sent that nobody asked for"
    assert {name: (taken[name], tries[name]) for name in taken if taken[name] > tries[name]} == {}
    assert sum(tries.values()) - len(tries) <= LANE * CRASHES
    assert sum(tries.values()) > len(tries), "no crash hit a mail under way"
    assert len(accepted) > CRASHES
