"""What is found out about a mail at arrival, once: its structure, its summary, its links."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from chalicelib.mail import charsets, transfer
from chalicelib.mail.links import find_links
from chalicelib.mail.mime import Bounds, parse
from chalicelib.mail.structure import Octets, Part, Problem, Role, Span, Structure
from chalicelib.mail.summary import Summary, body_parts, summarise

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger(__name__)

LINK_SEARCH_BYTES = 512 * 1024
"""How much of a body is looked through for links: what is beyond is no mail that a person reads."""


def describe(raw: Octets, bounds: Bounds) -> tuple[Structure, Summary, tuple[str, ...]]:
    """Structure, summary and links of a mail. Never raises: a mail we fail on is kept as one unread part."""
    try:
        structure = parse(raw, bounds)
        return structure, summarise(raw, structure), _links(raw, structure)
    except Exception:
        # A mistake of ours must not refuse a mail: it stays readable raw, and `reindex` mends the rest later.
        log.exception("A mail could not be described")
        return _undescribed(len(raw)), Summary(), ()


def _undescribed(size: int) -> Structure:
    part = Part(
        number="1", role=Role.ATTACHMENT, media_type="message/rfc822", header=Span(0, 0), body=Span(0, size), length=size
    )
    return Structure(size=size, parts=(part,), problems=(Problem(name="undescribed", offset=0, lossy=True),))


def _links(raw: Octets, structure: Structure) -> tuple[str, ...]:
    bodies = body_parts(structure)
    return find_links(html=_joined(raw, bodies.html), text=_joined(raw, bodies.text))


def _joined(raw: Octets, parts: Iterable[Part]) -> str:
    view = memoryview(raw)
    texts = []
    for part in parts:
        end = min(part.body.end, part.body.start + LINK_SEARCH_BYTES)
        content = transfer.decode(view[part.body.start : end], part.transfer_encoding)
        texts.append(charsets.decode(content, part.charset))
    return "\n".join(texts)
