"""Deleting mail: the index forgets first, then the bytes go; what a crash leaves over is swept up later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.reading import find_message

BATCH = 500
"""Messages that are deleted in one go."""

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.mail.message import Message, Receipt
    from chalicelib.mail.names import Inbox, MailId, MessageId
    from chalicelib.mail.shelf import Shelf
    from chalicelib.ports import Backend


def delete_message(backend: Backend, inbox: Inbox, message: str) -> MessageId:
    """Delete one message, or the "latest"; the raw mail goes with its last message. Raises NotFound."""
    found = find_message(backend, inbox, message)
    _drop(backend, backend.register.remove(inbox, [found.id]))
    return found.id


def purge(backend: Backend, shelf: Shelf) -> int:
    """Delete every message of a shelf that is not starred; answers with how many there were."""
    return drop_oldest(backend, shelf)


def drop_oldest(backend: Backend, shelf: Shelf | None, *, before: MailId | None = None, most: int | None = None) -> int:
    """Delete the oldest messages that are not starred: `most` of a shelf (None: of all), those before that mail.

    Answers with how many were deleted.
    """
    dropped = 0
    while most is None or dropped < most:
        limit = BATCH if most is None else min(BATCH, most - dropped)
        oldest = backend.register.oldest(shelf, before=before, limit=limit)
        if not oldest:
            break
        by_inbox: dict[Inbox, list[MessageId]] = {}
        for inbox, message in oldest:
            by_inbox.setdefault(inbox, []).append(message)
        for inbox, messages in by_inbox.items():
            _drop(backend, backend.register.remove(inbox, messages))
        dropped += len(oldest)
    return dropped


def delete_all(backend: Backend, shelf: Shelf, *, that: Callable[[Message], bool] | None = None) -> int:
    """Delete every message of a shelf, starred or not (`that`: those it says yes to); answers how many there were."""
    dropped = 0
    before: MessageId | None = None
    while page := backend.index.messages(shelf, limit=BATCH, before=before):
        by_inbox: dict[Inbox, list[MessageId]] = {}
        for message in page:
            if that is None or that(message):
                by_inbox.setdefault(message.inbox, []).append(message.id)
        for inbox, messages in by_inbox.items():
            _drop(backend, backend.register.remove(inbox, messages))
            dropped += len(messages)
        before = page[-1].id
    return dropped


def sweep(backend: Backend) -> int:
    """Remove the raw bytes of mails that were deleted before a crash; answers with how many there were."""
    swept = 0
    while receipts := backend.register.discarded():
        _drop(backend, receipts)
        swept += len(receipts)
    return swept


def _drop(backend: Backend, receipts: Sequence[Receipt]) -> None:
    if receipts:
        mails = [receipt.id for receipt in receipts]
        backend.cache.drop(mails)
        if backend.links is not None:
            backend.links.drop(mails)
        backend.raw.delete(receipts)
        # Last: until then all of it comes again after a crash.
        backend.register.forget(mails)
