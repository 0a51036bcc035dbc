"""Encoded words (RFC 2047) in header values, as written by the book and as broken by mailers.

Accepted beyond the standard: words next to text with no space, spaces or line breaks inside, characters
split over two words, lacking padding, RFC 2231 language tags, unknown and wrong charsets. What cannot be
read stays as it stands.
"""

from __future__ import annotations

import binascii
import re

from . import charsets, transfer

# Each part is possessive and excludes the character that ends it, so no input makes the search step back.
_WORD = re.compile(rb"=\?([^?\x00-\x20]{1,80}+)\?([bBqQ])\?([^?]*+(?:\?(?!=)[^?]*+)*+)\?=")
_LONE_EQUALS = re.compile(rb"=(?![0-9A-Fa-f]{2})")
_BETWEEN = re.compile(rb"[ \t\r\n]*+")


def decode(value: bytes) -> str:
    """Decode every encoded word of an unfolded header value; the text between is read as plain(value)."""
    if b"=?" not in value:
        return plain(value)
    pieces: list[str] = []
    charset, pending = "", bytearray()
    end = 0
    for word in _WORD.finditer(value):
        between = value[end : word.start()]
        label = word[1].partition(b"*")[0].decode("ascii", "replace").lower()
        # White space between two encoded words is not shown (RFC 2047, 6.2), and a character may be split
        # over them.
        adjacent = bool(end) and _BETWEEN.fullmatch(between) is not None
        if not (adjacent and label == charset):
            pieces.append(charsets.decode(bytes(pending), charset))
            pending.clear()
        if not adjacent:
            pieces.append(plain(between))
        charset = label
        pending += _payload(word[2], word[3])
        end = word.end()
    pieces.append(charsets.decode(bytes(pending), charset))
    pieces.append(plain(value[end:]))
    return "".join(pieces)


def plain(value: bytes) -> str:
    """Read bytes that are not encoded: as UTF-8 (RFC 6532) if they are valid UTF-8, else as windows-1252."""
    try:
        return value.decode("ascii")
    except UnicodeDecodeError:
        return charsets.decode(value, None)


def _payload(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(_LONE_EQUALS.sub(b"=3D", text), header=True)
    return transfer.decode(text, "base64")
