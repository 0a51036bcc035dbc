"""The RawMail port on one machine: mails of ordinary size in one SQLite file, big ones in files of their own."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from restante.embedded.database import Database
from restante.embedded.raw_files import RawFiles
from restante.embedded.small_mails import SmallMails

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from chalicelib.mail.message import Receipt
    from chalicelib.mail.names import MailId
    from chalicelib.mail.structure import Octets, Span

SMALL = 64 * 1024
"""Bytes of a mail that still goes to the SQLite file: it writes all bytes twice, which costs more than a file above."""


class RawMail:
    """See ports.RawMail."""

    def __init__(self, folder: Path) -> None:
        self._files = RawFiles(folder)
        self._database = Database(folder / "small-mails.sqlite3", schema="raw_schema")
        self._small = SmallMails(self._database)

    def put(self, mails: Sequence[tuple[Receipt, Octets]]) -> None:
        small = [mail for mail in mails if len(mail[1]) <= SMALL]
        big = [mail for mail in mails if len(mail[1]) > SMALL]
        if big:
            self._files.put(big)
        if small:
            self._small.put(small)

    def read(self, receipt: Receipt, span: Span | None = None) -> bytes:
        found = self._small.read(receipt.id, span)
        return self._files.read(receipt, span) if found is None else found

    def stream(self, receipt: Receipt, span: Span | None = None) -> Iterator[bytes]:
        found = self._small.read(receipt.id, span)
        return self._files.stream(receipt, span) if found is None else iter((found,))

    def delete(self, receipts: Sequence[Receipt]) -> None:
        self._small.delete([receipt.id for receipt in receipts])
        self._files.delete(receipts)

    def receipts(self, since: MailId | None = None) -> Iterator[Receipt]:
        """Every mail that is kept, oldest first; only those whose id is not before `since`."""
        return heapq.merge(self._small.receipts(since), self._files.receipts(since), key=lambda receipt: receipt.id)

    def close(self) -> None:
        """Close this thread's connection."""
        self._database.close()
