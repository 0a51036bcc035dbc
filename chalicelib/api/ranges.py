"""Range requests (RFC 9110, 14): which bytes of content a client asks for."""

from __future__ import annotations

import re
from typing import Final

from chalicelib.mail.structure import Span

_ONE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
NOT_SATISFIABLE: Final = Span(-1, -1)
"""Stands for a range that lies beyond the content."""


def wanted_range(header: str, length: int) -> Span | None:
    """The range that a Range header asks for of `length` bytes; NOT_SATISFIABLE, or None for all of them.

    Several ranges, other units and what is malformed are passed over, as RFC 9110, 14.2 allows.
    """
    found = _ONE.fullmatch(header.replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        # The last so many bytes.
        return Span(max(0, length - int(last)), length) if int(last) and length else NOT_SATISFIABLE
    if last and int(last) < int(first):
        return None
    start = int(first)
    return Span(start, min(length, int(last) + 1 if last else length)) if start < length else NOT_SATISFIABLE
