"""A mail transaction: from MAIL to the last byte of the content (RFC 5321, 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restante.embedded.smtp import commands, replies
from restante.embedded.smtp.content import Chunk, Data, Held

if TYPE_CHECKING:
    from restante.embedded.smtp.commands import Path
    from restante.embedded.smtp.terms import Terms

_BODIES = ("7BIT", "8BITMIME")
_SENDER_PARAMETERS = frozenset({"SIZE", "BODY", "SMTPUTF8", "AUTH"})


class Transaction:
    """Who sends to whom, and the chunks that came so far. `mail` and `rcpt` answer with the reply."""

    __slots__ = ("_chunks", "_refused", "_smtputf8", "_terms", "recipients", "sender")

    def __init__(self, terms: Terms) -> None:
        self.sender = ""
        """The reverse-path, once MAIL is taken."""
        self.recipients: list[str] = []
        self._terms = terms
        self._smtputf8 = False
        self._refused = 0
        self._chunks: Held | None = None

    def mail(self, argument: str) -> bytes:
        """MAIL FROM (RFC 5321, 4.1.1.2; SIZE: RFC 1870; BODY: RFC 6152; SMTPUTF8: RFC 6531; AUTH: RFC 4954)."""
        if argument[:5].upper() != "FROM:":
            return replies.SYNTAX_OF_MAIL
        path = commands.read_path(argument[5:], hostname=self._terms.hostname)
        if path is None:
            return replies.BAD_SENDER if "<" in argument else replies.SYNTAX_OF_MAIL
        refusal = self._sender_refusal(path)
        if refusal is not None:
            return refusal
        self._smtputf8 = "SMTPUTF8" in path.parameters
        self.sender = path.address
        return replies.SENDER_OK

    def _sender_refusal(self, path: Path) -> bytes | None:
        parameters = path.parameters
        size = parameters.get("SIZE", "0")
        if not path.well_formed or not size.isascii() or not size.isdigit() or len(size) > 20:
            return replies.BAD_PARAMETER
        if parameters.get("BODY", "7BIT").upper() not in _BODIES or parameters.get("SMTPUTF8"):
            return replies.BAD_PARAMETER
        if not parameters.keys() <= _SENDER_PARAMETERS:
            return replies.UNKNOWN_PARAMETER
        if not path.address.isascii() and "SMTPUTF8" not in parameters:
            return replies.NEEDS_SMTPUTF8
        if int(size) > self._terms.size:
            return replies.TOO_BIG
        return None if self._terms.memory.has_room(int(size)) else replies.NO_MEMORY

    def rcpt(self, argument: str) -> bytes:
        """RCPT TO (RFC 5321, 4.1.1.3)."""
        if self._chunks is not None:
            return replies.CHUNKS_BEGUN
        if argument[:3].upper() != "TO:":
            return replies.SYNTAX_OF_RECIPIENT
        path = commands.read_path(argument[3:], hostname=self._terms.hostname)
        if path is None or not path.address:
            return replies.BAD_RECIPIENT if "<" in argument else replies.SYNTAX_OF_RECIPIENT
        refusal = self._recipient_refusal(path)
        if refusal is not None:
            self._refused += 1
            return refusal
        self.recipients.append(path.address)
        return replies.RECIPIENT_OK

    def _recipient_refusal(self, path: Path) -> bytes | None:
        if path.parameters or not path.well_formed:
            return replies.UNKNOWN_PARAMETER
        if not path.address.isascii() and not self._smtputf8:
            return replies.NEEDS_SMTPUTF8
        if len(self.recipients) >= self._terms.recipients:
            return replies.TOO_MANY_RECIPIENTS
        return None if self._terms.admits(path.address) else replies.NOT_OUR_DOMAIN

    def data(self) -> Data | bytes:
        """DATA (RFC 5321, 4.1.1.4): the content that comes now, or the reply that refuses it."""
        if self._chunks is not None:
            return replies.CHUNKS_BEGUN
        return Data(self._terms.memory, self._terms.size) if self.recipients else self._without_recipients()

    def bdat(self, length: int, *, last: bool) -> Chunk:
        """BDAT (RFC 3030): that many octets come now, wanted or not."""
        if self._chunks is None:
            self._chunks = Held(self._terms.memory, self._terms.size)
            if not self.recipients:
                self._chunks.refuse(self._without_recipients())
        return Chunk(self._chunks, length, last=last)

    def _without_recipients(self) -> bytes:
        return replies.NO_RECIPIENTS if self._refused else replies.RECIPIENT_FIRST
