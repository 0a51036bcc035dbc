"""From the bytes of a mail to its structure (RFC 2045, 2046): where every part is, what it is, what is wrong with it.

One pass finds the delimiter lines, a second touches the content once, to measure and digest it. Nothing is kept but
ranges. Nothing recurses and nothing raises: a mail is data, and what is not as it should be becomes a Problem.
Depth, parts, header bytes and parameters are bounded (Bounds), and time is linear in the size of the mail.

The problems, by name:

boundary-missing        a multipart names no boundary; its body is shown as text
boundary-not-found      no line has the boundary; the body is shown as text
boundary-unterminated   the last part has no closing delimiter after it
charset-unknown         the text is read as if no charset were named
content-damaged         the transfer encoding has faults; what could be was mended
content-type-malformed  not `type/subtype`
depth-limit             entities nested deeper than Bounds.depth are not taken apart
digest-limit            not digested: Bounds.digested was spent on the parts before
encoding-unknown        the content is left as it is
header-duplicate        a Content field occurs again; the first counts
header-limit            Content fields beyond Bounds.header_bytes are not read
header-line-malformed   a line of a header is no field
header-unended          no blank line ends the header
parameters-limit        parameters beyond Bounds.parameters are not read
parts-limit             parts beyond Bounds.parts are not told apart
"""

from __future__ import annotations

import re

from . import transfer
from .bounds import Bounds
from .delimiters import Delimiters
from .digests import Digest, Digests
from .entity import Entity, Kind, Problems, classify, describe, find_body, skip_envelope
from .structure import Octets, Part, Role, Span, Structure

_DEFAULT_BOUNDS = Bounds()


def parse(raw: Octets, bounds: Bounds = _DEFAULT_BOUNDS) -> Structure:
    """Find every part of a mail; never raises, whatever the bytes.

    Time is linear in the size of `raw`, memory beyond it a few megabytes. Ranges of children lie inside the body of
    their parent, do not overlap, and come in the order of the bytes; the header and body of the root cover the mail.
    """
    scan = _Scan(raw, bounds)
    scan.run()
    digests = Digests(raw, bounds.digested * len(raw) + transfer.SLICE)
    parts = tuple(_finish(entity, digests, scan.problems) for entity in scan.entities)
    return Structure(size=len(raw), parts=parts, problems=tuple(scan.problems.found))


class _Scan:
    """The first pass: entities are opened at their headers and closed at delimiter lines."""

    def __init__(self, raw: Octets, bounds: Bounds) -> None:
        # A mail whose lines end in bare CR is read as if they ended in LF: the offsets are the same.
        self.raw = bytes(raw).replace(b"\r", b"\n") if _is_cr_only(raw) else raw
        self.size = len(raw)
        self.bounds = bounds
        self.entities: list[Entity] = []
        self.problems = Problems(bounds.problems)
        self._open: list[Entity] = []
        self._delimiters = Delimiters(self.raw)

    def run(self) -> None:
        """Find all entities of the mail."""
        position = self._enter(0)
        while self._delimiters and (found := self._delimiters.next(position)):
            container = self._open[found.owner]
            self._close_above(found.owner, found.start)
            if found.closes:
                container.closed = True
                self._delimiters.forget(container.boundary, found.owner)
                position = found.end - 1
            elif len(self.entities) < self.bounds.parts:
                position = self._enter(found.end)
            else:
                self.problems.report("parts-limit", found.start, lossy=True)
                break
        self._close_above(-1, self.size)

    def _enter(self, start: int) -> int:
        """Open the entity that starts at `start`, and those inside it if it is a message; tells where to go on."""
        while True:
            entity = Entity(start)
            parent = self._open[-1] if self._open else None
            first = start if parent else skip_envelope(self.raw)
            fields_end, entity.body = find_body(self.raw, first, self.problems, self._delimiters.read)
            if parent is not None and parent.media_type == "multipart/digest":
                # RFC 2046, 5.1.5
                entity.media_type = "message/rfc822"
            describe(entity, self.raw, fields_end, self.bounds, self.problems)
            classify(entity, too_deep=len(self._open) >= self.bounds.depth, problems=self.problems)
            _number(entity, parent)
            self.entities.append(entity)
            self._open.append(entity)
            if entity.kind is Kind.CONTAINER:
                self._watch(entity.boundary)
            if entity.kind is not Kind.MESSAGE or len(self.entities) >= self.bounds.parts:
                return max(entity.body - 1, 0)
            start = entity.body

    def _watch(self, boundary: bytes) -> None:
        """Let lines with this boundary belong to the container that was opened last."""
        earlier = self._delimiters.owner(boundary)
        # A message put whole into a multipart with its own boundary: the lines divide the outer one.
        behind = earlier is not None and any(entity.kind is Kind.MESSAGE for entity in self._open[earlier + 1 :])
        self._delimiters.watch(boundary, len(self._open) - 1, behind=behind)

    def _close_above(self, index: int, end: int) -> None:
        """Close every entity that is open inside the one at `index`."""
        # The line end before a delimiter belongs to it (RFC 2046, 5.1.1), even if it is the last of a header.
        end = max(end, self._open[-1].header)
        while len(self._open) > index + 1:
            entity = self._open.pop()
            entity.body, entity.end = min(entity.body, end), end
            if entity.kind is not Kind.CONTAINER or entity.closed:
                continue
            self._delimiters.forget(entity.boundary, len(self._open))
            if entity.children:
                self.problems.report("boundary-unterminated", entity.header)
            else:
                self.problems.report("boundary-not-found", entity.header)
                entity.role = Role.TEXT


def _is_cr_only(raw: Octets) -> bool:
    return re.search(rb"\r", raw) is not None and re.search(rb"\n", raw) is None


def _number(entity: Entity, parent: Entity | None) -> None:
    """Number an entity as IMAP does (RFC 3501, 6.4.5)."""
    if parent is not None and parent.kind is not Kind.MESSAGE:
        entity.embedded = parent.embedded
        parent.children += 1
        entity.number = f"{parent.prefix}{parent.children}"
        entity.prefix = entity.number + "."
        return
    entity.embedded = parent is not None
    entity.prefix = f"{parent.number}." if parent else ""
    entity.number = entity.prefix + ("0" if entity.kind is Kind.CONTAINER else "1")
    if entity.kind is Kind.MESSAGE:
        entity.prefix = entity.number + "."


def _finish(entity: Entity, digests: Digests, problems: Problems) -> Part:
    digest = Digest()
    number = entity.number
    if entity.role is not Role.CONTAINER:
        damage = transfer.Damage()
        if (found := digests.read(entity.body, entity.end, entity.encoding, damage)) is None:
            problems.report("digest-limit", entity.header)
        else:
            digest = found
        if damage.is_found:
            problems.report("content-damaged", entity.body, lossy=damage.is_lossy)
        if entity.kind is Kind.CONTAINER and (number == "0" or number.endswith(".0")):
            # A multipart that has no parts is content, and the only part there is.
            number = number[:-1] + "1"
    return Part(
        number=number,
        role=entity.role,
        media_type=entity.media_type,
        parameters=entity.parameters,
        charset=entity.charset,
        transfer_encoding=entity.encoding,
        disposition=entity.disposition,
        file_name=entity.file_name,
        content_id=entity.content_id,
        header=Span(entity.header, entity.body),
        body=Span(entity.body, entity.end),
        length=digest.length,
        md5=digest.md5,
        sha256=digest.sha256,
        embedded=entity.embedded,
    )
