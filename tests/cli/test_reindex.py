"""`restante reindex`: the index made again from the raw mail, and nothing else changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.actions import discarding, reading
from chalicelib.actions.reindexing import reindex
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from restante.embedded.backend import EmbeddedBackend
from tests.api.mails import PLAIN, arrive, rich
from tests.api.serving import Stage
from tests.cli.commands import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from chalicelib.mail.message import Message, Receipt
    from chalicelib.mail.structure import Octets, Span, Structure
    from chalicelib.ports.raw_mail import RawMail

INBOXES = ("bob@x.dev", "carol@x.dev")


@pytest.fixture
def data(backend: EmbeddedBackend, tmp_path: Path) -> Path:
    """A data folder with ten mails in two inboxes."""
    for number in range(10):
        arrive(backend, (PLAIN, rich().as_bytes(), b"\xff\x00")[number % 3], "bob+tag@x.dev", "Carol@x.dev")
    return tmp_path / "data"


def _known(data: Path) -> dict[str, list[tuple[Message, Structure]]]:
    """Everything that the index says, by inbox."""
    backend = EmbeddedBackend(data)
    known: dict[str, list[tuple[Message, Structure]]] = {}
    for inbox in map(Inbox, INBOXES):
        listed = reading.list_messages(backend, Shelf.inbox(inbox), limit=1000, until=None)
        opened = [backend.index.opened(inbox, message.id) for message in listed]
        known[inbox] = [found for found in opened if found is not None]
        assert len(known[inbox]) == len(listed) == backend.index.count(Shelf.inbox(inbox)).messages
    backend.close()
    return known


def test_a_sound_index_is_not_changed(data: Path) -> None:
    before = _known(data)

    ran = run(data, "reindex")

    assert (ran.code, ran.out) == (0, "10 mails looked at, 0 written anew.\n")
    assert "10 mails" in ran.err
    assert _known(data) == before


def test_an_index_that_was_deleted_is_made_again_from_the_raw_mail(data: Path, backend: EmbeddedBackend) -> None:
    before = _known(data)
    backend.close()
    (data / "restante.sqlite3").unlink()

    ran = run(data, "reindex")

    assert (ran.code, ran.out) == (0, "10 mails looked at, 10 written anew.\n")
    assert _known(data) == before
    assert len(before["bob@x.dev"]) == 10


def test_a_description_that_was_damaged_is_written_anew(data: Path, backend: EmbeddedBackend) -> None:
    before = _known(data)
    with backend.database.writing() as connection:
        connection.execute("UPDATE mails SET document = replace(document, 'Hello', 'Goodbye')")
    assert _known(data) != before

    ran = run(data, "reindex")

    assert ran.out == "10 mails looked at, 4 written anew.\n"
    assert _known(data) == before


def test_deleted_mail_stays_deleted_and_marks_stay(data: Path, backend: EmbeddedBackend) -> None:
    bob = Inbox("bob@x.dev")
    messages = backend.index.messages(Shelf.inbox(bob), limit=1000)
    discarding.delete_message(backend, bob, messages[0].id)
    with backend.database.writing() as connection:
        connection.execute("UPDATE messages SET read = 1, labels = '[\"a\"]' WHERE id = ?", (messages[1].id,))
        connection.execute("UPDATE mails SET document = replace(document, 'Hello', 'Goodbye')")

    ran = run(data, "reindex")

    known = _known(data)
    assert ran.out == "10 mails looked at, 4 written anew.\n"
    assert [message.id for message, _ in known["bob@x.dev"]] == [message.id for message in messages[1:]]
    assert (known["bob@x.dev"][0][0].read, known["bob@x.dev"][0][0].labels) == (True, ("a",))
    assert len(known["carol@x.dev"]) == 10


def test_a_mail_deleted_in_a_crash_is_swept_up_and_stays_deleted(data: Path, backend: EmbeddedBackend) -> None:
    bob, carol = map(Inbox, INBOXES)
    (newest,) = backend.index.messages(Shelf.inbox(bob), limit=1)
    backend.register.remove(bob, [newest.id])
    (newest,) = backend.index.messages(Shelf.inbox(carol), limit=1)
    # The process ends here, between forgetting the mail and removing its bytes.
    assert len(backend.register.remove(carol, [newest.id])) == 1

    ran = run(data, "reindex")

    assert ran.out == "9 mails looked at, 0 written anew.\n"
    assert len(list(backend.raw.receipts())) == 9
    assert backend.register.discarded() == ()


@pytest.mark.parametrize("when", ["before it is read", "after it was read"])
def test_a_mail_that_is_deleted_meanwhile_stays_deleted(data: Path, backend: EmbeddedBackend, when: str) -> None:
    bob, carol = map(Inbox, INBOXES)
    doomed = backend.index.messages(Shelf.inbox(bob), limit=1000)[4]

    class Interrupted(Stage):
        """Raw mail of which one is deleted, by somebody else, at the worst moment."""

        @property
        def raw(self) -> RawMail:
            return self

        def receipts(self) -> Iterator[Receipt]:
            return backend.raw.receipts()

        def read(self, receipt: Receipt, span: Span | None = None) -> bytes:
            if receipt.id != doomed.mail.id or span is not None:
                return backend.raw.read(receipt, span)
            octets = backend.raw.read(receipt)
            for inbox, message in ((bob, doomed.id), (carol, doomed.id[:-1] + "1")):
                discarding.delete_message(backend, inbox, message)
            return octets if when == "after it was read" else backend.raw.read(receipt)

        def put(self, mails: Sequence[tuple[Receipt, Octets]]) -> None:
            backend.raw.put(mails)

        def delete(self, receipts: Sequence[Receipt]) -> None:
            backend.raw.delete(receipts)

    stage = Interrupted()
    stage.put_up(backend)
    *_, last = reindex(stage)

    known = _known(data)
    assert (last.seen, last.changed) == (10, 0)
    assert len(known["bob@x.dev"]) == len(known["carol@x.dev"]) == 9
    assert doomed.id not in [message.id for message, _ in known["bob@x.dev"]]
    assert backend.register.discarded() == ()


def test_a_folder_without_data_says_so(tmp_path: Path) -> None:
    ran = run(tmp_path / "none", "reindex")

    assert ran.code == 1
    assert ran.err.startswith("restante: There is no data in ")
