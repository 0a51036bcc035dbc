"""Telling a hook of a message: once at least, signed, every try recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.actions.owning import holding_of
from chalicelib.actions.telling import PAYLOAD_OCTETS, told
from chalicelib.actions.working import LaterError, NeverError
from chalicelib.errors import Conflict, NotFound
from chalicelib.mail.hook import (
    SECRET_BYTES,
    Delivery,
    Hook,
    after_try,
    implicit_hook_id,
    may_be_told,
    new_secret,
    signed_headers,
    webhook_id,
)
from chalicelib.mail.names import Inbox, MessageId
from chalicelib.mail.telling import fitted, moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.mail.holding import Reservation
    from chalicelib.mail.job import Job
    from chalicelib.ports import Backend
    from chalicelib.ports.hooks import Answer

TEST = "test"
"""Stands in a job's payload for the message that a test has not."""
_TRIES = 10


def deliver(backend: Backend, job: Job) -> None:
    """Do a job of kind "webhook". A hook that is gone, or may not be told any more, or whose mail is, needs nothing."""
    hook = _hook_of(backend, job)
    if hook is None:
        return
    asked_for = job.payload.get("again", False) or TEST in job.payload
    if hook.paused and not asked_for:
        raise NeverError("The hook is paused: its receiver has failed for too long")
    if hook.rests_until is not None and backend.now() < hook.rests_until and not asked_for:
        raise LaterError("The receiver has just failed: it is left alone for a moment")
    body = _test_body(backend, hook) if TEST in job.payload else _body(backend, hook, job)
    if body is None:
        return
    what = job.payload.get("message") or f"{TEST}{job.payload[TEST]}"
    name = webhook_id(hook.id, what)
    now = backend.now()
    headers = {"Content-Type": "application/json", **signed_headers(hook, name, body, now)}
    answer = backend.messenger.post(hook.url, headers, body.encode())
    _settle(backend, hook, job, name, answer)


def implicit_hook(backend: Backend, reservation: Reservation) -> Hook:
    """The hook that stands for the `webhook` of a reserved address, made when it is first needed."""
    name = implicit_hook_id(reservation.inbox, reservation.owner)
    for _ in range(_TRIES):
        hook = backend.hooks.hook(name)
        if hook is not None and hook.url == reservation.webhook:
            return hook
        now = backend.now()
        if hook is not None:
            moved = replace(
                hook, url=reservation.webhook, updated=now, failing_since=None, rests_until=None, paused=False
            )
            backend.hooks.replace(hook, moved)
            continue
        made = Hook(
            id=name,
            owner=reservation.owner,
            scope=reservation.inbox,
            url=reservation.webhook,
            secret=new_secret(backend.entropy(SECRET_BYTES)),
            created=now,
            updated=now,
            implicit=True,
        )
        try:
            backend.hooks.add(made)
        except Conflict:
            continue
    raise Conflict("The hook is being changed by others")


def change_hook(backend: Backend, hook: str, change: Callable[[Hook], Hook]) -> Hook | None:
    """Change a hook as it is now, whoever else changes it; None when it is gone. Raises Conflict."""
    for _ in range(_TRIES):
        before = backend.hooks.hook(hook)
        if before is None:
            return None
        after = change(before)
        if after == before or backend.hooks.replace(before, after):
            return after
    raise Conflict("The hook is being changed by others")


def _hook_of(backend: Backend, job: Job) -> Hook | None:
    scope = job.payload.get("scope")
    if not scope:
        return backend.hooks.hook(job.payload["hook"])
    reservation = holding_of(backend, Inbox(scope)).reservation
    if reservation is None or not reservation.webhook:
        return None
    # Another account may have the address by now: its hook is another.
    return implicit_hook(backend, reservation) if _is_same(reservation, job) else None


def _is_same(reservation: Reservation, job: Job) -> bool:
    return bool(implicit_hook_id(reservation.inbox, reservation.owner) == job.payload["hook"])


def _body(backend: Backend, hook: Hook, job: Job) -> str | None:
    inbox = Inbox(job.payload["inbox"])
    if not may_be_told(holding_of(backend, inbox), hook.owner):
        return None
    try:
        document = told(backend, inbox, job.payload["message"], octets=PAYLOAD_OCTETS)
    except NotFound:
        # It was deleted before it could be told.
        return None
    return fitted(document, PAYLOAD_OCTETS)


def _test_body(backend: Backend, hook: Hook) -> str:
    document = {
        "type": "test",
        "hook": hook.id,
        "scope": hook.scope,
        "subject": "A test of this webhook",
        "text": "If you can read this and the signature fits, all is well.",
        "received": moment(backend.now()),
    }
    return json.dumps(document, separators=(",", ":"))


def _settle(backend: Backend, hook: Hook, job: Job, name: str, answer: Answer) -> None:
    inbox, message = job.payload.get("inbox"), job.payload.get("message")
    delivery = Delivery(
        id=backend.new_id(),
        hook=hook.id,
        moment=backend.now(),
        webhook_id=name,
        inbox=Inbox(inbox) if inbox else None,
        message=MessageId(message) if message else None,
        status=answer.status,
        seconds=answer.seconds,
        answer=answer.start,
        failure=answer.failure,
    )
    backend.deliveries.record(delivery)
    change_hook(backend, hook.id, lambda known: after_try(known, backend.now(), succeeded=delivery.succeeded))
    if delivery.succeeded:
        return
    reason = answer.failure or f"The receiver answered {answer.status}"
    if answer.refused or TEST in job.payload:
        raise NeverError(reason)
    raise LaterError(reason)
