from __future__ import annotations

import threading
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.receiving import Arrival
from chalicelib.errors import Unavailable
from chalicelib.mail.message import Envelope, Receipt
from chalicelib.mail.names import MailId
from restante.embedded.smtp.committing import BATCH_BYTES, BATCH_MAILS, GroupCommit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SECONDS = 30.0


def mail(content: bytes = b"hello") -> Arrival:
    return Arrival(envelope=Envelope(sender="a@x.dev", recipients=("b@y.dev",)), content=content)


class Store:
    """Keeps mails in batches, once it is let; fails on some."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.batches: list[list[bytes]] = []
        self.tried = 0
        self.entered = threading.Semaphore(0)
        self.gate = threading.Event()
        self.is_down = False
        if is_open:
            self.gate.set()

    def keep(self, arrivals: Sequence[Arrival]) -> tuple[Receipt, ...]:
        self.tried += len(arrivals)
        self.entered.release()
        assert self.gate.wait(SECONDS)
        if self.is_down:
            raise Unavailable("The disk is full")
        if any(arrival.content == b"poison" for arrival in arrivals):
            raise ValueError("poison")
        self.batches.append([bytes(arrival.content) for arrival in arrivals])
        return tuple(
            Receipt(
                id=MailId(bytes(arrival.content).decode()),
                received=datetime(2026, 1, 1, tzinfo=UTC),
                envelope=arrival.envelope,
            )
            for arrival in arrivals
        )


class Post:
    """Takes the answers from the thread, as an event loop would."""

    def __init__(self, store: Store, *, threads: int = 1) -> None:
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.answers: dict[int, str | None] = {}
        self.committing = GroupCommit(store.keep, self._calls.put, threads=threads)

    def submit(self, arrival: Arrival) -> None:
        number = len(self.answers)
        self.answers[number] = "waits"
        self.committing.submit(arrival, lambda receipt: self.answers.update({number: receipt.id if receipt else None}))

    def finish(self) -> list[str | None]:
        self.committing.close()
        while not self._calls.empty():
            self._calls.get()()
        return list(self.answers.values())


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.gate.set()


def test_mails_that_arrive_while_one_is_written_are_kept_together(store: Store) -> None:
    store.gate.clear()
    post = Post(store)
    post.submit(mail(b"first"))
    assert store.entered.acquire(timeout=SECONDS)
    for name in (b"second", b"third", b"fourth"):
        post.submit(mail(name))
    store.gate.set()

    assert post.finish() == ["first", "second", "third", "fourth"]
    assert store.batches == [[b"first"], [b"second", b"third", b"fourth"]]


def test_a_batch_is_bounded_in_mails_and_in_bytes(store: Store) -> None:
    store.gate.clear()
    post = Post(store)
    post.submit(mail())
    assert store.entered.acquire(timeout=SECONDS)
    big = b"x" * (BATCH_BYTES // 2)
    for content in [b"x"] * (BATCH_MAILS + 1) + [big] * 3:
        post.submit(mail(content))
    store.gate.set()
    post.finish()

    assert [len(batch) for batch in store.batches] == [1, BATCH_MAILS, 3, 1]


def test_a_mail_that_fails_does_not_fail_those_beside_it(store: Store) -> None:
    store.gate.clear()
    post = Post(store)
    post.submit(mail(b"first"))
    assert store.entered.acquire(timeout=SECONDS)
    for name in (b"second", b"poison", b"fourth"):
        post.submit(mail(name))
    store.gate.set()

    assert post.finish() == ["first", "second", None, "fourth"]


def test_when_storage_is_down_nothing_is_acknowledged_and_each_mail_is_tried_once(store: Store) -> None:
    store.gate.clear()
    store.is_down = True
    post = Post(store)
    for name in (b"first", b"second", b"third"):
        post.submit(mail(name))
    store.gate.set()

    assert post.finish() == [None, None, None]
    assert store.tried == 3


def test_after_a_failure_mail_is_kept_again(store: Store) -> None:
    post = Post(store)
    post.submit(mail(b"poison"))
    assert store.entered.acquire(timeout=SECONDS)
    post.submit(mail(b"second"))

    assert post.finish() == [None, "second"]


def test_closing_keeps_what_was_submitted_before(store: Store) -> None:
    post = Post(store)
    names = [f"mail-{number}" for number in range(500)]
    for name in names:
        post.submit(mail(name.encode()))

    assert post.finish() == names


def test_with_two_threads_a_batch_does_not_wait_for_the_one_before(store: Store) -> None:
    store.gate.clear()
    post = Post(store, threads=2)
    post.submit(mail(b"first"))
    assert store.entered.acquire(timeout=SECONDS)
    post.submit(mail(b"second"))

    assert store.entered.acquire(timeout=SECONDS)
    store.gate.set()
    assert post.finish() == ["first", "second"]


def test_closing_ends_every_thread_after_what_was_submitted(store: Store) -> None:
    post = Post(store, threads=3)
    names = [f"mail-{number}" for number in range(500)]
    for name in names:
        post.submit(mail(name.encode()))

    assert post.finish() == names
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("group commit")]
