"""Deleting mail: the index forgets first, then the bytes go; what a crash leaves over is swept up later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.errors import NotFound
from chalicelib.mail.message import MessageId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.mail.message import Inbox, Receipt
    from chalicelib.ports import Backend


def delete_message(backend: Backend, inbox: Inbox, message: str) -> None:
    """Delete one message; the raw mail goes with its last message. Raises NotFound."""
    if backend.index.message(inbox, MessageId(message)) is None:
        raise NotFound("There is no such message in this inbox")
    _drop(backend, backend.index.remove(inbox, [MessageId(message)]))


def purge_inbox(backend: Backend, inbox: Inbox) -> None:
    """Delete every message of an inbox that is not starred."""
    while (receipts := backend.index.purge(inbox)) is not None:
        _drop(backend, receipts)


def sweep(backend: Backend) -> int:
    """Remove the raw bytes of mails that were deleted before a crash; answers with how many there were."""
    swept = 0
    while receipts := backend.index.discarded():
        _drop(backend, receipts)
        swept += len(receipts)
    return swept


def _drop(backend: Backend, receipts: Sequence[Receipt]) -> None:
    if receipts:
        backend.raw.delete(receipts)
        backend.index.forget([receipt.id for receipt in receipts])
