"""One MIME entity while its mail is read: what its Content fields say (RFC 2045, RFC 2183), and what that makes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from . import parameters
from .charsets import codec_of
from .headers import unfold
from .structure import Octets, Problem, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from .bounds import Bounds


class Kind(Enum):
    """What is inside an entity."""

    CONTENT = auto()
    CONTAINER = auto()
    """A multipart, divided by delimiter lines."""
    MESSAGE = auto()
    """A message/rfc822 that is not encoded, so its bytes are an entity themselves."""


@dataclass(slots=True)
class Entity:
    """A part whose end is not known yet. `prefix` starts the numbers of its children, `children` counts them."""

    header: int
    body: int = 0
    end: int = 0
    number: str = ""
    prefix: str = ""
    children: int = 0
    kind: Kind = Kind.CONTENT
    role: Role = Role.ATTACHMENT
    boundary: bytes = b""
    closed: bool = False
    embedded: bool = False
    media_type: str = "text/plain"
    parameters: tuple[tuple[str, str], ...] = ()
    charset: str | None = None
    encoding: str = "7bit"
    disposition: str | None = None
    file_name: str | None = None
    content_id: str | None = None


class Problems:
    """The problems found in one mail, up to a number."""

    def __init__(self, most: int) -> None:
        self.found: list[Problem] = []
        self._most = most

    def report(self, name: str, offset: int, *, lossy: bool = False) -> None:
        """Note a problem; beyond the number it is dropped."""
        if len(self.found) < self._most:
            self.found.append(Problem(name=name, offset=offset, lossy=lossy))


# A block of header lines: fields (RFC 5322, 2.2) and continuations, as far as they are well formed. Every repeat is
# possessive: no input makes it step back.
_FIELDS = re.compile(rb"(?:(?!--)[!-9;-~\x80-\xff]++[ \t]*+:[^\n]*+(?:\n|\Z)|[ \t][^\n]*+(?:\n|\Z))*+")
# The same once a malformed line was met: all up to a blank line, or one that may be a delimiter.
_ROUGH_FIELDS = re.compile(rb"(?:(?!--|\r?\n)[^\n]++(?:\n|\Z))*+")
_MOST_DASHED_LINES = 1000
_POSTMARKS = re.compile(rb"(?:>?From [^\n]*+\n){0,10}+")
_LINE = re.compile(rb"[^\n]*+\n?")
_LONGEST_LINE_READ = 1000
_CONTENT_FIELD = re.compile(
    rb"^content-(type|transfer-encoding|disposition|id)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST_VALUE = 1000
# token "/" token (RFC 2045, 5.1)
_MEDIA_TYPE = re.compile(r"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]++/[!#$%&'*+.0-9A-Z^_`a-z{|}~-]++")
_ENCODING = re.compile(rb"[^\s;(\"]++")
_ENCODINGS = frozenset({
    "7bit", "8bit", "binary", "base64", "quoted-printable", "uuencode", "x-uuencode", "x-uue", "uue",
})  # fmt: skip


def find_body(raw: Octets, start: int, problems: Problems, is_delimiter: Callable[[bytes], object]) -> tuple[int, int]:
    """Find where the header that starts at `start` has its last field's end, and where the body starts.

    Lines that are no field are passed over; when the first line is none, there is no header at all. A delimiter
    line of an open multipart ends the header, as does the end of the mail.
    """
    position = start
    pattern = _FIELDS
    for _ in range(_MOST_DASHED_LINES):
        position = _end(pattern, raw, position)
        line_end = _end(_LINE, raw, position)
        line = bytes(raw[position : min(line_end, position + _LONGEST_LINE_READ)])
        if line in (b"\r\n", b"\n"):
            return position, line_end
        if not line or line == b"\r" or (line.startswith(b"--") and is_delimiter(line[2:])):
            problems.report("header-unended", position)
            return position, line_end if line[:1] != b"-" else position
        if pattern is _FIELDS:
            problems.report("header-line-malformed", position)
        if position == start:
            break
        pattern, position = _ROUGH_FIELDS, line_end
    return position, position


def skip_envelope(raw: Octets) -> int:
    """Find where the first field of a mail starts: after a byte order mark and an mbox's `From ` line (RFC 4155).

    A mail that went through several mailboxes may have a line of each.
    """
    start = 3 if bytes(raw[:3]) == b"\xef\xbb\xbf" else 0
    return _end(_POSTMARKS, raw, start)


def describe(entity: Entity, raw: Octets, fields_end: int, bounds: Bounds, problems: Problems) -> None:
    """Fill in what the Content fields of an entity say; the first of two with one name counts."""
    start = entity.header
    end = min(fields_end, start + bounds.header_bytes)
    if end < fields_end:
        problems.report("header-limit", end)
    fields: dict[bytes, bytes] = {}
    for field in _CONTENT_FIELD.finditer(raw, start, end):
        name = bytes(field[1]).lower()
        if name in fields:
            problems.report("header-duplicate", field.start())
        else:
            fields[name] = unfold(bytes(field[2]))
    if b"type" in fields:
        _read_type(entity, fields[b"type"], bounds, problems)
    if b"disposition" in fields:
        disposition, found = parameters.read(fields[b"disposition"], bounds.parameters)
        entity.disposition = disposition[:_LONGEST_VALUE] or None
        entity.file_name = found.get("filename") or entity.file_name
        if len(found) >= bounds.parameters:
            problems.report("parameters-limit", start)
    if b"id" in fields:
        entity.content_id = fields[b"id"][:_LONGEST_VALUE].strip(b" <>\t").decode("utf-8", "replace") or None
    if b"transfer-encoding" in fields and (token := _ENCODING.search(fields[b"transfer-encoding"])):
        entity.encoding = token[0][:_LONGEST_VALUE].decode("latin-1").lower()
        if entity.encoding not in _ENCODINGS:
            problems.report("encoding-unknown", start)


def _read_type(entity: Entity, value: bytes, bounds: Bounds, problems: Problems) -> None:
    media_type, found = parameters.read(value, bounds.parameters)
    media_type = media_type[:_LONGEST_VALUE]
    if len(found) >= bounds.parameters:
        problems.report("parameters-limit", entity.header)
    if media_type and not _MEDIA_TYPE.fullmatch(media_type):
        problems.report("content-type-malformed", entity.header)
    # RFC 2045, 5.2: what makes no sense is text/plain. What has its slash is taken for the unknown type it names.
    if media_type.count("/") == 1:
        entity.media_type = media_type
    entity.parameters = tuple(found.items())
    entity.charset = found.get("charset", "").lower() or None
    if entity.charset and codec_of(entity.charset) is None:
        problems.report("charset-unknown", entity.header)
    entity.file_name = found.get("name") or None
    entity.boundary = found.get("boundary", "").rstrip().encode("latin-1", "replace")


def classify(entity: Entity, *, too_deep: bool, problems: Problems) -> None:
    """Decide if an entity is opened or is content, and what it is to the reader.

    message/* parts and everything but text/plain and text/html are attachments, text too when its disposition says
    so. A multipart that cannot be divided is shown as the text it is.
    """
    media_type = entity.media_type
    if media_type.startswith("multipart/"):
        entity.role = Role.TEXT
        if too_deep:
            problems.report("depth-limit", entity.header, lossy=True)
        elif not entity.boundary:
            problems.report("boundary-missing", entity.header)
        else:
            entity.kind, entity.role = Kind.CONTAINER, Role.CONTAINER
    elif media_type in ("message/rfc822", "message/global"):
        if too_deep:
            problems.report("depth-limit", entity.header)
        elif entity.encoding not in ("base64", "quoted-printable"):
            entity.kind = Kind.MESSAGE
    elif entity.disposition != "attachment":
        entity.role = _BODY_ROLES.get(media_type, Role.ATTACHMENT)


_BODY_ROLES = {"text/plain": Role.TEXT, "text/html": Role.HTML}


def _end(pattern: re.Pattern[bytes], raw: Octets, position: int) -> int:
    found = pattern.match(raw, position)
    return found.end() if found else position
