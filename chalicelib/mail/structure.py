"""The values that describe a mail: where every part of it is, and what is wrong with it.

A structure is made once, at arrival, and stored with the mail; from then on any part is read by its byte range.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from mmap import mmap
from typing import NamedTuple

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
    `media_type` is lower case, as "text/plain"; `charset`, `transfer_encoding` and `disposition` are lower case.
    `length` is that of the decoded content in bytes; `md5` and `sha256` are of the decoded content, in hex.
    For a container, `length` is 0 and the digests are empty.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """All parts of a mail in the order of their bytes, the root first, and the problems found.

    Parts of embedded messages (message/rfc822) follow the part that holds them; `embedded` tells them apart:
    they do not count as the mail's own text, HTML or attachments.
    """

    size: int
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...] = ()
