"""An SMTP client that sends a mail's bytes exactly as they are, which smtplib's own sendmail does not."""

from __future__ import annotations

import re
import smtplib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHUNK = 4096
"""Bytes that are handed to the system at once."""


class ExactSender(smtplib.SMTP):
    """A connection to an SMTP server; `sent` hears of every piece of content that went out, in bytes."""

    def __init__(self, address: tuple[str, int], *, sent: Callable[[int], None] = lambda _: None) -> None:
        super().__init__(*address, timeout=60)
        self._sent = sent
        self.ehlo()

    def transact(self, recipients: Sequence[str], content: bytes) -> str:
        """Send one mail; answers with what was said to acknowledge it. Raises SMTPException when it was not."""
        self._expect(250, *self.mail("ann@sender.example", ["BODY=8BITMIME"]))
        for recipient in recipients:
            self._expect(250, *self.rcpt(recipient))
        self._expect(354, *self.docmd("DATA"))
        wire = on_the_wire(content)
        for start in range(0, len(wire), CHUNK):
            piece = wire[start : start + CHUNK]
            self.send(piece)
            self._sent(len(piece))
        return self._expect(250, *self.getreply())

    def _expect(self, wanted: int, code: int, said: bytes) -> str:
        if code != wanted:
            raise smtplib.SMTPResponseException(code, said)
        return said.decode("ascii")


def as_received(content: bytes) -> bytes:
    """The mail that DATA can carry for these bytes: its last line is ended (RFC 5321, 4.1.1.4)."""
    return content if not content or content.endswith(b"\r\n") else content + b"\r\n"


def on_the_wire(content: bytes) -> bytes:
    """What follows DATA for these bytes: dots stuffed at the start of lines, which CRLF alone ends (4.5.2)."""
    return re.sub(rb"(?:\A|(?<=\r\n))\.", b"..", as_received(content)) + b".\r\n"
