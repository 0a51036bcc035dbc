"""The values that describe a mail: where every part of it is, and what is wrong with it.

A structure is made once, at arrival, and stored with the mail; from then on any part is read by its byte
range.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from mmap import mmap
from typing import Any, NamedTuple

Octets = bytes | bytearray | memoryview | mmap
"""Raw bytes in any form that can be searched and sliced without a copy."""


class Span(NamedTuple):
    """A half-open range of bytes, counted from the first byte of the raw mail."""

    start: int
    end: int


class Role(StrEnum):
    """What a part is to its reader."""

    CONTAINER = "container"
    """A multipart: it has children and no content of its own."""
    TEXT = "text"
    """Plain text that is shown as the body."""
    HTML = "html"
    """HTML that is shown as the body."""
    ATTACHMENT = "attachment"
    """Everything else, inline images and embedded messages included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something about a mail that is not as the standards ask.

    `name` is a stable word of mail/mime.py; `offset` counts bytes from the start of the raw mail;
    `lossy` says that content could not be kept or shown.
    """

    name: str
    offset: int
    lossy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One MIME entity (RFC 2045): its description, and where it is.

    `number` is the IMAP section number (RFC 3501, 6.4.5): "1", "1.2"; a container at the root is "0",
    at the root of an embedded message "3.0".
    `media_type` is lower case, as "text/plain"; one that is malformed but has its slash is kept as written, so it
    must be checked before it is sent anywhere as a media type. `charset`, `transfer_encoding` and `disposition` are
    lower case. `length` is that of the decoded content in bytes; `md5` and `sha256` are of the decoded content, in
    hex. For a container, `length` is 0 and the digests are empty. `embedded` is true for what lies inside a
    message/* part.
    """

    number: str
    role: Role
    media_type: str
    parameters: tuple[tuple[str, str], ...] = ()
    charset: str | None = None
    transfer_encoding: str = "7bit"
    disposition: str | None = None
    file_name: str | None = None
    content_id: str | None = None
    header: Span
    body: Span
    length: int = 0
    md5: str = ""
    sha256: str = ""
    embedded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """All parts of a mail in the order of their bytes, the root first, and the problems found.

    Parts of embedded messages (message/rfc822) follow the part that holds them; `embedded` tells them apart:
    they do not count as the mail's own text, HTML or attachments. `size` is that of the raw mail in bytes.
    """

    size: int
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...] = ()


_SHORT = {
    "media_type": "t",
    "charset": "c",
    "transfer_encoding": "e",
    "disposition": "d",
    "file_name": "f",
    "content_id": "i",
    "length": "l",
    "md5": "m",
    "sha256": "s",
    "embedded": "x",
}
_DEFAULTS = {"transfer_encoding": "7bit", "length": 0, "md5": "", "sha256": "", "embedded": False}


def to_document(structure: Structure) -> dict[str, Any]:
    """Write a structure as JSON values for storage: short keys, defaults left out; from_document reads it
    back exactly.
    """
    document: dict[str, Any] = {"z": structure.size, "p": [_part_document(part) for part in structure.parts]}
    if structure.problems:
        document["w"] = [[problem.name, problem.offset, problem.lossy] for problem in structure.problems]
    return document


def from_document(document: dict[str, Any]) -> Structure:
    """Read a structure that to_document wrote."""
    return Structure(
        size=document["z"],
        parts=tuple(_part(part) for part in document["p"]),
        problems=tuple(Problem(name=name, offset=offset, lossy=lossy) for name, offset, lossy in document.get("w", ())),
    )


def _part_document(part: Part) -> dict[str, Any]:
    short: dict[str, Any] = {
        "n": part.number,
        "r": part.role.value,
        "h": list(part.header),
        "b": list(part.body),
    }
    for name, key in _SHORT.items():
        value = getattr(part, name)
        if value != _DEFAULTS.get(name):
            short[key] = value
    if part.parameters:
        short["a"] = [list(pair) for pair in part.parameters]
    return short


def _part(short: dict[str, Any]) -> Part:
    return Part(
        number=short["n"],
        role=Role(short["r"]),
        parameters=tuple((name, value) for name, value in short.get("a", ())),
        header=Span(*short["h"]),
        body=Span(*short["b"]),
        **{name: short[key] for name, key in _SHORT.items() if key in short},
    )
