"""Reading mail: lists, single messages, and their parts, each by the byte range it needs and no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.actions.steps import Steps
from chalicelib.errors import NotFound
from chalicelib.mail import charsets, transfer
from chalicelib.mail.flowed import unflow
from chalicelib.mail.headers import Field, read_fields
from chalicelib.mail.ids import first_id_at
from chalicelib.mail.inlining import inline_images
from chalicelib.mail.markup import SHORTENED
from chalicelib.mail.names import Inbox, MessageId
from chalicelib.mail.plain_text import from_html, to_html
from chalicelib.mail.sanitising import sanitise
from chalicelib.mail.shelf import Shelf
from chalicelib.mail.structure import Role, Span
from chalicelib.mail.summary import body_parts
from chalicelib.mail.trace import Hop, read_hops
from chalicelib.ports.caching import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from chalicelib.mail.message import Message
    from chalicelib.mail.structure import Octets, Part, Structure
    from chalicelib.ports import Backend

INLINE_BYTES = 5 * 1024 * 1024
"""Images of a mail are put into its HTML up to this many bytes in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Content in pieces: those of a range of it, or all. `length` is in bytes, None where it cannot be told before.

    `open` raises NotFound and Unavailable.
    """

    length: int | None
    open: Callable[[Span | None], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A message at hand, and the way to its bytes. `raw` is the whole mail where that is in memory already."""

    backend: Backend
    message: Message
    structure: Structure
    raw: Octets | None = None
    steps: Steps = field(default_factory=Steps, compare=False)

    def octets(self, span: Span) -> bytes:
        """Those bytes of the raw mail."""
        if span.end <= span.start:
            return b""
        if self.raw is not None:
            return bytes(self.raw[span.start : span.end])
        with self.steps.timed("raw"):
            return self.backend.raw.read(self.message.mail.receipt, span)

    def content(self, part: Part) -> bytes:
        """The decoded content of a part."""
        return transfer.decode(self.octets(part.body), part.transfer_encoding)

    def stream(self, part: Part) -> Stream:
        """The decoded content of a part, however large, in little memory."""
        # A container has no decoded length: what stands between its boundaries is shown as it is.
        is_known = part.role is not Role.CONTAINER
        length = part.length if is_known else part.body.end - part.body.start
        is_told = is_known or transfer.is_identity(part.transfer_encoding)
        return Stream(length=length if is_told else None, open=lambda span: self._pieces(part, span))

    def _pieces(self, part: Part, span: Span | None) -> Iterator[bytes]:
        receipt, body, raw = self.message.mail.receipt, part.body, self.backend.raw
        self.steps.source = Source.RANGE
        if span is None:
            return transfer.decode_stream(transfer.recut(raw.stream(receipt, body)), part.transfer_encoding)
        if transfer.is_identity(part.transfer_encoding):
            return raw.stream(receipt, Span(body.start + span.start, min(body.end, body.start + span.end)))
        return _within(self._pieces(part, None), span)

    def text(self, part: Part) -> str:
        """The content of a text part as text."""
        text = charsets.decode(self.content(part), part.charset)
        parameters = dict(part.parameters)
        if parameters.get("format", "").lower() == "flowed":
            return unflow(text, delsp=parameters.get("delsp", "").lower() == "yes")
        return text


LATEST = "latest"
"""Stands for the id of the newest message of an inbox."""


def list_messages(
    backend: Backend, shelf: Shelf, *, limit: int, until: datetime | None = None, before: str | None = None
) -> tuple[Message, ...]:
    """The newest messages of a shelf; only those that came before `until`, or whose id sorts before `before`."""
    bounds = [before] if before else []
    if until is not None:
        bounds.append(first_id_at(until))
    return backend.index.messages(shelf, limit=limit, before=MessageId(min(bounds)) if bounds else None)


def find_message(backend: Backend, inbox: Inbox, message: str) -> Message:
    """One message, or the "latest". Raises NotFound."""
    if message == LATEST:
        found = next(iter(backend.index.messages(Shelf.inbox(inbox), limit=1)), None)
    else:
        found = backend.index.message(inbox, MessageId(message))
    if found is None:
        raise NotFound("There is no such message in this inbox")
    return found


def open_message(backend: Backend, inbox: Inbox, message: str) -> Opened:
    """One message, or the "latest", with its structure, ready to read parts of. Raises NotFound."""
    steps = Steps()
    with steps.timed("index"):
        name = find_message(backend, inbox, message).id if message == LATEST else MessageId(message)
        found = backend.index.opened(inbox, name)
    if found is None:
        raise NotFound("There is no such message in this inbox")
    return Opened(backend, *found, steps=steps)


def raw_mail(backend: Backend, message: Message) -> bytes:
    """The whole mail of a message as it is kept, trace header included."""
    return backend.raw.read(message.mail.receipt)


def raw_stream(backend: Backend, message: Message) -> Stream:
    """The same in pieces."""
    return Stream(length=message.mail.size, open=lambda span: backend.raw.stream(message.mail.receipt, span))


def header_fields(opened: Opened) -> tuple[Field, ...]:
    """The mail's header fields in order."""
    return read_fields(opened.octets(opened.structure.parts[0].header))


def hops(opened: Opened) -> tuple[Hop, ...]:
    """The servers that the mail passed, the newest first."""
    return read_hops(header_fields(opened))


def header_text(opened: Opened) -> bytes:
    """The mail's header as it stands in the mail."""
    return opened.octets(opened.structure.parts[0].header)


def plain_text(opened: Opened) -> str:
    """The mail's text, whole; made from its HTML where it has none, and then a last line says what is left out."""
    bodies = body_parts(opened.structure)
    if bodies.text:
        return _joined(opened, bodies.text)
    return from_html(_joined(opened, bodies.html))


def safe_html(opened: Opened, *, links: bool, images: bool) -> str:
    """The mail's HTML without scripts and anything remote; made from its text where it has none.

    Links, and the images that the mail brings itself, stay only when asked for. A last paragraph says so when it was
    too long to be shown whole.
    """
    own = _own_images(opened) if images else {}
    safe = sanitise(_html(opened), images=own, keep_links=links, keep_images=images)
    return f"{safe.html}<p>{SHORTENED}</p>" if safe.is_cut else safe.html


def own_html(opened: Opened) -> str:
    """The mail's HTML as it was sent, nothing taken out or put in; empty where it has none."""
    return _joined(opened, body_parts(opened.structure).html)


def whole_html(opened: Opened) -> str:
    """The mail's HTML as it was sent, nothing taken out, its own images put in. To be shown in a sandbox only."""
    return inline_images(_html(opened), _own_images(opened))


def _own_images(opened: Opened) -> dict[str, tuple[str, bytes]]:
    images: dict[str, tuple[str, bytes]] = {}
    room = INLINE_BYTES
    for part in body_parts(opened.structure).attachments:
        if part.content_id and part.media_type.startswith("image/") and part.length <= room:
            images[part.content_id] = (part.media_type, opened.content(part))
            room -= part.length
    return images


def attachments(opened: Opened) -> tuple[Part, ...]:
    """The mail's attachments in order, inline images and embedded messages included."""
    return tuple(body_parts(opened.structure).attachments)


def find_attachment(opened: Opened, identifier: str) -> Part:
    """The attachment with that MD5, content id or file name, tried in this order. Raises NotFound."""
    parts = attachments(opened)
    wanted = identifier.strip("<>")
    for matches in (
        [part for part in parts if part.md5 == identifier.lower()],
        [part for part in parts if part.content_id == wanted],
        [part for part in parts if part.file_name == identifier],
    ):
        if matches:
            return matches[0]
    raise NotFound("There is no such attachment in this message")


def find_part(opened: Opened, number: str) -> Part:
    """The part of that number, also inside embedded messages. Raises NotFound."""
    for part in opened.structure.parts:
        if part.number == number:
            return part
    raise NotFound("There is no part of that number in this message")


def _within(pieces: Iterator[bytes], span: Span) -> Iterator[bytes]:
    """Those pieces of a range that has to be counted from the start: encoded content cannot be entered anywhere."""
    at = 0
    for piece in pieces:
        if wanted := piece[max(0, span.start - at) : max(0, span.end - at)]:
            yield wanted
        at += len(piece)
        if at >= span.end:
            return


def _html(opened: Opened) -> str:
    bodies = body_parts(opened.structure)
    if bodies.html:
        return _joined(opened, bodies.html)
    return to_html(_joined(opened, bodies.text))


def _joined(opened: Opened, parts: Sequence[Part]) -> str:
    return "\n".join(opened.text(part) for part in parts)
