"""A receiver that hangs keeps nobody else's mail waiting, and a listener that does not read keeps no other."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from chalicelib.actions.watching import Ear
from chalicelib.mail.targets import TargetRules
from chalicelib.posting import HttpMessenger
from restante.embedded.http.change_watch import ChangeWatch
from restante.embedded.http.live import QUEUE, Listener, Live
from restante.embedded.worker import THREADS, Worker
from tests.api.mails import PLAIN, arrive
from tests.live.receiver import SECONDS
from tests.live.test_hostile_receivers import hostile

if TYPE_CHECKING:
    import socket

    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client
    from tests.live.receiver import Receiver


def _never_answers(_: socket.socket, ended: threading.Event) -> None:
    ended.wait(SECONDS)


def test_a_receiver_that_hangs_keeps_no_other_waiting(
    client: Client, backend: EmbeddedBackend, receiver: Receiver
) -> None:
    with hostile(_never_answers) as slow:
        backend.messenger = HttpMessenger(TargetRules(listed=frozenset({slow, receiver.name})), seconds=SECONDS)
        client.tell("POST", "/api/addresses/slow@x.dev", {"webhook": f"http://{slow}/"})
        client.tell("POST", "/api/addresses/quick@x.dev", {"webhook": receiver.url})
        for _ in range(THREADS + 8):
            arrive(backend, PLAIN, "slow@x.dev")
        arrive(backend, PLAIN, "quick@x.dev")
        worker = Worker(backend)
        thread = threading.Thread(target=worker.run, name="worker")
        thread.start()
        try:
            told = receiver.next()
            failed = [
                one["failure"]
                for hook in client.get("/api/hooks").json
                for one in client.get(f"/api/hooks/{hook['_id']}/deliveries").json
                if one["status"] is None
            ]
        finally:
            worker.stop()

    thread.join(SECONDS)
    assert told.body
    assert failed == [], "it was told only when the slow one had been given up"


def test_a_listener_that_does_not_read_is_sent_away_and_the_other_hears_all(backend: EmbeddedBackend) -> None:
    ear = Ear(account="ana", name="bo@x.dev")
    mails = QUEUE + 5

    async def listen() -> tuple[Listener, list[str]]:
        with ThreadPoolExecutor(1) as threads:
            live = Live(backend, ChangeWatch(backend.database.changes), threads)
            idle, reading = Listener(ears=[ear]), Listener(ears=[ear])
            await live.join(idle)
            await live.join(reading)
            heard = []
            for number in range(mails):
                for listener in live.listeners:
                    listener.tell(str(number), "frame")
                told = await reading.queue.get()
                heard.append(told[0] if told else "sent away")
            for listener in (idle, reading):
                live.leave(listener)
            assert live.listeners == set()
            await asyncio.sleep(0)
            return idle, heard

    idle, heard = asyncio.run(listen())

    assert heard == [str(number) for number in range(mails)]
    assert idle.is_too_slow
    assert idle.queue.get_nowait() is None
