"""Doing what was put off: a job is worked on, and settled by how that went."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from chalicelib.errors import RestanteError
from chalicelib.mail.job import GIVE_UP_AFTER, delay_before_retry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.mail.job import Job
    from chalicelib.ports import Backend

    Handler = Callable[[Backend, Job], None]

log = logging.getLogger(__name__)


class LaterError(Exception):
    """A handler's word that its job should be tried again; `delay` is in seconds, None for the usual back-off."""

    def __init__(self, reason: str, *, delay: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.delay = delay


class NeverError(Exception):
    """A handler's word that trying its job again makes no sense."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def work(backend: Backend, handlers: Mapping[str, Handler], job: Job) -> None:
    """Do a job that was taken, and settle it: done, to be tried again, or buried. Never raises for the job's sake."""
    handler = handlers.get(job.kind)
    if handler is None:
        backend.jobs.bury(job, reason=f"Nobody knows how to do {job.kind}")
        return
    try:
        handler(backend, job)
    except NeverError as never:
        backend.jobs.bury(job, reason=never.reason)
    except LaterError as later:
        _try_again(backend, job, later.reason, later.delay)
    except RestanteError as error:
        _try_again(backend, job, error.message, None)
    except Exception as error:
        log.exception("Job %s (%s) failed", job.id, job.kind)
        _try_again(backend, job, f"{type(error).__name__}: a mistake of ours", None)
    else:
        backend.jobs.finish(job)


def _try_again(backend: Backend, job: Job, reason: str, delay: float | None) -> None:
    jitter = int.from_bytes(backend.entropy(2), "big") / 65535
    wait = delay_before_retry(job.attempts, jitter) if delay is None else delay
    if (backend.now() - job.created).total_seconds() + wait > GIVE_UP_AFTER:
        backend.jobs.bury(job, reason=reason)
    else:
        backend.jobs.retry(job, delay=wait, reason=reason)
