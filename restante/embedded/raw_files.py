"""Raw mail in files: one a mail, complete or ignored.

A file holds the mail's bytes, then its receipt as JSON, then a footer of fixed length that says how long both are.
The footer is the last thing written: a file without a right one is an interrupted write, and no mail. Keeping the
receipt in the same file makes a mail durable with one fsync, and lets the whole index be made again from the files.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chalicelib.errors import NotFound, Unavailable
from chalicelib.mail.records.mails import receipt_from_document, receipt_to_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from chalicelib.mail.message import Receipt
    from chalicelib.mail.names import MailId
    from chalicelib.mail.structure import Octets, Span

_MAGIC = b"RSTNT1\r\n"
_FOOTER = struct.Struct(">QII8s")
"""Length of the mail, length of the receipt, CRC-32 of the receipt, magic."""
PIECE_OCTETS = 256 * 1024
_FOLDER_LETTERS = 6
"""A folder takes mails whose ids share 6 letters, 30 bits of the 48 of time: 4 minutes and 22 seconds of mail."""


class RawFiles:
    """The RawMail port on a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._known_folders: set[Path] = set()

    def put(self, mails: Sequence[tuple[Receipt, Octets]]) -> None:
        with _translated("kept"):
            opened: list[int] = []
            try:
                folders = set()
                for receipt, raw in mails:
                    path = self._path(receipt.id)
                    self._ensure(path.parent)
                    folders.add(path.parent)
                    opened.append(_write(path, receipt, raw))
                # All are written before the first is synced, so that the file system can commit them together.
                for descriptor in opened:
                    os.fdatasync(descriptor)
                for folder in folders:
                    _sync_folder(folder)
            finally:
                for descriptor in opened:
                    os.close(descriptor)

    def read(self, receipt: Receipt, span: Span | None = None) -> bytes:
        with _translated("read"), self._path(receipt.id).open("rb", buffering=0) as file:
            if span is None:
                length = _footer(file.fileno())[0]
                return _pread(file.fileno(), length, 0)
            return _pread(file.fileno(), span.end - span.start, span.start)

    def stream(self, receipt: Receipt, span: Span | None = None) -> Iterator[bytes]:
        with _translated("read"):
            descriptor = os.open(self._path(receipt.id), os.O_RDONLY | os.O_CLOEXEC)
            pieces = _Pieces(descriptor, span)
            if span is None:
                pieces.end = _footer(descriptor)[0]
        return pieces

    def delete(self, receipts: Sequence[Receipt]) -> None:
        with _translated("removed"):
            for receipt in receipts:
                self._path(receipt.id).unlink(missing_ok=True)

    def receipts(self, since: MailId | None = None) -> Iterator[Receipt]:
        """Every mail that is kept, oldest first; only those whose id is not before `since`."""
        first = since or ""
        with _translated("listed"):
            for folder in sorted(folder for folder in self._folder.iterdir() if folder.is_dir()):
                if folder.name < first[:_FOLDER_LETTERS]:
                    continue
                for path in sorted(folder.glob("*.mail")):
                    receipt = _receipt(path) if path.stem >= first else None
                    if receipt is not None:
                        yield receipt

    def _path(self, mail: MailId) -> Path:
        return self._folder / mail[:_FOLDER_LETTERS] / f"{mail}.mail"

    def _ensure(self, folder: Path) -> None:
        if folder not in self._known_folders:
            folder.mkdir(exist_ok=True)
            _sync_folder(self._folder)
            self._known_folders.add(folder)


class _Pieces:
    """The bytes of an open file between two places, read as they are taken; it is closed with the last one."""

    def __init__(self, descriptor: int, span: Span | None) -> None:
        self._descriptor = descriptor
        self._at, self.end = (0, 0) if span is None else span

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        length = min(PIECE_OCTETS, self.end - self._at)
        if length > 0 and self._descriptor >= 0:
            with _translated("read"):
                piece = os.pread(self._descriptor, length, self._at)
            if piece:
                self._at += len(piece)
                return piece
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Read no more."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        # Whoever takes pieces may stop before the last: a client that hangs up.
        self.close()


def _write(path: Path, receipt: Receipt, raw: Octets) -> int:
    document = json.dumps(receipt_to_document(receipt), separators=(",", ":")).encode()
    footer = _FOOTER.pack(len(raw), len(document), zlib.crc32(document), _MAGIC)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        pieces = [memoryview(raw), memoryview(document), memoryview(footer)]
        while pieces:
            written = os.writev(descriptor, pieces)
            while pieces and written >= len(pieces[0]):
                written -= len(pieces.pop(0))
            if pieces:
                pieces[0] = pieces[0][written:]
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _pread(descriptor: int, length: int, offset: int) -> bytes:
    pieces = []
    while length > 0:
        # One call reads 2 GiB at most (Linux read(2)).
        piece = os.pread(descriptor, length, offset)
        if not piece:
            break
        pieces.append(piece)
        length -= len(piece)
        offset += len(piece)
    return b"".join(pieces)


def _footer(descriptor: int) -> tuple[int, int, int]:
    size = os.fstat(descriptor).st_size
    footer = os.pread(descriptor, _FOOTER.size, max(0, size - _FOOTER.size))
    if len(footer) != _FOOTER.size:
        raise FileNotFoundError("An interrupted write")
    length, document, checksum, magic = _FOOTER.unpack(footer)
    if magic != _MAGIC or length + document + _FOOTER.size != size:
        raise FileNotFoundError("An interrupted write")
    return length, document, checksum


def _receipt(path: Path) -> Receipt | None:
    try:
        with path.open("rb", buffering=0) as file:
            length, document_length, checksum = _footer(file.fileno())
            document = os.pread(file.fileno(), document_length, length)
    except FileNotFoundError:
        return None
    if zlib.crc32(document) != checksum:
        return None
    return receipt_from_document(json.loads(document))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("The raw mail is not there") from error
    except OSError as error:
        raise Unavailable(f"The raw mail could not be {what}: {error.strerror or error}") from error
