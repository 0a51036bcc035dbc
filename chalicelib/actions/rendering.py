"""Renderings of a mail: from the cache, or made by reading the range that they are made of."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from chalicelib.actions import reading
from chalicelib.errors import RestanteError
from chalicelib.mail.rendering import (
    PART_OCTETS,
    Rendering,
    part_key,
    rendered_at_arrival,
    rendering_key,
    work,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.actions.reading import Opened
    from chalicelib.mail.headers import Field
    from chalicelib.mail.rendering import CacheKey
    from chalicelib.mail.structure import Part

log = logging.getLogger(__name__)


def rendered(opened: Opened, rendering: Rendering) -> bytes:
    """A rendering of a message's mail. Raises NotFound, Unavailable."""
    share = work(opened.structure, rendering) >= opened.backend.cache.terms.kept
    key = rendering_key(opened.message.mail.id, rendering)
    return _fetched(opened, key, lambda: _made(opened, rendering), share=share)


def small_part(opened: Opened, part: Part) -> bytes | None:
    """The decoded content of a part that is small enough to be kept; None for any other. Raises as `rendered`."""
    if not 0 < part.length <= PART_OCTETS:
        return None
    # Parts are decoded as fast as they are copied: only where raw mail is far away is it worth to share them.
    share = opened.backend.cache.terms.kept == 0.0
    key = part_key(opened.message.mail.id, part)
    return _fetched(opened, key, lambda: opened.content(part), share=share)


def text_of(opened: Opened) -> str:
    """The mail's text, as `rendered` has it."""
    return rendered(opened, Rendering.TEXT).decode()


def safe_body_of(opened: Opened) -> str:
    """The mail's HTML without links, images and anything that acts, as `rendered` has it."""
    return rendered(opened, Rendering.BODY).decode()


def render_ahead(opened: Opened) -> int:
    """Render what is worth it of a mail that has just come, for all processes; answers with how much that was.

    Never raises: what is not there is made when it is asked for.
    """
    cache = opened.backend.cache
    mail = opened.message.mail
    try:
        age = opened.backend.now() - mail.receipt.received
        wanted = rendered_at_arrival(opened.structure, cache.terms, age=age)
        if wanted:
            cache.keep({rendering_key(mail.id, one): _made(opened, one) for one in wanted})
    except RestanteError as error:
        log.warning("Mail %s is rendered when it is asked for: %s", mail.id, error)
    except Exception:
        # A mistake of ours must not keep a mail from being taken.
        log.exception("Mail %s could not be rendered", mail.id)
    else:
        return len(wanted)
    return 0


def _fetched(opened: Opened, key: CacheKey, make: Callable[[], bytes], *, share: bool) -> bytes:
    def timed() -> bytes:
        with opened.steps.timed("render"):
            return make()

    content, opened.steps.source = opened.backend.cache.fetch(key, timed, share=share)
    return content


def _made(opened: Opened, rendering: Rendering) -> bytes:
    return _MAKERS[rendering](opened)


def _encoded(text: str) -> bytes:
    # A mail may hold half a surrogate pair; no client could read it.
    return text.encode("utf-8", "replace")


def _body(*, links: bool, images: bool) -> Callable[[Opened], bytes]:
    return lambda opened: _encoded(reading.safe_html(opened, links=links, images=images))


def _headers(opened: Opened) -> bytes:
    return _json(_by_name(reading.header_fields(opened)))


def _headers_ordered(opened: Opened) -> bytes:
    return _json([{"name": one.name, "value": one.value} for one in reading.header_fields(opened)])


def _by_name(fields: tuple[Field, ...]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for field in fields:
        named.setdefault(field.name.lower(), []).append(field.value)
    return named


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


_MAKERS: dict[Rendering, Callable[[Opened], bytes]] = {
    Rendering.TEXT: lambda opened: _encoded(reading.plain_text(opened)),
    Rendering.BODY: _body(links=False, images=False),
    Rendering.BODY_LINKS: _body(links=True, images=False),
    Rendering.BODY_IMAGES: _body(links=False, images=True),
    Rendering.BODY_LINKS_IMAGES: _body(links=True, images=True),
    Rendering.DIRTY: lambda opened: _encoded(reading.whole_html(opened)),
    Rendering.HEADERS: _headers,
    Rendering.HEADERS_ORDERED: _headers_ordered,
    Rendering.HEADER: reading.header_text,
}
