"""Where the bytes of mail are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.mail.message import Receipt
    from chalicelib.mail.structure import Octets, Span


class RawMail(Protocol):
    """The bytes of every mail, as they came, after our trace header. They are the truth, and make the index again."""

    def put(self, mails: Sequence[tuple[Receipt, Octets]]) -> None:
        """Keep these mails. When it returns they survive a crash; when it raises, none is half there.

        Putting the same mail again changes nothing. Raises Unavailable.
        """

    def read(self, receipt: Receipt, span: Span | None = None) -> bytes:
        """The bytes of that range, or all of them. Reads no more than asked. Raises NotFound, Unavailable."""

    def stream(self, receipt: Receipt, span: Span | None = None) -> Iterator[bytes]:
        """The same in pieces of 1 MB at most, each read when it is taken.

        Raises NotFound at once, Unavailable at once and whenever a piece is taken.
        """

    def delete(self, receipts: Sequence[Receipt]) -> None:
        """Remove these mails; those that are not there are no error. Raises Unavailable."""

    def receipts(self) -> Iterator[Receipt]:
        """Every mail that is kept, oldest first. Incomplete writes are not mails."""
