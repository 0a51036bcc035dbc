"""The Register port on SQLite: each change is one transaction; counts follow by triggers (schema/0001_mail.sql)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.mail.ids import number_of
from chalicelib.mail.names import Inbox, MailId, MessageId
from chalicelib.mail.records.mails import (
    mail_from_document,
    mail_to_document,
    receipt_from_document,
    receipt_to_document,
    words_to_document,
)
from restante.embedded.index import COLUMNS, JSON, condition_of, message_of, owner_token, packed
from restante.embedded.jobs import insert_jobs

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from chalicelib.mail.message import Entry, Mail, Message, Receipt
    from chalicelib.mail.shelf import Shelf
    from chalicelib.ports import Marks
    from restante.embedded.database import Database

_INSERT_MAIL = "INSERT INTO mails (number, id, document, words, structure) VALUES (?, ?, ?, ?, ?)"
_INSERT_MESSAGE = (
    "INSERT INTO messages (inbox, id, mail, original_inbox, domain, owner, size, folder, labels, read, starred_by) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

FEED_LENGTH = 10_000


class Register:
    """See ports.Register."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entries: Sequence[Entry]) -> None:
        rows = [_mail_row(entry) for entry in entries]
        # The raw mail is on the disk already: should the power fail now, recovery.py makes these rows again from it.
        with self._database.writing(durable=False) as connection:
            for entry, row in zip(entries, rows, strict=True):
                if not _is_known(connection, entry.mail.id):
                    _insert(connection, entry, row)

    def replace(self, entry: Entry) -> bool:
        row = _mail_row(entry)
        with self._database.writing() as connection:
            before = connection.execute(
                "SELECT id, document, words, structure FROM mails WHERE id = ?", (entry.mail.id,)
            ).fetchone()
            if before == row:
                return False
            if before is not None:
                connection.execute(
                    "UPDATE mails SET document = ?, words = ?, structure = ? WHERE id = ?", (*row[1:], row[0])
                )
                _unlist_attachments(connection, mail_from_document(json.loads(before[1])))
                _list_attachments(connection, entry)
                _index_words(connection, entry.mail.id)
            elif _is_known(connection, entry.mail.id):
                return False
            else:
                _insert(connection, entry, row)
            return True

    def mark(self, inbox: Inbox, message: MessageId, marks: Marks) -> Message | None:
        with self._database.writing() as connection:
            _mark(connection, inbox, message, marks)
            return _message(connection, inbox, message)

    def remark(self, inbox: Inbox, message: MessageId, decide: Callable[[Message], Marks]) -> Message | None:
        # Who writes is alone from the first statement on (BEGIN IMMEDIATE), so what was read still is so.
        with self._database.writing() as connection:
            before = _message(connection, inbox, message)
            if before is None:
                return None
            _mark(connection, inbox, message, decide(before))
            return _message(connection, inbox, message)

    def assign(self, shelf: Shelf, before: str | None, owner: str | None, *, limit: int = 500) -> int:
        with self._database.writing() as connection:
            rows = connection.execute(
                f"SELECT inbox, id, mail FROM messages WHERE {condition_of(shelf)} AND owner IS ? LIMIT ?",
                (shelf.name, before, limit),
            ).fetchall()
            for inbox, message, mail in rows:
                connection.execute("UPDATE messages SET owner = ? WHERE inbox = ? AND id = ?", (owner, inbox, message))
                _index_words(connection, mail)
        return len(rows)

    def remove(self, inbox: Inbox, messages: Sequence[MessageId]) -> tuple[Receipt, ...]:
        mails: dict[str, None] = {}
        with self._database.writing() as connection:
            for message in messages:
                removed = connection.execute(
                    "DELETE FROM messages WHERE inbox = ? AND id = ? RETURNING mail", (inbox, message)
                ).fetchone()
                if removed:
                    mails[removed[0]] = None
            return tuple(receipt for mail in mails if (receipt := _discard_if_unheld(connection, mail)))

    def oldest(
        self, shelf: Shelf | None, *, before: MailId | None = None, limit: int = 500
    ) -> tuple[tuple[Inbox, MessageId], ...]:
        bound = before or "~"
        if shelf is None:
            statement = (
                "SELECT inbox, messages.id FROM mails CROSS JOIN messages ON messages.mail = mails.id "
                "WHERE mails.id < ? AND starred_by IS NULL ORDER BY mails.id LIMIT ?"
            )
            values: tuple[object, ...] = (bound, limit)
        else:
            statement = (
                f"SELECT inbox, id FROM messages WHERE {condition_of(shelf)} AND id < ? AND starred_by IS NULL "
                "ORDER BY id LIMIT ?"
            )
            values = (shelf.name, bound, limit)
        with self._database.reading() as connection:
            rows = connection.execute(statement, values).fetchall()
        return tuple((Inbox(inbox), MessageId(message)) for inbox, message in rows)

    def discarded(self) -> tuple[Receipt, ...]:
        with self._database.reading() as connection:
            rows = connection.execute("SELECT receipt FROM discarded LIMIT 500").fetchall()
        return tuple(receipt_from_document(json.loads(row[0])) for row in rows)

    def cut_feed(self) -> None:
        """Forget all but the newest of what listeners are told of: who listens has long heard it."""
        with self._database.writing(durable=False) as connection:
            connection.execute("DELETE FROM feed WHERE number <= (SELECT max(number) FROM feed) - ?", (FEED_LENGTH,))

    def forget(self, mails: Sequence[MailId]) -> None:
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM discarded WHERE id = ?", [(mail,) for mail in mails])


def _mark(connection: sqlite3.Connection, inbox: Inbox, message: MessageId, marks: Marks) -> None:
    changes: dict[str, Any] = {}
    if marks.read is not None:
        changes["read"] = int(marks.read)
    if marks.folder is not None:
        changes["folder"] = marks.folder
    if marks.labels is not None:
        changes["labels"] = json.dumps(marks.labels)
    if marks.starred_by is not None:
        changes["starred_by"] = marks.starred_by or None
    if changes:
        assignments = ", ".join(f"{column} = ?" for column in changes)
        connection.execute(
            f"UPDATE messages SET {assignments} WHERE inbox = ? AND id = ?", (*changes.values(), inbox, message)
        )


def _message(connection: sqlite3.Connection, inbox: Inbox, message: MessageId) -> Message | None:
    row = connection.execute(
        f"SELECT {COLUMNS} FROM messages JOIN mails ON mails.id = mail WHERE inbox = ? AND messages.id = ?",
        (inbox, message),
    ).fetchone()
    return message_of(row) if row else None


def _mail_row(entry: Entry) -> tuple[str, str, str, bytes]:
    document = JSON.encode(mail_to_document(entry.mail))
    words = JSON.encode(words_to_document(entry.words))
    return entry.mail.id, document, words, packed(entry.structure)


def _insert(connection: sqlite3.Connection, entry: Entry, row: tuple[str, str, str, bytes]) -> None:
    mail = entry.mail
    number = _number_of(mail.id)
    while connection.execute("SELECT 1 FROM mails WHERE number = ?", (number,)).fetchone():
        number += 1
    connection.execute(_INSERT_MAIL, (number, *row))
    connection.executemany(
        _INSERT_MESSAGE,
        [
            (
                message.inbox,
                message.id,
                mail.id,
                message.original_inbox,
                message.domain,
                message.owner,
                mail.size,
                message.folder,
                json.dumps(message.labels),
                message.read,
                message.starred_by,
            )
            for message in entry.messages
        ],
    )
    _list_attachments(connection, entry)
    if any(message.owner for message in entry.messages):
        _index_words(connection, mail.id)
    # Ids, and with them the time of arrival, may run some milliseconds ahead of the clock.
    insert_jobs(connection, entry.jobs, due=mail.receipt.received.timestamp() - 1.0)
    # What was moved here is no news to listeners.
    if not mail.receipt.moved:
        connection.execute("INSERT INTO feed (mail) VALUES (?)", (mail.id,))


def _number_of(mail: MailId) -> int:
    # The first 63 bits of the id, as many as fit a rowid: it sorts as the id does.
    return number_of(mail) >> 65


def _is_known(connection: sqlite3.Connection, mail: MailId) -> bool:
    return any(
        connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (mail,)).fetchone()
        for table in ("mails", "discarded")
    )


def _list_attachments(connection: sqlite3.Connection, entry: Entry) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO attachments VALUES (?, ?)",
        [(md5, entry.mail.id) for md5 in entry.mail.summary.attachments],
    )


def _unlist_attachments(connection: sqlite3.Connection, mail: Mail) -> None:
    connection.executemany(
        "DELETE FROM attachments WHERE md5 = ? AND mail = ?", [(md5, mail.id) for md5 in mail.summary.attachments]
    )


def _index_words(connection: sqlite3.Connection, mail: str) -> None:
    # The words of a mail that nobody owns are kept beside it, and cost nothing more until somebody does.
    number, document = connection.execute("SELECT number, words FROM mails WHERE id = ?", (mail,)).fetchone()
    owners = connection.execute("SELECT DISTINCT owner FROM messages WHERE mail = ? AND owner IS NOT NULL", (mail,))
    tokens = [owner_token(owner) for (owner,) in owners]
    connection.execute("DELETE FROM words WHERE rowid = ?", (number,))
    if tokens:
        words = json.loads(document)
        fields = [" ".join(words.get(field, ())) for field in ("s", "f", "t", "x")]
        connection.execute(
            "INSERT INTO words (rowid, s, f, t, x, owners) VALUES (?, ?, ?, ?, ?, ?)",
            (number, *fields, " ".join(tokens)),
        )


def _discard_if_unheld(connection: sqlite3.Connection, mail: str) -> Receipt | None:
    if connection.execute("SELECT 1 FROM messages WHERE mail = ? LIMIT 1", (mail,)).fetchone():
        _index_words(connection, mail)
        return None
    number, document = connection.execute(
        "DELETE FROM mails WHERE id = ? RETURNING number, document", (mail,)
    ).fetchone()
    removed = mail_from_document(json.loads(document))
    connection.execute("DELETE FROM words WHERE rowid = ?", (number,))
    _unlist_attachments(connection, removed)
    connection.execute(
        "INSERT OR REPLACE INTO discarded VALUES (?, ?)", (mail, json.dumps(receipt_to_document(removed.receipt)))
    )
    return removed.receipt
