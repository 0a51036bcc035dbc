"""Bringing raw mail and index together where a fault has parted them: nothing that was taken is lost.

Raw mail that the index does not know is indexed. A message whose raw mail is gone cannot be mended: it is told.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from chalicelib.actions.receiving import index_stored
from chalicelib.errors import NotFound
from chalicelib.mail.ids import first_id_at
from chalicelib.mail.shelf import Shelf
from chalicelib.mail.structure import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from chalicelib.mail.message import Message, Receipt
    from chalicelib.mail.names import MailId, MessageId
    from chalicelib.ports import Backend

log = logging.getLogger(__name__)

PAGE = 500
MOST_TOLD = 1000
"""So many mails are told by their ids that have no raw bytes, or that cannot be indexed; more are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """How far it is: mails looked at; indexed now; let go, too old or to nobody; that could not be indexed; and
    messages without raw mail.
    """

    seen: int = 0
    mended: int = 0
    let_go: int = 0
    failed: int = 0
    failed_mails: tuple[MailId, ...] = ()
    lost: int = 0
    lost_mails: tuple[MailId, ...] = ()
    last: MessageId | None = None
    """The message whose raw mail was looked for last."""


NOTHING = Reconciled()


def claim(
    backend: Backend,
    strays: Iterable[Receipt | None],
    learn: Callable[[Receipt], Receipt] | None = None,
    done: Reconciled = NOTHING,
) -> Iterator[Reconciled]:
    """Index raw mails that have no receipt yet and that the index does not know; yields after each.

    Yields after each None too, which stands for a part of the raw mail that was found sound. `learn` finds out the
    envelope of one. What the policy would have deleted by now is deleted, and so is what names no recipient. A mail
    that cannot be indexed is logged and counted, and keeps no other from it. What is found is added to `done`.
    """
    days = backend.policy.keep_days
    oldest = None if days is None else first_id_at(backend.now() - timedelta(days=days))

    def settle(receipt: Receipt, done: Reconciled) -> Reconciled:
        if learn is not None:
            receipt = learn(receipt)
        if not receipt.envelope.recipients or (oldest is not None and receipt.id < oldest):
            backend.raw.delete([receipt])
            return replace(done, let_go=done.let_go + 1)
        index_stored(backend, receipt)
        return replace(done, mended=done.mended + 1)

    for receipt in strays:
        if receipt is not None:
            done = _tried(settle, receipt, replace(done, seen=done.seen + 1))
        yield done


def reconcile(backend: Backend) -> Iterator[Reconciled]:
    """Index what the index does not know of the raw mail, then look for the raw mail of every message.

    Yields after each mail and each message, so that whoever has little time may leave. Safe at any time, also while
    mail comes in and is deleted. A mail that cannot be indexed is logged and counted, and keeps no other from it.
    """
    done = NOTHING
    for found in index_missing(backend, backend.raw.receipts()):
        done = found
        yield done
    everything = chain(unstarred(backend), *(starred(backend, account.id) for account in backend.directory.accounts()))
    yield from find_lost(backend, everything, done)


def index_missing(backend: Backend, receipts: Iterable[Receipt], done: Reconciled = NOTHING) -> Iterator[Reconciled]:
    """Index those of these mails that the index does not know; yields after each. See `reconcile`."""

    def settle(receipt: Receipt, done: Reconciled) -> Reconciled:
        if backend.index.holds(receipt.id):
            return done
        index_stored(backend, receipt)
        return replace(done, mended=done.mended + 1)

    for receipt in receipts:
        done = _tried(settle, receipt, replace(done, seen=done.seen + 1))
        yield done


def find_lost(backend: Backend, messages: Iterable[Message], done: Reconciled = NOTHING) -> Iterator[Reconciled]:
    """Look for the raw mail of each of these messages; yields after each. See `reconcile`."""
    last = ""
    for message in messages:
        if message.mail.id != last and _is_lost(backend, message):
            told = (*done.lost_mails, message.mail.id)[:MOST_TOLD]
            done = replace(done, lost=done.lost + 1, lost_mails=told)
        last = message.mail.id
        done = replace(done, last=message.id)
        yield done


def unstarred(backend: Backend, *, after: MessageId | None = None) -> Iterator[Message]:
    """Every message that nobody starred, or those after one, oldest first."""
    since = after
    while page := backend.index.unstarred(since=since, limit=PAGE):
        yield from (message for message in page if message.id != since)
        if len(page) < PAGE or page[-1].id == since:
            break
        since = page[-1].id


def starred(backend: Backend, account: str, *, before: MessageId | None = None) -> Iterator[Message]:
    """Every message that this account starred, or those before one, newest first."""
    while page := backend.index.messages(Shelf.starred(account), limit=PAGE, before=before):
        yield from page
        before = page[-1].id


def _tried(settle: Callable[[Receipt, Reconciled], Reconciled], receipt: Receipt, done: Reconciled) -> Reconciled:
    try:
        return settle(receipt, done)
    except NotFound:
        # Deleted since it was listed.
        return done
    except Exception:
        # Whatever is wrong with one mail, a stranger may have made it so: the others have to be looked at.
        log.exception("A mail that was missed cannot be indexed", extra={"mail_id": receipt.id})
        told = (*done.failed_mails, receipt.id)[:MOST_TOLD]
        return replace(done, failed=done.failed + 1, failed_mails=told)


def _is_lost(backend: Backend, message: Message) -> bool:
    try:
        backend.raw.read(message.mail.receipt, Span(0, 1))
    except NotFound:
        # Or it was deleted meanwhile, with its bytes.
        return backend.index.message(message.inbox, message.id) is not None
    return False
