"""Mail that has been kept long enough: by age, and by number, first in first out; starred mail stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.actions.discarding import BATCH, drop_oldest, sweep
from chalicelib.actions.routing import routes_of
from chalicelib.mail.ids import first_id_at
from chalicelib.mail.job import Job
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.mail.message import Message
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

EXPIRY = "expiry"
"""The kind of job that lets go of what is old, BATCH messages a job: the next one is put before it ends."""


def plan_expiry(backend: Backend) -> None:
    """Put the job that lets go of what is old; within a minute, doing this again changes nothing."""
    now = backend.now()
    job = Job(id=f"{EXPIRY}:{now:%Y-%m-%dT%H:%M}", kind=EXPIRY, created=now, payload={"round": 1}, lane=EXPIRY)
    backend.jobs.put([job])


def let_go(backend: Backend, job: Job) -> None:
    """Do a job of kind "expiry": sweep up what a crash left over, and delete some of what is old.

    Where there may be more, another job follows; if this one breaks off, it comes again and goes on from there.
    """
    sweep(backend)
    if expire(backend, most=BATCH) < BATCH:
        return
    number = job.payload["round"] + 1
    planned = job.id.rpartition("#")[0] or job.id
    following = replace(job, id=f"{planned}#{number}", created=backend.now(), payload={"round": number}, attempts=0)
    backend.jobs.put([following])


def expire(backend: Backend, *, most: int | None = None) -> int:
    """Delete what is older than the policy keeps, `most` messages of it; answers with how many there were."""
    days = backend.policy.keep_days
    if days is None:
        return 0
    return drop_oldest(backend, None, before=first_id_at(backend.now() - timedelta(days=days)), most=most)


def trim(backend: Backend, recipients: Iterable[str]) -> int:
    """Delete what the inboxes of these recipients, and the accounts that own them, hold above what the policy keeps.

    Answers with how many messages there were.
    """
    return _trim_all(backend, ((route.inbox, route.owner) for route in routes_of(backend, tuple(recipients))))


def trim_for(backend: Backend, messages: Iterable[Message]) -> int:
    """As `trim`, for the inboxes and owners of messages that have just come."""
    return _trim_all(backend, ((message.inbox, message.owner) for message in messages))


def _trim_all(backend: Backend, places: Iterable[tuple[Inbox, str | None]]) -> int:
    shelves = {
        (Shelf.inbox(inbox), backend.policy.keep_unowned)
        if owner is None
        else (Shelf.account(owner), backend.policy.keep_account)
        for inbox, owner in places
    }
    return sum(_trim(backend, shelf, keep) for shelf, keep in shelves)


def _trim(backend: Backend, shelf: Shelf, keep: int | None) -> int:
    if keep is None:
        return 0
    above = backend.index.count(shelf).messages - keep
    return drop_oldest(backend, shelf, most=above) if above > 0 else 0
