"""The Index port on SQLite: one statement an answer, each along an index (schema/0001_mail.sql)."""

from __future__ import annotations

import hashlib
import json
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chalicelib.mail.message import Message
from chalicelib.mail.names import Inbox, MailId, MessageId
from chalicelib.mail.records.mails import mail_from_document
from chalicelib.mail.shelf import ShelfKind
from chalicelib.mail.structure import from_document, to_document
from chalicelib.ports import Count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.mail.message import Mail
    from chalicelib.mail.searching import Term
    from chalicelib.mail.shelf import Shelf
    from chalicelib.mail.structure import Structure
    from restante.embedded.database import Database

# Text passes through a function of ours (text.py): what is as it mostly is comes as NULL, JSON (it is ASCII) as bytes.
COLUMNS = (
    "messages.id, inbox, nullif(original_inbox, inbox), owner, nullif(folder, 'inbox'), nullif(labels, '[]'), read, "
    "starred_by, CAST(document AS BLOB)"
)
"""What message_of reads, of messages joined with mails."""
_FROM = "FROM messages JOIN mails ON mails.id = messages.mail"
_ONE = f"SELECT {COLUMNS} {_FROM} WHERE inbox = ? AND messages.id = ?"
_OPENED = f"SELECT {COLUMNS}, structure {_FROM} WHERE inbox = ? AND messages.id = ?"
_CONDITIONS = {
    ShelfKind.INBOX: "inbox = ?",
    ShelfKind.DOMAIN: "domain = ?",
    ShelfKind.ACCOUNT: "owner = ?",
    ShelfKind.STARRED: "starred_by = ?",
}
_LISTS = {
    kind: f"SELECT {COLUMNS} {_FROM} WHERE {condition} AND messages.id < ? ORDER BY messages.id DESC LIMIT ?"
    for kind, condition in _CONDITIONS.items()
}
_LISTS[ShelfKind.ATTACHMENT] = (
    f"SELECT {COLUMNS} FROM attachments CROSS JOIN mails ON mails.id = attachments.mail "
    "CROSS JOIN messages ON messages.mail = attachments.mail "
    "WHERE md5 = ? AND messages.id < ? AND owner IS NULL AND starred_by IS NULL "
    "ORDER BY attachments.mail DESC, messages.id DESC LIMIT ?"
)
# CROSS JOIN and the plus keep SQLite to the few mails that were found: it would else go through all of the owner's.
_FOUND = (
    f"SELECT {COLUMNS} FROM (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?) AS found "
    "CROSS JOIN mails ON mails.number = found.rowid CROSS JOIN messages ON messages.mail = mails.id "
    "WHERE +owner = ? ORDER BY messages.id DESC LIMIT ?"
)
_UNSTARRED = (
    f"SELECT {COLUMNS} FROM mails CROSS JOIN messages ON messages.mail = mails.id "
    "WHERE mails.id >= ? AND messages.id >= ? AND starred_by IS NULL ORDER BY mails.id, messages.id LIMIT ?"
)
JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_UNCOMPRESSED_BYTES = 1000
_AFTER_EVERY_ID = "~"
CACHED_MAILS = 4096
CACHED_BYTES = 4096
"""So many descriptions of mails are kept ready in a process, of those that are not longer: some 30 MB at most."""


class Index:
    """See ports.Index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def messages(self, shelf: Shelf, *, limit: int, before: str | None = None) -> tuple[Message, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(_LISTS[shelf.kind], (shelf.name, before or _AFTER_EVERY_ID, limit)).fetchall()
        return tuple(message_of(row) for row in rows)

    def count(self, shelf: Shelf) -> Count:
        with self._database.reading() as connection:
            row = connection.execute("SELECT messages, unread, size FROM counts WHERE kind = ? AND name = ?", shelf)
            return Count(*(row.fetchone() or ()))

    def message(self, inbox: Inbox, message: MessageId) -> Message | None:
        with self._database.reading() as connection:
            row = connection.execute(_ONE, (inbox, message)).fetchone()
        return message_of(row) if row else None

    def opened(self, inbox: Inbox, message: MessageId) -> tuple[Message, Structure] | None:
        with self._database.reading() as connection:
            row = connection.execute(_OPENED, (inbox, message)).fetchone()
        return (message_of(row), unpacked(row[-1])) if row else None

    def find(self, account: str, terms: Sequence[Term], *, limit: int) -> tuple[Message, ...]:
        # Words hold letters and digits only (mail/searching.py), so quoting them is enough.
        wanted = [f"owners : {owner_token(account)}"]
        wanted += [f'{"{s f t x}" if term.field is None else term.field.value} : "{term.prefix}" *' for term in terms]
        with self._database.reading() as connection:
            rows = connection.execute(_FOUND, (" AND ".join(wanted), limit, account, limit)).fetchall()
        return tuple(message_of(row) for row in rows)

    def unstarred(self, *, since: MailId | MessageId | None = None, limit: int = 500) -> tuple[Message, ...]:
        first = since or ""
        with self._database.reading() as connection:
            rows = connection.execute(_UNSTARRED, (first.partition("-")[0], first, limit)).fetchall()
        return tuple(message_of(row) for row in rows)

    def newest(self) -> MailId | None:
        """The largest mail id there is."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT max(id) FROM mails").fetchone()
        return MailId(row[0]) if row[0] else None

    def holds(self, mail: MailId) -> bool:
        """Whether this mail is known: in an inbox, or deleted with its bytes still to be removed."""
        with self._database.reading() as connection:
            return any(
                connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (mail,)).fetchone()
                for table in ("mails", "discarded")
            )


def condition_of(shelf: Shelf) -> str:
    """The SQL condition for messages of a shelf, with its name as the one parameter."""
    return _CONDITIONS[shelf.kind]


def owner_token(account: str) -> str:
    """An account's name as a word of the full-text index."""
    return "o" + hashlib.sha256(account.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def packed(structure: Structure) -> bytes:
    """A structure as it is stored."""
    written = JSON.encode(to_document(structure)).encode()
    # To compress the structure of a simple mail costs more than it saves.
    return written if len(written) <= _UNCOMPRESSED_BYTES else zlib.compress(written, 1)


def unpacked(stored: bytes) -> Structure:
    """The structure that was stored."""
    return from_document(json.loads(stored if stored.startswith(b"{") else zlib.decompress(stored)))


def message_of(row: tuple[Any, ...]) -> Message:
    """The message in a row of COLUMNS."""
    return Message(
        id=MessageId(row[0]),
        inbox=Inbox(row[1]),
        original_inbox=row[1] if row[2] is None else row[2],
        owner=row[3],
        folder="inbox" if row[4] is None else row[4],
        labels=() if row[5] is None else tuple(json.loads(row[5])),
        read=None if row[6] is None else bool(row[6]),
        starred_by=row[7],
        mail=_mail_of(row[8]) if len(row[8]) > CACHED_BYTES else _recent_mail_of(row[8]),
    )


def _mail_of(document: bytes) -> Mail:
    return mail_from_document(json.loads(document))


# The same bytes always gives the same mail, so nothing here can be out of date.
_recent_mail_of = lru_cache(CACHED_MAILS)(_mail_of)
