"""The process that does the work that was put off, apart from receiving and answering."""

from __future__ import annotations

import logging
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from chalicelib.actions.handlers import HANDLERS
from chalicelib.actions.working import work
from chalicelib.errors import RestanteError
from restante.embedded.backend import EmbeddedBackend, backend_of
from restante.embedded.rendering import Renderer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.actions.working import Handler
    from chalicelib.mail.job import Job
    from chalicelib.settings import Settings

log = logging.getLogger(__name__)

THREADS = 32
"""Jobs that are under way at once: most of them wait for somebody else's server."""
LEASE_SECONDS = 120.0
"""Longer than any job may take: one that is leased for longer has lost its worker."""
LOOK_SECONDS = 1.0
"""How often it is looked for work that has become due; what is put is seen at once."""


class Worker:
    """Takes jobs and has them done by threads, until it is stopped."""

    def __init__(self, backend: EmbeddedBackend, handlers: Mapping[str, Handler] = HANDLERS) -> None:
        self._backend = backend
        self._handlers = handlers
        self._room = threading.Semaphore(THREADS)
        self._threads = ThreadPoolExecutor(THREADS, "job")
        self._stopped = threading.Event()

    def run(self) -> None:
        """Work until `stop` is called; jobs under way are finished."""
        while not self._stopped.is_set():
            try:
                taken = self._take()
            except RestanteError as error:
                log.warning("No work can be taken now: %s", error)
                taken = 0
            if not taken:
                self._backend.database.wait_for_change(LOOK_SECONDS)
        self._threads.shutdown(wait=True, cancel_futures=True)

    def stop(self) -> None:
        """Take no more jobs."""
        self._stopped.set()

    def _take(self) -> int:
        free = 0
        while free < THREADS and self._room.acquire(blocking=False):
            free += 1
        jobs: tuple[Job, ...] = ()
        try:
            jobs = self._backend.jobs.take(limit=free, lease=LEASE_SECONDS) if free else ()
        finally:
            if free > len(jobs):
                self._room.release(free - len(jobs))
        for job in jobs:
            self._threads.submit(self._do, job)
        return len(jobs)

    def _do(self, job: Job) -> None:
        try:
            work(self._backend, self._handlers, job)
        except RestanteError as error:
            # It could not be settled: its lease ends, and it comes again.
            log.warning("Job %s could not be settled: %s", job.id, error)
        finally:
            self._room.release()


def run(settings: Settings, ready: Callable[[], None]) -> None:
    """Do jobs until SIGTERM or SIGINT; calls `ready` once work is taken."""
    backend = backend_of(settings)
    backend.jobs.free()
    worker = Worker(backend)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: worker.stop())
    renderer = Renderer(backend)
    renderer.start()
    ready()
    worker.run()
    renderer.close()
