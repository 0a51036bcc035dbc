"""What the arrival of a mail sets going: the jobs that tell webhooks and Slack of it, and forward it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.mail.hook import implicit_hook_id, may_be_told, scopes_of
from chalicelib.mail.job import Job
from chalicelib.mail.targets import target_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from chalicelib.mail.holding import Holding, Reservation
    from chalicelib.mail.message import Message
    from chalicelib.ports import Backend

WEBHOOK, SLACK, FORWARD = "webhook", "slack", "forward"
"""The kinds of these jobs."""


def jobs_of(backend: Backend, messages: Sequence[Message], holdings: Sequence[Holding]) -> tuple[Job, ...]:
    """The jobs of a mail's messages, of which each inbox's holding is given; the same mail makes the same jobs."""
    jobs: dict[str, Job] = {}
    for message, holding in zip(messages, holdings, strict=True):
        # Most mail of most installations goes to inboxes that nobody owns: nothing is asked for it.
        if holding.owner is None and holding.host is None:
            continue
        for job in _jobs(backend, message, holding):
            jobs.setdefault(job.id, job)
    return tuple(jobs.values())


def settled_by(holding: Holding) -> Reservation | None:
    """The reservation that says where an inbox's mail is told of: its own, or else its domain's catch-all."""
    return holding.reservation or holding.catch_all


def webhook_job(message: Message, hook: str, url: str, now: datetime, *, scope: str = "", again: str = "") -> Job:
    """The job that tells a hook of a message.

    `scope` is the reserved address that an implicit hook stands for; `again` tells one more telling from the first.
    """
    payload: dict[str, Any] = {"hook": hook, "inbox": message.inbox, "message": message.id}
    payload |= {"scope": scope} if scope else {}
    payload |= {"again": True} if again else {}
    name = ":".join(part for part in (message.id, hook, again) if part)
    return Job(id=name, kind=WEBHOOK, created=now, payload=payload, lane=lane_of(url))


def lane_of(url: str) -> str:
    """The lane of what is told to a URL: its receiver's."""
    try:
        return f"to {target_of(url).name}"
    except ValueError:
        return "to nobody"


def _jobs(backend: Backend, message: Message, holding: Holding) -> Iterator[Job]:
    now = message.mail.receipt.received
    settled = settled_by(holding)
    if settled is not None and settled.webhook:
        hook = implicit_hook_id(settled.inbox, settled.owner)
        yield webhook_job(message, hook, settled.webhook, now, scope=settled.inbox)
    for one in backend.hooks.at(scopes_of(holding)):
        if may_be_told(holding, one.owner):
            yield webhook_job(message, one.id, one.url, now)
    payload: dict[str, Any] = {"inbox": message.inbox, "message": message.id}
    if settled is not None and settled.webhook_slack:
        lane = lane_of(settled.webhook_slack)
        yield Job(id=f"{message.id}:{SLACK}", kind=SLACK, created=now, payload=payload, lane=lane)
    if settled is not None and settled.forward:
        yield Job(id=f"{message.id}:{FORWARD}", kind=FORWARD, created=now, payload=payload, lane=FORWARD)
