"""Images that came inside the mail, put where its HTML asks for them (RFC 2392)."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from chalicelib.mail.markup import Kind, attributes, decode_value, names, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_INLINED: Final = 30_000_000
"""How many characters of data: URIs one document may gain; no mail that is accepted needs more."""

RASTER_TYPES: Final = frozenset(
    f"image/{name}" for name in ("png", "jpeg", "jpg", "gif", "webp", "bmp", "avif", "x-icon")
)
"""Image types that are only pixels; SVG is a document and may run or fetch."""

_SOURCES: Final = names("src background poster data srcset")
_LONGEST_REFERENCE: Final = 1_000
_CID_URL: Final = re.compile(r"""(url\(\s*+["']?)(cid:[^"')\s]{1,1000})""", re.IGNORECASE)
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", re.IGNORECASE)


class InlineImages:
    """The images of a mail by content id, as data: URIs while a budget of characters lasts.

    Content ids are found with or without angle brackets, percent-encoded or not (RFC 2392), in any case.
    """

    def __init__(self, images: Mapping[str, tuple[str, bytes]], *, budget: int = MOST_INLINED) -> None:
        self._images = {_content_id(name): image for name, image in images.items()}
        self._budget = budget

    def data_uri(self, reference: str, *, raster_only: bool) -> str | None:
        """Returns the image a "cid:" reference names as a data: URI; None when there is none or no budget."""
        if not self._images or len(reference) > _LONGEST_REFERENCE or reference.strip()[:4].lower() != "cid:":
            return None
        media_type, content = self._images.get(_content_id(reference.strip()[4:]), ("", b""))
        if not _MEDIA_TYPE.fullmatch(media_type) or (raster_only and media_type.lower() not in RASTER_TYPES):
            return None
        size = len(content) * 4 // 3 + len(media_type)
        if size > self._budget:
            return None
        self._budget -= size
        return f"data:{media_type.lower()};base64,{base64.b64encode(content).decode('ascii')}"


def _content_id(text: str) -> str:
    return unquote(text).strip().removeprefix("<").removesuffix(">").lower()


def inline_images(html: str, images: Mapping[str, tuple[str, bytes]], *, budget: int = MOST_INLINED) -> str:
    """Replaces the "cid:" references of a document by data: URIs and changes nothing else.

    `images` maps content ids to media type and content. References in src, background, poster, data and
    srcset attributes and in url() of CSS are found. A reference stays as it is when no image has that id,
    or when all data: URIs together would pass `budget` characters. Never raises; runs in linear time.
    """
    if not images or "cid:" not in html.lower():
        return html
    library = InlineImages(images, budget=budget)
    written: list[str] = []
    position = 0
    for start, end in _places(html):
        written += html[position:start], _with_images(html[start:end], library)
        position = end
    written.append(html[position:])
    return "".join(written)


def _places(html: str) -> Iterator[tuple[int, int]]:
    """Yields the ranges of attribute values and style sheets that may hold references, in order."""
    for token in tokens(html):
        if token.kind is Kind.RAW and token.name == "style":
            yield token.start, token.end
        elif token.kind is Kind.START and "cid:" in token.data.lower():
            offset = token.end - 1 - len(token.data)
            for attribute in attributes(token.data):
                if attribute.name in _SOURCES or attribute.name == "style":
                    yield offset + attribute.start, offset + attribute.end


def _with_images(text: str, library: InlineImages) -> str:
    whole = library.data_uri(decode_value(text), raster_only=False)
    if whole is not None:
        return whole

    def replaced(found: re.Match[str]) -> str:
        return found[1] + (library.data_uri(decode_value(found[2]), raster_only=False) or found[2])

    return _CID_URL.sub(replaced, text)
