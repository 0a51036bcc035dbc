"""Raw mail of ordinary size, many mails in one SQLite file: to append there costs a tenth of making a file.

The file is apart from the index's: whatever happens to the index, it is made again from here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.mail.records.mails import receipt_from_document, receipt_to_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.mail.message import Receipt
    from chalicelib.mail.names import MailId
    from chalicelib.mail.structure import Octets, Span
    from restante.embedded.database import Database

_LISTED_AT_ONCE = 500


class SmallMails:
    """A part of the RawMail port: see raw_mail.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, mails: Sequence[tuple[Receipt, Octets]]) -> None:
        """Keep these mails, all or none; when it returns they survive a loss of power."""
        rows = [(receipt.id, _packed(receipt), raw) for receipt, raw in mails]
        with self._database.writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO mails VALUES (?, ?, ?)", rows)

    def read(self, mail: MailId, span: Span | None) -> bytes | None:
        """The bytes of that range, or all of them; None when the mail is not here."""
        start, length = (0, -1) if span is None else (span.start, span.end - span.start)
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT CASE WHEN ?2 < 0 THEN content ELSE substr(content, ?1, ?2) END FROM mails WHERE id = ?3",
                (start + 1, length, mail),
            ).fetchone()
        return None if row is None else bytes(row[0])

    def delete(self, mails: Sequence[MailId]) -> None:
        """Remove these mails; those that are not here are no error."""
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM mails WHERE id = ?", [(mail,) for mail in mails])

    def receipts(self, since: MailId | None) -> Iterator[Receipt]:
        """Every mail that is here, oldest first; only those whose id is not before `since`."""
        query, after = "SELECT id, receipt FROM mails WHERE id >= ? ORDER BY id LIMIT ?", str(since or "")
        while True:
            # A page at a time: no reader may hold up the write-ahead log for as long as its caller likes.
            with self._database.reading() as connection:
                rows = connection.execute(query, (after, _LISTED_AT_ONCE)).fetchall()
            for row in rows:
                yield receipt_from_document(json.loads(row[1]))
            if len(rows) < _LISTED_AT_ONCE:
                return
            query, after = query.replace(">=", ">"), rows[-1][0]


def _packed(receipt: Receipt) -> str:
    return json.dumps(receipt_to_document(receipt), separators=(",", ":"))
