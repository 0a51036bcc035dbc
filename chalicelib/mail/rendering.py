"""What is made of a mail for its readers, under which name it is kept, and what of it is made before anybody asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.mail.summary import body_parts

if TYPE_CHECKING:
    from chalicelib.mail.names import MailId
    from chalicelib.mail.structure import Part, Span, Structure

VERSION = 3
"""The version of all renderings. Raise it when parsing or a rendering changes: nobody then keeps an old one."""
RECENT = timedelta(hours=1)
"""What came longer ago is not rendered before it is asked for: who waits for a mail asks soon."""
PART_OCTETS = 64 * 1024
"""The most bytes of a decoded part that is kept: a larger one is streamed each time, which costs no memory."""


class Rendering(StrEnum):
    """What a reader may want of a mail."""

    TEXT = "text"
    """The text, in UTF-8."""
    BODY = "body"
    """The sanitised HTML, without links and images."""
    BODY_LINKS = "body-links"
    BODY_IMAGES = "body-images"
    BODY_LINKS_IMAGES = "body-links-images"
    DIRTY = "dirty"
    """The HTML as it was sent, its own images put in."""
    HEADERS = "headers"
    """The header fields by lower-case name, as JSON."""
    HEADERS_ORDERED = "headers-ordered"
    """The header fields in order, as JSON."""
    HEADER = "header"
    """The header as it stands in the mail."""


FIRST_READ = (Rendering.TEXT, Rendering.BODY, Rendering.HEADERS)
"""What is read first, and most."""


def body_rendering(*, links: bool, images: bool) -> Rendering:
    """The sanitised HTML with links, with the mail's own images, with both or with neither."""
    return {
        (False, False): Rendering.BODY,
        (True, False): Rendering.BODY_LINKS,
        (False, True): Rendering.BODY_IMAGES,
        (True, True): Rendering.BODY_LINKS_IMAGES,
    }[links, images]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheKey:
    """Names something that was made of a mail. What goes by a key never changes: the version is a part of it."""

    mail: MailId
    name: str
    version: int = VERSION

    @property
    def entry(self) -> str:
        """The name among what is kept of the mail."""
        return f"{self.name}.v{self.version}"

    def __str__(self) -> str:
        return f"{self.mail}/{self.entry}"


def rendering_key(mail: MailId, rendering: Rendering) -> CacheKey:
    """The key of a rendering."""
    return CacheKey(mail=mail, name=rendering.value)


def part_key(mail: MailId, part: Part) -> CacheKey:
    """The key of the decoded content of a part."""
    return CacheKey(mail=mail, name=f"part-{part.number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is worth it in a world: both bounds are in microseconds of work, `most` is in bytes of mail."""

    ahead: float = 0.0
    """Work that is at least so much is done before anybody asks."""
    kept: float = 0.0
    """What was at least so much work is kept for all processes."""
    most: int = 512 * 1024
    """What is made of more is not made before it is asked for: few will ever read it."""


def rendered_at_arrival(structure: Structure, terms: Terms, *, age: timedelta) -> tuple[Rendering, ...]:
    """What of a mail is rendered when it has just come; `age` is how long ago that was.

    Nothing of a mail that is not new, and nothing that is made so fast that to fetch it saves no time, or of so much.
    """
    if age > RECENT:
        return ()
    return tuple(
        one
        for one in FIRST_READ
        if work(structure, one) >= terms.ahead and sum(map(_encoded, _sources(structure, one))) <= terms.most
    )


def may_be_rendered_at_arrival(octets: int, terms: Terms) -> bool:
    """Whether a mail of so many bytes can be worth it at all: most of what comes is told apart by this alone."""
    return octets * _DEAREST >= terms.ahead


def work(structure: Structure, rendering: Rendering) -> float:
    """How long it takes to make a rendering, in microseconds, to within a factor of two on a machine of 2024.

    Measured as docs/decisions/0021-what-is-rendered-when.md says; only how they compare matters.
    """
    if rendering in _HEADERS:
        per_octet = 0.0 if rendering is Rendering.HEADER else 0.09
    elif rendering is Rendering.TEXT:
        per_octet = 0.009 if body_parts(structure).text else _TEXT_OF_HTML
    else:
        per_octet = 0.05 if rendering is Rendering.DIRTY else _SANITISING
    return per_octet * sum(map(_encoded, _sources(structure, rendering)))


_SANITISING = 0.2
_TEXT_OF_HTML = 0.3
"""Microseconds a byte: of long paragraphs they take two thirds of it, of one tag after the other four thirds."""
_DEAREST = max(_SANITISING, _TEXT_OF_HTML)
_HEADERS = frozenset({Rendering.HEADERS, Rendering.HEADERS_ORDERED, Rendering.HEADER})
_WITH_IMAGES = frozenset({Rendering.DIRTY, Rendering.BODY_IMAGES, Rendering.BODY_LINKS_IMAGES})


def _sources(structure: Structure, rendering: Rendering) -> list[Span]:
    """The ranges of the mail that a rendering is made of."""
    if rendering in _HEADERS:
        return [structure.parts[0].header]
    bodies = body_parts(structure)
    wanted, other = (bodies.text, bodies.html) if rendering is Rendering.TEXT else (bodies.html, bodies.text)
    images = [part for part in bodies.attachments if part.content_id] if rendering in _WITH_IMAGES else []
    return [part.body for part in (*(wanted or other), *images)]


def _encoded(span: Span) -> int:
    return span.end - span.start
