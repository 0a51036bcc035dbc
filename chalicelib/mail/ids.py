"""Ids of mails and messages: they sort by arrival, and nobody can guess them.

A mail id is 26 characters of Crockford's base 32 in lower case: 48 bits of milliseconds since 1970, then 80 bits
of entropy. A message id adds the index of its recipient: "01jd9x3v7k8q4m2t5w6y1a3b5c-0".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from chalicelib.mail.names import MailId, MessageId

ENTROPY_BYTES = 10
_ENTROPY_BITS = 8 * ENTROPY_BYTES
_STEP_BYTES = 8
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_CURSOR = re.compile(rf"[{_ALPHABET}]{{26}}(?:-[0-9]{{1,6}})?")
_TIME_LETTERS = 10
_LETTERS = 26


def mail_id(moment: datetime, entropy: bytes) -> MailId:
    """The id of a mail that arrived at `moment` (aware), made unguessable by the first 10 bytes of `entropy`."""
    return _written(_number(moment, entropy))


def mail_id_after(last: MailId, moment: datetime, entropy: bytes) -> MailId:
    """The id of a mail that arrived at `moment`, and after the mail of the id `last`: it always sorts after that.

    Of two mails of one millisecond, or of a clock that was set back, the later gets the earlier's id and a step more
    that nobody can guess.
    """
    number, before = _number(moment, entropy), _read(last)
    if number >> _ENTROPY_BITS <= before >> _ENTROPY_BITS:
        number = before + 1 + int.from_bytes(entropy[:_STEP_BYTES], "big")
    return _written(number)


def _number(moment: datetime, entropy: bytes) -> int:
    # What is before 1970 sorts with its first moment.
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return milliseconds << _ENTROPY_BITS | int.from_bytes(entropy[:ENTROPY_BYTES], "big")


def _written(number: int) -> MailId:
    return MailId("".join(_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)))


def number_of(mail: MailId) -> int:
    """The 128 bits of an id as a number: numbers sort as their ids do."""
    return _read(mail)


def _read(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number << 5 | _VALUES[letter]
    return number


def chance_of(mail: MailId) -> str:
    """The letters of an id that nobody can guess: 80 bits of entropy."""
    return mail[_TIME_LETTERS:]


def message_id(mail: MailId, recipient: int) -> MessageId:
    """The id of the message for the recipient of that index in the envelope."""
    return MessageId(f"{mail}-{recipient}")


def mail_of(message: str) -> MailId | None:
    """The id of the mail behind a message id; None if this is no message id."""
    mail, dash, recipient = message.partition("-")
    if not dash or not recipient.isdecimal() or len(mail) != _LETTERS or not _VALUES.keys() >= set(mail):
        return None
    return MailId(mail)


def is_cursor(text: str) -> bool:
    """Whether this is the id of a mail or of a message, whether or not there is one of it."""
    return bool(_CURSOR.fullmatch(text))


def moment_of(mail: MailId) -> datetime:
    """When the mail of that id arrived (UTC, to the millisecond)."""
    return datetime.fromtimestamp(_read(mail[:_TIME_LETTERS]) / 1000, UTC)


def first_id_at(moment: datetime) -> MailId:
    """The smallest id a mail of that moment can have: where a look at what came before `moment` ends."""
    return mail_id(moment, bytes(ENTROPY_BYTES))
