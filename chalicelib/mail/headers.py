"""Header fields (RFC 5322, section 2.2): in their order, duplicates kept, values unfolded and decoded."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import encoded_words

if TYPE_CHECKING:
    from .structure import Octets

MOST_BYTES = 1 << 20
"""Bytes of a header that are read into fields; a longer one is cut there."""
LONGEST_VALUE = 1 << 18
"""Bytes of a value that are read; a longer one is cut there."""

# A name is printable ASCII without the colon (RFC 5322, 2.2); raw 8-bit names occur, and white space before
# the colon was once allowed (4.5). A line that starts with white space continues the field.
_FIELD = re.compile(rb"^([!-9;-~\x80-\xff]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.MULTILINE)
_FOLD = re.compile(rb"[ \t\r]*\n(?=[ \t])")
_HALF_LETTER = re.compile(rb"[\xc0-\xff][\x80-\xbf]{0,2}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One header field: its name as written, and the bytes between the colon and the end of the field."""

    name: str
    raw: bytes

    @property
    def value(self) -> str:
        """The value as people read it: unfolded, decoded (RFC 2047, RFC 6532), without white space at its ends."""
        return decode_text(self.raw)


def read_fields(header: Octets) -> tuple[Field, ...]:
    """Read all fields of a header block in order; lines that are no field are passed over.

    At most MOST_BYTES are read.
    """
    text = lines(bytes(header[:MOST_BYTES]))
    return tuple(Field(name=name.decode("latin-1"), raw=value.strip(b" \t\r")) for name, value in _FIELD.findall(text))


def lines(header: bytes) -> bytes:
    r"""Give a header one kind of line end, `\n`; a bare `\r` is one only where there is no `\n`. No byte order mark."""
    header = header.removeprefix(codecs.BOM_UTF8)
    if b"\r" not in header:
        return header
    if b"\n" not in header:
        return header.replace(b"\r", b"\n")
    return header.replace(b"\r\n", b"\n")


def unfold(raw: bytes) -> bytes:
    """Take the line breaks out of a folded value (RFC 5322, 2.2.3): the white space after them stays.

    Bytes beyond LONGEST_VALUE are left out.
    """
    if len(raw) > LONGEST_VALUE:
        # Not within a letter of UTF-8: half of one would make all of the value look like another charset.
        raw = _HALF_LETTER.sub(b"", raw[:LONGEST_VALUE])
    if b"\n" in raw:
        raw = _FOLD.sub(b"", raw).replace(b"\n", b" ")
    return raw.strip(b" \t\r")


def decode_text(raw: bytes) -> str:
    """Decode the value of an unstructured field; never raises, never longer than LONGEST_VALUE bytes allow."""
    return encoded_words.decode(unfold(raw))
