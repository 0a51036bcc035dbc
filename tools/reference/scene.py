"""The stopped moment, and the chance, in which the reference's examples were answered."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from chalicelib.mail.ids import ENTROPY_BYTES, mail_id, message_id

MOMENT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def bytes_of_call(count: int, call: int) -> bytes:
    """What the call of that number (1 is the first) gives of those that ask for `count` bytes: it looks like chance."""
    return hashlib.sha512(f"{count} {call}".encode()).digest()[:count]


class Entropy:
    """Bytes that are the same in every run, whatever else has asked for bytes of another number."""

    def __init__(self) -> None:
        self._calls: dict[int, int] = {}

    def __call__(self, count: int) -> bytes:
        call = self._calls[count] = self._calls.get(count, 0) + 1
        return bytes_of_call(count, call)


MESSAGE = message_id(mail_id(MOMENT, bytes_of_call(ENTROPY_BYTES, 1)), 0)
"""The message that the examples read: of the first mail that arrives in that scene."""
