"""From the bytes of a mail to its structure (RFC 2045, 2046): where every part is, what it is, what is wrong
with it.

One pass finds the delimiter lines, a second touches the content once, to measure and digest it. Nothing is
kept but ranges. Nothing recurses and nothing raises: a mail is data, and what is not as it should be becomes
a Problem. Depth, parts, header bytes and parameters are bounded (Bounds), and time is linear in the size of
the mail.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from . import parameters, transfer
from .headers import unfold
from .structure import Octets, Part, Problem, Role, Span, Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of a mail is taken apart; where a bound is reached, the mail gets a problem that says so.

    `digested` counts how many times its own size a mail may be read for digests: parts nested in messages
    nested in messages are each digested whole, which would make time quadratic; parts beyond it have no
    digests.
    """

    depth: int = 256
    parts: int = 1000
    header_bytes: int = 1 << 20
    parameters: int = 1000
    problems: int = 100
    digested: int = 4


_DEFAULT_BOUNDS = Bounds()

# A block of header lines: fields (RFC 5322, 2.2) and continuations, as far as they are well formed. Every
# repeat is possessive: no input makes it step back.
_HEADER = re.compile(rb"(?:(?!--)[!-9;-~\x80-\xff]++[ \t]*+:[^\n]*+(?:\n|\Z)|[ \t][^\n]*+(?:\n|\Z))*+")
_LINE = re.compile(rb"[^\n]*+\n?")
_CONTENT_FIELD = re.compile(
    rb"^content-(type|transfer-encoding|disposition|id)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST_DELIMITER = 1000
_DELIMITER = re.compile(rb"\n--([^\n]{0,1000}+)")
_MEDIA_TYPE = re.compile(r"[^\s/;,]+/[^\s/;,]+")
_ENCODING = re.compile(rb"[^\s;(\"]++")
_IDENTITY = frozenset({"7bit", "8bit", "binary"})
_KNOWN = _IDENTITY | {"base64", "quoted-printable", "uuencode", "x-uuencode", "x-uue", "uue"}


@dataclass(slots=True)
class _Draft:
    """A part while its end is not known yet, and as long as it is open the place of its children."""

    header: int
    body: int = 0
    end: int = 0
    number: str = ""
    prefix: str = ""
    children: int = 0
    kind: str = "leaf"
    role: Role = Role.ATTACHMENT
    boundary: bytes | None = None
    closed: bool = False
    embedded: bool = False
    media_type: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    charset: str | None = None
    encoding: str = "7bit"
    disposition: str | None = None
    file_name: str | None = None
    content_id: str | None = None


def parse(raw: Octets, bounds: Bounds = _DEFAULT_BOUNDS) -> Structure:
    """Find every part of a mail; never raises, whatever the bytes.

    Time is linear in the size of `raw`, memory beyond it a few megabytes. Ranges of children lie inside the
    body of their parent, do not overlap, and come in the order of the bytes; the header and body of the root
    cover the mail.
    """
    scan = _Scan(raw, bounds)
    scan.run()
    digests = _Digests(raw, bounds.digested * len(raw) + transfer.SLICE)
    parts = tuple(_finish(draft, digests, scan) for draft in scan.drafts)
    return Structure(size=len(raw), parts=parts, problems=tuple(scan.problems[: bounds.problems]))


class _Scan:
    """The first pass: entities are opened at their headers and closed at delimiter lines."""

    def __init__(self, raw: Octets, bounds: Bounds) -> None:
        # A mail with bare CR as line ends is read as if they were LF: the offsets are the same.
        self.raw = raw
        if re.search(rb"\r", raw) and not re.search(rb"\n", raw):
            self.raw = bytes(raw).replace(b"\r", b"\n")
        self.size = len(raw)
        self.bounds = bounds
        self.drafts: list[_Draft] = []
        self.problems: list[Problem] = []
        self.open: list[_Draft] = []
        self.boundaries: dict[bytes, list[int]] = {}

    def report(self, name: str, offset: int, *, lossy: bool = False) -> None:
        self.problems.append(Problem(name=name, offset=offset, lossy=lossy))

    def run(self) -> None:
        position = self.enter(0)
        while self.boundaries:
            hit = self.next_delimiter(position)
            if hit is None:
                break
            start, end, boundary, closes = hit
            index = self.boundaries[boundary][-1]
            self.close_above(index, start)
            container = self.open[index]
            position = max(end - 1, 0)
            if closes:
                container.closed = True
                self.forget(container, index)
            elif len(self.drafts) >= self.bounds.parts:
                self.report("parts-limit", start, lossy=True)
                break
            else:
                position = self.enter(end)
        self.close_above(-1, self.size)

    def next_delimiter(self, position: int) -> tuple[int, int, bytes, bool] | None:
        """Find the next line that is a delimiter of an open multipart: its range, boundary, and if it closes
        it.
        """
        boundaries = self.boundaries
        for hit in _DELIMITER.finditer(self.raw, position):
            line = bytes(hit[1]).rstrip(b" \t\r")
            if line in boundaries:
                boundary, closes = line, False
            elif line.endswith(b"--") and line[:-2] in boundaries:
                boundary, closes = line[:-2], True
            else:
                continue
            start = hit.start()
            if start and self.raw[start - 1 : start] == b"\r":
                start -= 1
            return start, min(hit.end() + 1, self.size), boundary, closes
        return None

    def enter(self, start: int) -> int:
        """Open the entity that starts at `start`, and the one inside it if it is a message; tells where to
        go on.
        """
        while True:
            draft = _Draft(start)
            parent = self.open[-1] if self.open else None
            fields_end, draft.body = self.header_end(start, root=parent is None)
            self.describe(draft, parent, fields_end)
            self.place(draft, parent)
            self.drafts.append(draft)
            self.open.append(draft)
            if draft.boundary is not None:
                self.watch(draft.boundary)
            if draft.kind != "message" or len(self.drafts) >= self.bounds.parts:
                return max(draft.body - 1, 0)
            start = draft.body

    def watch(self, boundary: bytes) -> None:
        """Let lines with this boundary belong to the container that was opened last."""
        index = len(self.open) - 1
        places = self.boundaries.setdefault(boundary, [])
        if places and any(draft.kind == "message" for draft in self.open[places[-1] + 1 :]):
            # A message was put whole into a multipart with its own boundary: the lines end the outer part.
            places.insert(0, index)
        else:
            places.append(index)

    def place(self, draft: _Draft, parent: _Draft | None) -> None:
        """Number a part as IMAP does (RFC 3501, 6.4.5)."""
        draft.embedded = parent is not None and (parent.embedded or parent.kind == "message")
        if parent is None:
            draft.number, draft.prefix = ("0", "") if draft.kind == "container" else ("1", "1.")
        elif parent.kind == "message":
            prefix = parent.number + "."
            draft.number, draft.prefix = (prefix + "0", prefix) if draft.kind == "container" else (prefix + "1", "")
        else:
            parent.children += 1
            draft.number = f"{parent.prefix}{parent.children}"
            draft.prefix = draft.number + "."

    def header_end(self, start: int, *, root: bool) -> tuple[int, int]:
        """Find where the fields of a header end, and where the body starts."""
        raw = self.raw
        position = start
        if root:
            if bytes(raw[:3]) == b"\xef\xbb\xbf":
                position = 3
            if bytes(raw[position : position + 6]).lstrip(b">").startswith(b"From "):
                position = _end(_LINE, raw, position)
        first = position
        while True:
            position = _end(_HEADER, raw, position)
            line_end = _end(_LINE, raw, position)
            line = bytes(raw[position : min(line_end, position + _LONGEST_DELIMITER)])
            if line in (b"\r\n", b"\n"):
                return position, line_end
            if not line or line == b"\r":
                self.report("header-unended", position)
                return position, line_end
            if line.startswith(b"--") and self.is_delimiter(line[2:]):
                self.report("header-unended", position)
                return position, position
            self.report("header-line-malformed", position)
            if position == first:
                return first, first
            position = line_end

    def is_delimiter(self, line: bytes) -> bool:
        line = line.rstrip(b" \t\r\n")
        return line in self.boundaries or (line.endswith(b"--") and line[:-2] in self.boundaries)

    def describe(self, draft: _Draft, parent: _Draft | None, fields_end: int) -> None:
        """Fill in what the Content fields of a header say."""
        fields: dict[bytes, bytes] = {}
        end = fields_end
        if fields_end - draft.header > self.bounds.header_bytes:
            end = draft.header + self.bounds.header_bytes
            self.report("header-limit", end)
        for field in _CONTENT_FIELD.finditer(self.raw, draft.header, end):
            name = bytes(field[1]).lower()
            if name in fields:
                self.report("header-duplicate", field.start())
            else:
                fields[name] = unfold(bytes(field[2]))
        most = self.bounds.parameters
        media_type, type_parameters = parameters.read(fields.get(b"type", b""), most)
        disposition, disposition_parameters = parameters.read(fields.get(b"disposition", b""), most)
        if len(type_parameters) >= most or len(disposition_parameters) >= most:
            self.report("parameters-limit", draft.header)
        if media_type and not _MEDIA_TYPE.fullmatch(media_type):
            self.report("content-type-malformed", draft.header)
        if media_type.count("/") != 1:
            # As RFC 2045, 5.2 asks. What has its slash is taken for the unknown type it names.
            digest = parent is not None and parent.media_type == "multipart/digest"
            media_type = "message/rfc822" if digest and not media_type else "text/plain"
        draft.media_type = media_type
        draft.parameters = tuple(type_parameters.items())
        draft.charset = type_parameters.get("charset", "").lower() or None
        draft.disposition = disposition or None
        draft.file_name = disposition_parameters.get("filename") or type_parameters.get("name") or None
        draft.content_id = fields.get(b"id", b"").strip(b" <>\t").decode("utf-8", "replace") or None
        draft.encoding = self.encoding(fields.get(b"transfer-encoding", b""), draft.header)
        self.classify(draft, type_parameters.get("boundary", ""))

    def encoding(self, value: bytes, offset: int) -> str:
        token = _ENCODING.search(value)
        encoding = token[0].decode("latin-1").lower() if token else "7bit"
        if encoding not in _KNOWN:
            self.report("encoding-unknown", offset)
        return encoding

    def classify(self, draft: _Draft, boundary: str) -> None:
        """Decide if a part is opened (container, message) or is content, and what role it has then."""
        media_type = draft.media_type
        too_deep = len(self.open) >= self.bounds.depth
        if media_type.startswith("multipart/"):
            draft.role = Role.TEXT
            boundary = boundary.rstrip()
            if too_deep:
                self.report("depth-limit", draft.header, lossy=True)
            elif not boundary:
                self.report("boundary-missing", draft.header)
            else:
                draft.kind, draft.role = "container", Role.CONTAINER
                draft.boundary = boundary.encode("latin-1", "replace")
        elif media_type in ("message/rfc822", "message/global"):
            if too_deep:
                self.report("depth-limit", draft.header)
            elif draft.encoding not in ("base64", "quoted-printable"):
                draft.kind = "message"
        elif draft.disposition != "attachment":
            if media_type == "text/plain":
                draft.role = Role.TEXT
            elif media_type == "text/html":
                draft.role = Role.HTML

    def close_above(self, index: int, end: int) -> None:
        """Close every entity that is opened inside the one at `index`."""
        while len(self.open) > index + 1:
            draft = self.open.pop()
            draft.end = max(end, draft.body)
            if draft.kind != "container" or draft.closed:
                continue
            self.forget(draft, len(self.open))
            if draft.children:
                self.report("boundary-unterminated", draft.header)
            else:
                self.report("boundary-not-found", draft.header)
                draft.role = Role.TEXT

    def forget(self, draft: _Draft, index: int) -> None:
        """The boundary of a container means nothing any more."""
        boundary = draft.boundary or b""
        places = self.boundaries[boundary]
        places.remove(index)
        if not places:
            del self.boundaries[boundary]


def _end(pattern: re.Pattern[bytes], raw: Octets, position: int) -> int:
    found = pattern.match(raw, position)
    return found.end() if found else position


class _Digests:
    """The second pass: lengths and digests of decoded content, within a budget of bytes."""

    def __init__(self, raw: Octets, budget: int) -> None:
        self.raw = raw
        self.budget = budget

    def of(self, draft: _Draft) -> tuple[int, str, str] | None:
        """Length in bytes, MD5 and SHA-256 in hex of the decoded content; None when the budget is spent."""
        start, end = draft.body, draft.end
        self.budget -= end - start
        if self.budget < 0:
            return None
        length = 0
        md5 = hashlib.md5(usedforsecurity=False)
        sha256 = hashlib.sha256()
        for piece in transfer.decode_stream(transfer.slices(self.raw, start, end), draft.encoding):
            length += len(piece)
            md5.update(piece)
            sha256.update(piece)
        return length, md5.hexdigest(), sha256.hexdigest()


def _finish(draft: _Draft, digests: _Digests, scan: _Scan) -> Part:
    length, md5, sha256 = 0, "", ""
    number = draft.number
    if draft.role is not Role.CONTAINER:
        found = digests.of(draft)
        if found is None:
            scan.report("digest-limit", draft.header)
        else:
            length, md5, sha256 = found
        # A multipart without any part is content, and the only part there is.
        if number == "0" or number.endswith(".0"):
            number = number[:-1] + "1"
    return Part(
        number=number,
        role=draft.role,
        media_type=draft.media_type,
        parameters=draft.parameters,
        charset=draft.charset,
        transfer_encoding=draft.encoding,
        disposition=draft.disposition,
        file_name=draft.file_name,
        content_id=draft.content_id,
        header=Span(draft.header, draft.body),
        body=Span(draft.body, draft.end),
        length=length,
        md5=md5,
        sha256=sha256,
        embedded=draft.embedded,
    )
