"""HTML of strangers made safe to show: nothing in it runs, and nothing in it is fetched.

Two independent nets. The first writes the document anew from its tokens, with allow-listed tags, attributes
and values only, well nested and of bounded depth. The second is nh3 (ammonia), which parses that as a
browser does and filters again. What the reader is left with: text, tables, lists, colours; links to http,
https and mailto that open apart and do not tell where they were clicked; images that came inside the mail;
of remote images the text that stands for them. What goes: scripts, forms (their text stays), frames, SVG
and MathML, <style> sheets (rules that pick elements by attribute can leak them, and mail repeats its style
in attributes), all that is remote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import nh3

from chalicelib.mail.inlining import InlineImages
from chalicelib.mail.markup import (
    MOST_TOKENS,
    Kind,
    Token,
    attributes,
    decode,
    decode_value,
    escape_value,
    names,
    tokens,
)
from chalicelib.mail.nesting import Nesting
from chalicelib.mail.styles import PROPERTIES, count_fetches, safe_declarations

if TYPE_CHECKING:
    from collections.abc import Mapping

DEEPEST: Final = 256
"""Elements nested deeper lose their tags and keep their text; browsers stop at about 512."""
MOST_CHARACTERS: Final = 20_000_000
LONGEST_DATA_URI: Final = 10_000_000

TAGS: Final = names(
    "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col"
    " colgroup dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header"
    " hgroup hr i img ins kbd li main mark menu nav ol p pre q rp rt ruby s samp section small span strike"
    " strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_GENERAL: Final = names("align bgcolor dir height lang style title valign width")
ATTRIBUTES: Final = {
    "a": names("href"),
    "img": names("alt border hspace src vspace"),
    "table": names("border cellpadding cellspacing"),
    "td": names("colspan nowrap rowspan"),
    "th": names("colspan nowrap rowspan scope"),
    "col": names("span"),
    "colgroup": names("span"),
    "font": names("color face size"),
    "ol": names("start type"),
    "ul": names("type"),
    "li": names("type value"),
    "hr": names("color noshade size"),
}
_FREE_TEXT: Final = names("alt title")
_COUNTS: Final = names("colspan rowspan span")
_LONGEST_TEXT_VALUE: Final = 2_000
_MOST_TAGS_KEPT: Final = 2_000
_PLAIN_VALUE: Final = re.compile(r"[\w .,#%+-]{0,100}")
_COUNT: Final = re.compile(r"[0-9]{1,3}")
_LINK: Final = re.compile(r"(?:https?://[^\s/]|mailto:)[^\s<>\"\\^`{|}\x00-\x20\x7f-\x9f]{0,8000}", re.IGNORECASE)
_NOT_IN_URL: Final = re.compile(r"[\s<>\"\\^`{|}\x00-\x20\x7f-\x9f]")
_RASTER: Final = re.compile(
    r"data:image/(?:png|jpe?g|gif|webp|bmp|avif|x-icon);base64,[A-Za-z0-9+/]++={0,2}", re.IGNORECASE
)
_FETCHING: Final = names("background code data dynsrc lowsrc poster src srcset")
_FETCHING_HREF: Final = names("feimage image link use")
_LOCAL: Final = re.compile(r"\s*+(?:cid:|data:|about:|javascript:|vbscript:|#|$)", re.IGNORECASE)
_UNSTABLE: Final = re.compile("\r\n?|[\0\ufeff\ud800-\udfff\ufdd0-\ufdef]")

_second_net: Final = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags={"script", "style"},
    attributes={"*": set(_GENERAL), **{tag: set(allowed) for tag, allowed in ATTRIBUTES.items()}},
    attribute_filter=lambda _, name, value: value if _may_stay(name, value) else None,
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_schemes={"http", "https", "mailto", "data"},
    url_relative="deny",
    filter_style_properties=set(PROPERTIES),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanitised:
    """HTML that may be shown, as the content of an element.

    `blocked` counts what the document would have fetched from elsewhere. `is_whole` is False when tags were
    left out for depth, or the rest of the document for its size.
    """

    html: str
    blocked: int
    is_whole: bool


def sanitise(
    html: str,
    *,
    images: Mapping[str, tuple[str, bytes]] | None = None,
    keep_links: bool = True,
    keep_images: bool = True,
) -> Sanitised:
    """Returns a document without anything that runs or is fetched.

    `images` maps content ids to media type and content; references to raster images among them are inlined.
    An image that cannot be shown, or is not kept, leaves its alternative text; a link that is not kept, its words.
    Takes any string and never raises; time is linear in the length, memory a small multiple of it.
    Sanitising what was sanitised changes nothing.
    """
    writer = _Writer(InlineImages(images or {}), keep_links=keep_links, keep_images=keep_images)
    is_cut = len(html) > MOST_CHARACTERS
    for number, token in enumerate(tokens(html[:MOST_CHARACTERS], limit=MOST_TOKENS + 1)):
        if number == MOST_TOKENS:
            is_cut = True
            break
        writer.take(token)
    return Sanitised(
        html=writer.nesting.with_texts(_second_net.clean(writer.nesting.finish())),
        blocked=writer.blocked,
        is_whole=not (is_cut or writer.nesting.flattened),
    )


class _Writer:
    """The first net: takes the tokens of a document in order and writes what is allowed."""

    def __init__(self, images: InlineImages, *, keep_links: bool, keep_images: bool) -> None:
        self._keep_images = keep_images
        # A fragment has no body, and the mail's ground colour is what its text is legible on.
        self._stand_ins = {"body": "div"} if keep_links else {"body": "div", "a": "span"}
        self.nesting = Nesting(depth=DEEPEST)
        self.blocked = 0
        self._images = images
        self._tags_seen: dict[tuple[str, str], tuple[str, int]] = {}

    def take(self, token: Token) -> None:
        kind, name = token.kind, token.name
        if kind is Kind.TEXT:
            self.nesting.text(_stable(decode(token.data)))
        elif kind is Kind.START:
            self._start(name, token.data)
        elif kind is Kind.END:
            self.nesting.end(self._stand_ins.get(name, name))
        elif name == "style":
            self.blocked += count_fetches(token.data)
        elif name in ("textarea", "xmp", "plaintext"):
            text = decode(token.data) if name == "textarea" else token.data
            self.nesting.text(_stable(text))

    def _start(self, name: str, data: str) -> None:
        key = (name, data)
        seen = self._tags_seen.get(key)
        if seen is None:
            seen = self._rewritten(name, data)
            # Mail repeats its tags; an image spends the budget for images each time.
            if len(self._tags_seen) < _MOST_TAGS_KEPT and len(data) < _LONGEST_TEXT_VALUE and " src=" not in seen[0]:
                self._tags_seen[key] = seen
        tag, blocked = seen
        self.blocked += blocked
        if name == "img" and " src=" not in tag:
            self.nesting.text(_alternative(data))
        elif (shown := self._stand_ins.get(name, name)) in TAGS:
            self.nesting.start(shown, tag)

    def _rewritten(self, name: str, data: str) -> tuple[str, int]:
        """Returns a start tag as it may be shown, and how many remote resources it names."""
        blocked = 0
        shown = self._stand_ins.get(name, name)
        allowed = ATTRIBUTES.get(shown, frozenset()) - ({"src"} if not self._keep_images else frozenset())
        kept = []
        for attribute in attributes(data) if data else ():
            value = _stable(decode_value(attribute.value))
            blocked += _fetches(name, attribute.name, value)
            if attribute.name in allowed or attribute.name in _GENERAL:
                safe = self._safe_value(attribute.name, value)
                if safe is not None:
                    kept.append(f' {attribute.name}="{escape_value(safe)}"')
        return f"<{shown}{''.join(kept)}>", blocked

    def _safe_value(self, name: str, value: str) -> str | None:
        if name == "style":
            return safe_declarations(value) or None
        if name == "href":
            # As in the URL standard, 4.4: line breaks go, and what else may not stand in a URL is encoded.
            value = _NOT_IN_URL.sub(lambda found: quote(found[0]), re.sub("[\t\n]", "", value).strip())
        elif name == "src":
            value = self._images.data_uri(value, raster_only=True) or value.strip()
        return value if _may_stay(name, value) else None


def _alternative(data: str) -> str:
    """Returns the text that stands for an image; empty where its sender gave none."""
    texts = (attribute.value for attribute in attributes(data) if attribute.name == "alt")
    return _stable(decode_value(next(texts, "")))[:_LONGEST_TEXT_VALUE]


def _may_stay(name: str, value: str) -> bool:
    """Says whether an allowed attribute may have that value; style is filtered by its declarations."""
    if name == "style":
        return True
    if name == "href":
        return bool(_LINK.fullmatch(value))
    if name == "src":
        return len(value) <= LONGEST_DATA_URI and bool(_RASTER.fullmatch(value))
    if name in _FREE_TEXT:
        return len(value) <= _LONGEST_TEXT_VALUE
    return bool((_COUNT if name in _COUNTS else _PLAIN_VALUE).fullmatch(value))


def _fetches(tag: str, name: str, value: str) -> int:
    """Returns how many remote resources a browser would fetch for this attribute."""
    if name == "style":
        return count_fetches(value)
    if name in _FETCHING or (tag in _FETCHING_HREF and name in ("href", "xlink:href")):
        return 0 if _LOCAL.match(value) else 1
    return 1 if tag == "meta" and name == "content" and "url=" in value.lower() else 0


def _stable(text: str) -> str:
    """Replaces what a parser would replace, so that reading twice is reading once."""
    return _UNSTABLE.sub(lambda found: {"\r": "\n", "\0": "", "\ufeff": ""}.get(found[0][0], "\ufffd"), text)
