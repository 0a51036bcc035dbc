"""Group commit: mails that are finished while others are being written are kept together, with one wait for the disk.

While one batch is written the next gathers, so that the price of durability is paid once a batch. Two threads keep:
while one waits for the disk, the other finds out what is in its mails.
"""

from __future__ import annotations

import logging
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.actions.receiving import Arrival
    from chalicelib.mail.message import Receipt

    Keep = Callable[[Sequence[Arrival]], Sequence[Receipt]]
    Answer = Callable[[Receipt | None], None]

log = logging.getLogger(__name__)

THREADS = 2
"""Threads that keep batches. More do not help: Python runs one at a time, and batches get smaller."""
LINGER_SHARE = 0.25
"""A batch stays open for this share of the time that the one before took: senders that were answered together come
back together, and one wait for a slow disk serves them all."""
LINGER_SECONDS = 0.01
"""And never longer than this."""
BATCH_MAILS = 200
"""Mails of one batch at most."""
BATCH_BYTES = 8 * 1024**2
"""A batch is closed once it holds this many bytes: keeping makes one more copy of it."""


class GroupCommit:
    """Keeps mails in batches, on threads of its own.

    `keep` is called on those threads, and returns when all mails of the batch are safe. Answers are given through
    `post`, which has to be safe to call from any thread (as loop.call_soon_threadsafe is).
    """

    def __init__(self, keep: Keep, post: Callable[[Callable[[], None]], object], *, threads: int = THREADS) -> None:
        self._keep = keep
        self._post = post
        self._queue: SimpleQueue[tuple[Arrival, Answer] | None] = SimpleQueue()
        self._seconds = 0.0
        self._threads = [
            threading.Thread(target=self._run, name=f"group commit {number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, arrival: Arrival, answer: Answer) -> None:
        """Have this mail kept; `answer` gets its receipt, or None when it could not be kept."""
        self._queue.put((arrival, answer))

    def close(self) -> None:
        """Keep what was submitted before, then end the threads."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, ends = self._gather(first)
            began = time.monotonic()
            self._keep_batch(batch)
            self._seconds = time.monotonic() - began
            if ends:
                return

    def _gather(self, first: tuple[Arrival, Answer]) -> tuple[list[tuple[Arrival, Answer]], bool]:
        batch, octets = [first], len(first[0].content)
        closing = time.monotonic() + min(LINGER_SECONDS, self._seconds * LINGER_SHARE)
        while len(batch) < BATCH_MAILS and octets < BATCH_BYTES:
            try:
                following = self._queue.get(timeout=max(0.0, closing - time.monotonic()))
            except Empty:
                break
            if following is None:
                return batch, True
            batch.append(following)
            octets += len(following[0].content)
        return batch, False

    def _keep_batch(self, batch: Sequence[tuple[Arrival, Answer]]) -> None:
        receipts = self._receipts_of([arrival for arrival, _ in batch])

        def give_answers() -> None:
            for (_, answer), receipt in zip(batch, receipts, strict=True):
                answer(receipt)

        self._post(give_answers)

    def _receipts_of(self, arrivals: Sequence[Arrival]) -> Sequence[Receipt | None]:
        try:
            return self._keep(arrivals)
        except Unavailable as error:
            log.error("Mail cannot be kept now: %s", error)  # noqa: TRY400 - the text says it all, and comes often
        except Exception:
            log.exception("A batch of mail could not be kept")
            if len(arrivals) > 1:
                # One mail that we fail on must not hold up those that came with it.
                return [self._receipts_of([arrival])[0] for arrival in arrivals]
        return [None] * len(arrivals)
