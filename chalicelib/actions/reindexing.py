"""Making the index again from the raw mail, which is the truth."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.actions.discarding import sweep
from chalicelib.actions.receiving import entry_of
from chalicelib.errors import NotFound
from chalicelib.mail.structure import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.mail.message import Receipt
    from chalicelib.ports import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a reindexing is: mails looked at, and how many of them had to be written anew."""

    seen: int
    changed: int


def reindex(backend: Backend) -> Iterator[Progress]:
    """Describe every raw mail again and write what differs; yields after each mail.

    Deleted mail stays deleted, and what readers did with messages stays. On a sound index nothing changes.
    """
    sweep(backend)
    changed = 0
    for seen, receipt in enumerate(backend.raw.receipts(), start=1):
        # What was deleted since it was listed has no bytes any more.
        with suppress(NotFound):
            changed += _describe_again(backend, receipt)
        yield Progress(seen=seen, changed=changed)


def _describe_again(backend: Backend, receipt: Receipt) -> bool:
    # Nobody is told again of what came long ago.
    entry = replace(entry_of(backend, receipt, backend.raw.read(receipt)), jobs=())
    if not backend.register.replace(entry):
        return False
    # What was made of it was made by what was said of it before.
    backend.cache.drop([receipt.id], for_good=False)
    try:
        backend.raw.read(receipt, Span(0, 1))
    except NotFound:
        # Deleted while it was described: it came back into the index just now, and has to go again.
        for message in entry.messages:
            backend.register.remove(message.inbox, [message.id])
        backend.register.forget([receipt.id])
        raise
    return True
