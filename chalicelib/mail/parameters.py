"""Values with parameters, as Content-Type and Content-Disposition have them (RFC 2045, 2183, 2231).

Also read: values without quotes that hold spaces, quotes that never close, comments, encoded words (RFC 2047
forbids them here, mailers write them), raw 8-bit.
"""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import unquote_to_bytes

from . import charsets, encoded_words

LONGEST_VALUE = 1 << 16
"""Bytes of a value that are read."""

# Whatever stands between two semicolons is taken in one step, a parameter or not, so no input is read twice.
_PARAMETER = re.compile(
    rb"[\s;]*+(?:([^\s=;\"]++)\s*+=\s*+(?:\"((?:[^\"\\]++|\\.)*+)(?:\"|\\?\Z)|([^;]*+))|[^;]++)?+", re.DOTALL
)
_ESCAPED = re.compile(rb"\\([\"\\])")
_COMMENT = re.compile(rb"\([^()\"]*+\)")
_COMMENT_AFTER = re.compile(rb"(?<!\s)\s++\([^()]*+\)\Z")
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,4}))?(\*)?", re.DOTALL)


def read(raw: bytes, most: int = 1000) -> tuple[str, dict[str, str]]:
    """Split an unfolded field value into its main value and its parameters, decoded; names are in lower case.

    in lower case.

    At most `most` parameters and LONGEST_VALUE bytes are read. The first of two with one name counts; a name in
    RFC 2231 form wins over the plain one.
    """
    head, semicolon, rest = raw[:LONGEST_VALUE].partition(b";")
    main = _COMMENT.sub(b"", head).strip().decode("latin-1").lower()
    if not semicolon:
        return main, {}
    return main, _join(_scan(rest, most))


def _scan(rest: bytes, most: int) -> list[tuple[str, bytes]]:
    found = []
    for piece in _PARAMETER.finditer(rest):
        if piece[1] is None:
            continue
        name = piece[1].decode("latin-1").lower()
        if piece[2] is not None:
            value = _ESCAPED.sub(rb"\1", piece[2])
        else:
            value = piece[3].strip()
            if value.endswith(b")") and not name.startswith(("filename", "name")):
                value = _COMMENT_AFTER.sub(b"", value)
        found.append((name, value))
        if len(found) == most:
            break
    return found


def _join(found: list[tuple[str, bytes]]) -> dict[str, str]:
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for name, value in found:
        if "*" not in name:
            # A boundary is compared octet by octet with the lines of the body, so no charset may touch it.
            text = value.decode("latin-1") if name == "boundary" else encoded_words.decode(value)
            plain.setdefault(name, text)
            continue
        # The pattern takes any text there is.
        section = cast("re.Match[str]", _SECTION.fullmatch(name))
        sections.setdefault(section[1], {}).setdefault(int(section[2] or 0), (value, section[3] is not None))
    for name, parts in sections.items():
        plain[name] = _continued([parts[index] for index in sorted(parts)])
    return plain


def _continued(parts: list[tuple[bytes, bool]]) -> str:
    """Join the sections of one parameter (RFC 2231, 3 and 4): the first may name the charset."""
    charset = None
    joined = bytearray()
    for index, (value, extended) in enumerate(parts):
        if extended and index == 0 and value.count(b"'") >= 2:
            label, _language, text = value.split(b"'", 2)
            charset = label.decode("latin-1") or None
            joined += unquote_to_bytes(text)
        else:
            joined += unquote_to_bytes(value) if extended else value
    if charset is None and b"=?" in joined:
        return encoded_words.decode(bytes(joined))
    return charsets.decode(bytes(joined), charset)
