from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.receiving import Arrival, receive
from chalicelib.actions.reindexing import reindex
from chalicelib.errors import Unavailable
from chalicelib.mail.message import Envelope
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from restante.embedded.recovery import recover
from restante.embedded.register import Register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.mail.message import Entry
    from restante.embedded.backend import EmbeddedBackend

ARRIVAL = Arrival(
    envelope=Envelope(sender="ana@sender.example", recipients=("bo@rest.example",)),
    content=b"Subject: once\r\n\r\ntext\r\n",
)


class FullRegister(Register):
    """A register on a disk that is full."""

    def add(self, entries: Sequence[Entry]) -> None:
        del entries
        raise Unavailable("The disk is full")


def test_mail_that_could_not_be_indexed_is_there_once_after_its_sender_tried_again(backend: EmbeddedBackend) -> None:
    working = backend.register
    backend.register = FullRegister(backend.database)
    with pytest.raises(Unavailable):
        receive(backend, [ARRIVAL])
    backend.register = working

    receive(backend, [ARRIVAL])
    recovered = recover(backend)
    *_, last = reindex(backend)

    assert (recovered, last.seen, last.changed) == (0, 1, 0)
    assert backend.index.count(Shelf.inbox(Inbox("bo@rest.example"))).messages == 1
