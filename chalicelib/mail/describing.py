"""What is found out about a mail at arrival, once: its structure, its summary, its links."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.mail import charsets, transfer
from chalicelib.mail.links import find_links
from chalicelib.mail.mime import parse
from chalicelib.mail.plain_text import from_html
from chalicelib.mail.structure import Octets, Part, Problem, Role, Span, Structure
from chalicelib.mail.summary import Summary, body_parts, summarise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.mail.bounds import Bounds

log = logging.getLogger(__name__)

LINK_SEARCH_BYTES = 512 * 1024
"""How much of a body is looked through for links: what is beyond is no mail that a person reads."""
HTML_SEARCH_LETTERS = 32 * 1024
"""How much HTML is made text of when a mail has no text of its own to be found by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is known of a mail from its bytes alone. `text` is the beginning of what a person reads in it."""

    structure: Structure
    summary: Summary
    links: tuple[str, ...] = ()
    text: str = ""


def describe(raw: Octets, bounds: Bounds) -> Description:
    """The description of a mail. Never raises: a mail we fail on is kept as one unread part."""
    try:
        structure = parse(raw, bounds)
        bodies = body_parts(structure)
        text, html = _joined(raw, bodies.text), _joined(raw, bodies.html)
        return Description(
            structure=structure,
            summary=summarise(raw, structure),
            links=find_links(html=html, text=text),
            text=text or from_html(html[:HTML_SEARCH_LETTERS]),
        )
    except Exception:
        # A mistake of ours must not refuse a mail: it stays readable raw, and `reindex` mends the rest later.
        log.exception("A mail could not be described")
        return Description(structure=_undescribed(len(raw)), summary=Summary())


def _undescribed(size: int) -> Structure:
    part = Part(
        number="1",
        role=Role.ATTACHMENT,
        media_type="message/rfc822",
        header=Span(0, 0),
        body=Span(0, size),
        length=size,
    )
    return Structure(size=size, parts=(part,), problems=(Problem(name="undescribed", offset=0, lossy=True),))


def _joined(raw: Octets, parts: Iterable[Part]) -> str:
    view = memoryview(raw)
    texts = []
    for part in parts:
        end = min(part.body.end, part.body.start + LINK_SEARCH_BYTES)
        content = transfer.decode(view[part.body.start : end], part.transfer_encoding)
        texts.append(charsets.decode(content, part.charset))
    return "\n".join(texts)
