"""AUTH PLAIN and AUTH LOGIN (RFC 4954, RFC 4616, draft-murchison-sasl-login): challenges out, credentials in."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

from chalicelib.errors import Unavailable
from restante.embedded.smtp import replies

if TYPE_CHECKING:
    from collections.abc import Callable


class Login:
    """One AUTH exchange: `begin`, then `answer` with each line, until `finished`."""

    def __init__(self, authenticate: Callable[[str, str], bool]) -> None:
        self.finished = False
        self.succeeded = False
        self._authenticate = authenticate
        self._next: Callable[[str], bytes] = self._take_plain
        self._user = ""

    def begin(self, argument: str) -> bytes:
        """What follows AUTH: a mechanism, and perhaps the client's first answer ("=" for an empty one)."""
        mechanism, _, initial = argument.partition(" ")
        if mechanism.upper() == "PLAIN":
            return self.answer(initial.encode()) if initial else replies.GO_ON
        if mechanism.upper() == "LOGIN":
            self._next = self._take_user
            return self.answer(initial.encode()) if initial else replies.ASK_USERNAME
        self.finished = True
        return replies.AUTH_MECHANISM

    def answer(self, line: bytes) -> bytes:
        """The client's answer to a challenge, in base64; "*" gives up."""
        if line == b"*":
            self.finished = True
            return replies.AUTH_CANCELLED
        try:
            text = binascii.a2b_base64(b"" if line == b"=" else line, strict_mode=True).decode()
        except ValueError:
            self.finished = True
            return replies.AUTH_MALFORMED
        return self._next(text)

    def _take_plain(self, text: str) -> bytes:
        fields = text.split("\0")
        if len(fields) != 3:
            self.finished = True
            return replies.AUTH_MALFORMED
        return self._decide(fields[1], fields[2])

    def _take_user(self, text: str) -> bytes:
        self._user = text
        self._next = self._take_password
        return replies.ASK_PASSWORD

    def _take_password(self, text: str) -> bytes:
        return self._decide(self._user, text)

    def _decide(self, user: str, password: str) -> bytes:
        self.finished = True
        try:
            self.succeeded = self._authenticate(user, password)
        except Unavailable:
            return replies.AUTH_NOT_NOW
        return replies.AUTHENTICATED if self.succeeded else replies.AUTH_REFUSED
