"""The content of a part as bytes and as text: its range cut out, its encoding undone, its charset decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import charsets, transfer

if TYPE_CHECKING:
    from .structure import Octets, Part


def read_content(raw: Octets, part: Part) -> bytes:
    """Decode the content of a part from the whole raw mail."""
    return transfer.decode(raw[part.body.start : part.body.end], part.transfer_encoding)


def read_text(raw: Octets, part: Part) -> str:
    """Read a text part from the whole raw mail as people see it."""
    return decode_text(raw[part.body.start : part.body.end], part)


def decode_text(body: Octets, part: Part) -> str:
    r"""Read a text part from the bytes of its body alone: decoded, line ends made `\n`, flowed lines joined
    (RFC 3676).
    """
    text = charsets.decode(transfer.decode(body, part.transfer_encoding), part.charset)
    return text.replace("\r\n", "\n").replace("\r", "\n")
