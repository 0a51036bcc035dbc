"""Doing what was put off: a job is worked on, and settled by how that went."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.errors import RestanteError
from chalicelib.mail.job import GIVE_UP_AFTER, delay_before_retry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.mail.job import Job
    from chalicelib.ports import Backend

    Handler = Callable[[Backend, Job], None]

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How a job was settled."""

    DONE = "done"
    RETRIED = "retried"
    BURIED = "buried"


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


def work(backend: Backend, handlers: Mapping[str, Handler], job: Job) -> Outcome:
    """Do a job that was taken, and settle it; answers with how. Never raises for the job's sake."""
    handler = handlers.get(job.kind)
    if handler is None:
        return _bury(backend, job, f"Nobody knows how to do {job.kind}")
    try:
        handler(backend, job)
    except NeverError as never:
        return _bury(backend, job, never.reason)
    except LaterError as later:
        return _try_again(backend, job, later.reason, later.delay)
    except RestanteError as error:
        return _try_again(backend, job, error.message, None)
    except Exception as error:
        log.exception("Job %s (%s) failed", job.id, job.kind)
        return _try_again(backend, job, f"{type(error).__name__}: a mistake of ours", None)
    backend.jobs.finish(job)
    return Outcome.DONE


def _try_again(backend: Backend, job: Job, reason: str, delay: float | None) -> Outcome:
    jitter = int.from_bytes(backend.entropy(2), "big") / 65535
    wait = delay_before_retry(job.attempts, jitter) if delay is None else delay
    if (backend.now() - job.created).total_seconds() + wait > GIVE_UP_AFTER:
        return _bury(backend, job, reason)
    backend.jobs.retry(job, delay=wait, reason=reason)
    return Outcome.RETRIED


def _bury(backend: Backend, job: Job, reason: str) -> Outcome:
    backend.jobs.bury(job, reason=reason)
    return Outcome.BURIED
