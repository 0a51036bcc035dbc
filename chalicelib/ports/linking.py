"""How content that is too large for a reply reaches a client all the same, where replies are bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chalicelib.mail.message import Receipt
    from chalicelib.mail.names import MailId
    from chalicelib.mail.rendering import CacheKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a client is told to take content: its media type, and its Content-Disposition (RFC 6266)."""

    media_type: str
    disposition: str


class Links(Protocol):
    """URLs that open one thing to whoever has them, for a few minutes. They take Range requests."""

    @property
    def most(self) -> int:
        """The most bytes that a reply may have; what is larger is linked."""

    def to_raw(self, receipt: Receipt, form: Form) -> str:
        """A URL of the raw mail. Raises Unavailable."""

    def to_copy(self, key: CacheKey, pieces: Callable[[], Iterator[bytes]], form: Form) -> str:
        """A URL of content of a mail, which is laid down under its key first, once, a few MB at a time.

        Raises Unavailable, and what `pieces` raises.
        """

    def drop(self, mails: Sequence[MailId]) -> None:
        """Remove what was laid down of these mails. Raises Unavailable."""
