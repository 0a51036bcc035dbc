"""The content of a part as bytes and as text: its range cut out, its encoding undone, its charset decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import charsets, transfer

if TYPE_CHECKING:
    from .structure import Octets, Part


def read_content(raw: Octets, part: Part) -> bytes:
    """Decode the content of a part from the whole raw mail."""
    return b"".join(
        transfer.decode_stream(transfer.slices(raw, part.body.start, part.body.end), part.transfer_encoding)
    )


def read_text(raw: Octets, part: Part) -> str:
    r"""Decode the text of a part from the whole raw mail: line ends are `\n`, flowed lines stay as they are."""
    text = charsets.decode(read_content(raw, part), part.charset)
    return text.replace("\r\n", "\n").replace("\r", "\n")
