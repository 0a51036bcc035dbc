"""The Index port on SQLite: mails and messages in tables, counts kept by triggers (schema/0001_mail.sql)."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from chalicelib.mail.message import Entry, Inbox, MailId, Message, MessageId, Receipt
from chalicelib.mail.records import (
    mail_from_document,
    mail_to_document,
    receipt_from_document,
    receipt_to_document,
)
from chalicelib.mail.structure import from_document, to_document

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from chalicelib.mail.structure import Structure
    from restante.embedded.database import Database

_MESSAGE = """
    SELECT messages.id, inbox, original_inbox, folder, labels, read, starred_by, document{columns}
    FROM messages JOIN mails ON mails.id = messages.mail
"""
_ONE = _MESSAGE.format(columns="") + "WHERE inbox = ? AND messages.id = ?"
_OPENED = _MESSAGE.format(columns=", structure") + "WHERE inbox = ? AND messages.id = ?"
_LIST = _MESSAGE.format(columns="") + "WHERE inbox = ? AND messages.id < ? ORDER BY messages.id DESC LIMIT ?"
_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_UNCOMPRESSED_BYTES = 1000
_AFTER_EVERY_ID = "~"


class Index:
    """See ports.Index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entries: Sequence[Entry]) -> None:
        rows = [_mail_row(entry) for entry in entries]
        # The raw mail is on the disk already: should the power fail now, recovery.py makes these rows again from it.
        with self._database.writing(durable=False) as connection:
            for entry, row in zip(entries, rows, strict=True):
                if not _is_discarded(connection, entry.mail.id):
                    added = connection.execute("INSERT OR IGNORE INTO mails VALUES (?, ?, ?)", row)
                    if added.rowcount:
                        _insert_messages(connection, entry)

    def replace(self, entry: Entry) -> bool:
        row = _mail_row(entry)
        with self._database.writing() as connection:
            if _is_discarded(connection, entry.mail.id):
                return False
            before = connection.execute(
                "SELECT id, document, structure FROM mails WHERE id = ?", (entry.mail.id,)
            ).fetchone()
            if before == row:
                return False
            if before is None:
                connection.execute("INSERT INTO mails VALUES (?, ?, ?)", row)
                _insert_messages(connection, entry)
            else:
                connection.execute("UPDATE mails SET document = ?, structure = ? WHERE id = ?", (*row[1:], row[0]))
            return True

    def messages(self, inbox: Inbox, *, limit: int, before: MailId | None = None) -> tuple[Message, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(_LIST, (inbox, before or _AFTER_EVERY_ID, limit)).fetchall()
        return tuple(_message(row) for row in rows)

    def count(self, inbox: Inbox) -> int:
        with self._database.reading() as connection:
            row = connection.execute("SELECT messages FROM inboxes WHERE inbox = ?", (inbox,)).fetchone()
        return row[0] if row else 0

    def message(self, inbox: Inbox, message: MessageId) -> Message | None:
        with self._database.reading() as connection:
            row = connection.execute(_ONE, (inbox, message)).fetchone()
        return _message(row) if row else None

    def opened(self, inbox: Inbox, message: MessageId) -> tuple[Message, Structure] | None:
        with self._database.reading() as connection:
            row = connection.execute(_OPENED, (inbox, message)).fetchone()
        return (_message(row), _unpacked(row[8])) if row else None

    def remove(self, inbox: Inbox, messages: Sequence[MessageId]) -> tuple[Receipt, ...]:
        with self._database.writing() as connection:
            return _remove(connection, inbox, messages)

    def purge(self, inbox: Inbox, *, limit: int = 500) -> tuple[Receipt, ...] | None:
        with self._database.writing() as connection:
            rows = connection.execute(
                "SELECT id FROM messages WHERE inbox = ? AND starred_by IS NULL ORDER BY id LIMIT ?",
                (inbox, limit),
            ).fetchall()
            return _remove(connection, inbox, [row[0] for row in rows]) if rows else None

    def newest(self) -> MailId | None:
        """The largest mail id there is."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT max(id) FROM mails").fetchone()
        return MailId(row[0]) if row[0] else None

    def holds(self, mail: MailId) -> bool:
        """Whether this mail is known: in an inbox, or deleted with its bytes still to be removed."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT 1 FROM mails WHERE id = ?", (mail,)).fetchone()
            return found is not None or _is_discarded(connection, mail)

    def discarded(self) -> tuple[Receipt, ...]:
        with self._database.reading() as connection:
            rows = connection.execute("SELECT receipt FROM discarded LIMIT 500").fetchall()
        return tuple(receipt_from_document(json.loads(row[0])) for row in rows)

    def forget(self, mails: Sequence[MailId]) -> None:
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM discarded WHERE id = ?", [(mail,) for mail in mails])


def _mail_row(entry: Entry) -> tuple[str, str, bytes]:
    structure = _JSON.encode(to_document(entry.structure)).encode()
    # To compress the structure of a simple mail costs more than it saves.
    packed = structure if len(structure) <= _UNCOMPRESSED_BYTES else zlib.compress(structure, 1)
    return entry.mail.id, _JSON.encode(mail_to_document(entry.mail)), packed


def _unpacked(structure: bytes) -> Structure:
    return from_document(json.loads(structure if structure.startswith(b"{") else zlib.decompress(structure)))


def _insert_messages(connection: sqlite3.Connection, entry: Entry) -> None:
    connection.executemany(
        "INSERT INTO messages (inbox, id, mail, original_inbox) VALUES (?, ?, ?, ?)",
        [(message.inbox, message.id, entry.mail.id, message.original_inbox) for message in entry.messages],
    )


def _is_discarded(connection: sqlite3.Connection, mail: MailId) -> bool:
    return connection.execute("SELECT 1 FROM discarded WHERE id = ?", (mail,)).fetchone() is not None


def _remove(connection: sqlite3.Connection, inbox: Inbox, messages: Iterable[str]) -> tuple[Receipt, ...]:
    mails: dict[str, None] = {}
    for message in messages:
        removed = connection.execute(
            "DELETE FROM messages WHERE inbox = ? AND id = ? RETURNING mail", (inbox, message)
        ).fetchone()
        if removed:
            mails[removed[0]] = None
    return tuple(receipt for mail in mails if (receipt := _discard_if_unheld(connection, mail)))


def _discard_if_unheld(connection: sqlite3.Connection, mail: str) -> Receipt | None:
    if connection.execute("SELECT 1 FROM messages WHERE mail = ? LIMIT 1", (mail,)).fetchone():
        return None
    document = connection.execute("DELETE FROM mails WHERE id = ? RETURNING document", (mail,)).fetchone()[0]
    receipt = mail_from_document(json.loads(document)).receipt
    connection.execute(
        "INSERT OR REPLACE INTO discarded VALUES (?, ?)", (mail, json.dumps(receipt_to_document(receipt)))
    )
    return receipt


def _message(row: tuple[Any, ...]) -> Message:
    return Message(
        id=MessageId(row[0]),
        inbox=Inbox(row[1]),
        original_inbox=row[2],
        folder=row[3],
        labels=tuple(json.loads(row[4])),
        read=None if row[5] is None else bool(row[5]),
        starred_by=row[6],
        mail=mail_from_document(json.loads(row[7])),
    )
