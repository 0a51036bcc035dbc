"""Hooks and deliveries as JSON documents: what both worlds store. As in records.py, names are added, never changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.mail.hook import Delivery, Hook
from chalicelib.mail.names import Inbox, MessageId

if TYPE_CHECKING:
    from collections.abc import Iterable

Document = dict[str, Any]


def hook_to_document(hook: Hook) -> Document:
    """A hook as JSON values."""
    return _filled(
        id=hook.id,
        owner=hook.owner,
        scope=hook.scope,
        url=hook.url,
        secret=hook.secret,
        created=hook.created.timestamp(),
        updated=hook.updated.timestamp(),
        implicit=hook.implicit,
        previous_secret=hook.previous_secret,
        overlap_ends=_seconds(hook.overlap_ends),
        failing_since=_seconds(hook.failing_since),
        rests_until=_seconds(hook.rests_until),
        paused=hook.paused,
    )


def hook_from_document(document: Document) -> Hook:
    """The hook that was written."""
    return Hook(**_dated(document, ("created", "updated", "overlap_ends", "failing_since", "rests_until")))


def delivery_to_document(delivery: Delivery) -> Document:
    """A delivery as JSON values."""
    return _filled(
        id=delivery.id,
        hook=delivery.hook,
        moment=delivery.moment.timestamp(),
        webhook_id=delivery.webhook_id,
        inbox=delivery.inbox,
        message=delivery.message,
        status=delivery.status,
        seconds=delivery.seconds,
        answer=delivery.answer,
        failure=delivery.failure,
    )


def delivery_from_document(document: Document) -> Delivery:
    """The delivery that was written."""
    inbox, message = document.get("inbox"), document.get("message")
    return Delivery(
        **{
            **_dated(document, ("moment",)),
            "inbox": Inbox(inbox) if inbox else None,
            "message": MessageId(message) if message else None,
            "status": document.get("status"),
            "seconds": document.get("seconds", 0.0),
        }
    )


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _filled(**values: Any) -> Document:
    return {name: value for name, value in values.items() if value}


def _dated(document: Document, names: Iterable[str]) -> Document:
    moments = {name: datetime.fromtimestamp(document[name], UTC) for name in names if document.get(name)}
    return {**document, **moments}
