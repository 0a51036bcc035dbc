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
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

import nh3

from chalicelib.mail.inlining import InlineImages
from chalicelib.mail.markup import (
    MOST_TOKENS,
    Kind,
    attributes,
    decode,
    decode_value,
    escape_value,
    names,
    rows,
)
from chalicelib.mail.nesting import Nesting
from chalicelib.mail.patterns import pattern
from chalicelib.mail.styles import PROPERTIES, count_fetches, safe_declarations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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
_PLAIN_VALUE: Final = pattern(r"[\w .,#%+-]{0,100}")
_COUNT: Final = pattern(r"[0-9]{1,3}")
# Ignoring case letter by letter is slow: only what has a case does.
_LINK: Final = pattern(r"(?:(?i:https?)://[^\s/]|(?i:mailto):)[^\s<>\"\\^`{|}\x00-\x20\x7f-\x9f]{0,8000}")
_USUAL_LINK: Final = pattern(r"https?://[A-Za-z0-9][A-Za-z0-9._~:/?#!$&'()*+,;=%@-]{0,8000}")
"""Links that are kept as they are."""
_USUAL_ANCHOR: Final = pattern(r""" href="https?://[A-Za-z0-9][A-Za-z0-9._~:/?#!$'()*+,;=%@-]{0,8000}\"""")
"""What most links have and nothing else; it is written out as it came."""
_NOT_IN_URL: Final = pattern(r"[\s<>\"\\^`{|}\x00-\x20\x7f-\x9f]")
_RASTER: Final = pattern(
    r"(?i:data:image/(?:png|jpe?g|gif|webp|bmp|avif|x-icon);base64),[A-Za-z0-9+/]++={0,2}", re.ASCII
)
_FETCHING: Final = names("background code data dynsrc lowsrc poster src srcset")
_FETCHING_HREF: Final = names("feimage image link use")
_LOCAL: Final = pattern(r"\s*+(?:cid:|data:|about:|javascript:|vbscript:|#|$)", re.IGNORECASE)
_TEXT, _START, _END = Kind.TEXT, Kind.START, Kind.END
_UNSTABLE: Final = pattern("[\0\ufeff\ud800-\udfff\ufdd0-\ufdef]")

_ALLOWED: Final = {tag: _GENERAL | allowed for tag, allowed in ATTRIBUTES.items()}


_CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    "style": lambda _: True,
    "href": _LINK.fullmatch,
    "src": lambda value: len(value) <= LONGEST_DATA_URI and _RASTER.fullmatch(value),
    **dict.fromkeys(_FREE_TEXT, lambda value: len(value) <= _LONGEST_TEXT_VALUE),
    **dict.fromkeys(_COUNTS, _COUNT.fullmatch),
}
"""Whether an allowed attribute may have a value, where that need not be plain words; style is filtered by its
declarations.
"""
_plain: Final = _PLAIN_VALUE.fullmatch

_second_net: Final = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags={"script", "style"},
    attributes={"*": set(_GENERAL), **{tag: set(allowed) for tag, allowed in ATTRIBUTES.items()}},
    attribute_filter=lambda _, name, value: value if _CHECKS.get(name, _plain)(value) else None,
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
    left out for depth, or the rest of the document for its size, which is `is_cut` alone.
    """

    html: str
    blocked: int
    is_whole: bool
    is_cut: bool


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
    document = html[:MOST_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n")
    row = rows(document)
    writer.write(islice(row, MOST_TOKENS), is_stable=document.isascii() and "\0" not in document)
    is_cut = len(html) > MOST_CHARACTERS or next(row, None) is not None
    return Sanitised(
        html=writer.nesting.with_texts(_second_net.clean(writer.nesting.finish())),
        blocked=writer.blocked,
        is_whole=not (is_cut or writer.nesting.flattened),
        is_cut=is_cut,
    )


class _StartTag(NamedTuple):
    """A start tag as it may be shown, and how many remote resources it names; `shown` is empty where none is."""

    shown: str
    written: str
    blocked: int
    has_source: bool


class _Writer:
    """The first net: takes the tokens of a document in order and writes what is allowed."""

    def __init__(self, images: InlineImages, *, keep_links: bool, keep_images: bool) -> None:
        self._keep_images = keep_images
        # A fragment has no body, and the mail's ground colour is what its text is legible on.
        self._stand_ins = {"body": "div"} if keep_links else {"body": "div", "a": "span"}
        self.nesting = Nesting(depth=DEEPEST)
        self.blocked = 0
        self._images = images
        self._tags_seen: dict[tuple[str, str], _StartTag] = {}

    def write(self, row: Iterable[tuple[Kind, str, str, int, int]], *, is_stable: bool) -> None:
        """Writes all that is allowed of a row of tokens. `is_stable` says that `_stable` would change none of them."""
        start, end, text = self.nesting.start, self.nesting.end, self.nesting.text
        seen, stand_in = self._tags_seen.get, self._stand_ins.get
        for kind, name, data, _, _ in row:
            if kind is _TEXT:
                text(data if is_stable and "&" not in data else _stable(decode(data)))
            elif kind is _END:
                end(stand_in(name, name))
            elif kind is _START:
                shown, tag, blocked, has_source = seen((name, data)) or self._rewritten(name, data)
                self.blocked += blocked
                if shown == "img" and not has_source:
                    text(_alternative(data))
                elif shown:
                    start(shown, tag)
            elif name == "style":
                self.blocked += count_fetches(data)
            elif name in ("textarea", "xmp", "plaintext"):
                text(_stable(decode(data) if name == "textarea" else data))

    def _rewritten(self, name: str, data: str) -> _StartTag:
        shown = self._stand_ins.get(name, name)
        if name == "a" and _USUAL_ANCHOR.fullmatch(data):
            return _StartTag(shown, f"<a{data}>" if shown == "a" else f"<{shown}>", 0, has_source=False)
        allowed = _ALLOWED.get(shown, _GENERAL)
        blocked = 0
        kept = []
        has_source = False
        for attribute, written, _, _ in attributes(data) if data else ():
            value = _stable(decode_value(written))
            blocked += _fetches(name, attribute, value)
            if attribute in allowed and (safe := self._safe_value(attribute, value)) is not None:
                kept.append(f' {attribute}="{escape_value(safe)}"')
                has_source |= attribute == "src"
        tag = _StartTag(shown if shown in TAGS else "", f"<{shown}{''.join(kept)}>", blocked, has_source)
        # Mail repeats its tags; an image spends the budget for images each time.
        if len(self._tags_seen) < _MOST_TAGS_KEPT and len(data) < _LONGEST_TEXT_VALUE and not has_source:
            self._tags_seen[name, data] = tag
        return tag

    def _safe_value(self, name: str, value: str) -> str | None:
        if name == "style":
            return safe_declarations(value) or None
        if name == "href" and not _USUAL_LINK.fullmatch(value):
            # As in the URL standard, 4.4: line breaks go, and what else may not stand in a URL is encoded.
            value = _NOT_IN_URL.sub(lambda found: quote(found[0]), re.sub("[\t\n]", "", value).strip())
        elif name == "src":
            if not self._keep_images:
                return None
            value = self._images.data_uri(value, raster_only=True) or value.strip()
        return value if _CHECKS.get(name, _plain)(value) else None


def _alternative(data: str) -> str:
    """Returns the text that stands for an image; empty where its sender gave none."""
    texts = (attribute.value for attribute in attributes(data) if attribute.name == "alt")
    return _stable(decode_value(next(texts, "")))[:_LONGEST_TEXT_VALUE]


def _fetches(tag: str, name: str, value: str) -> int:
    """Returns how many remote resources a browser would fetch for this attribute."""
    if name == "style":
        return count_fetches(value)
    if name in _FETCHING or (tag in _FETCHING_HREF and name in ("href", "xlink:href")):
        return 0 if _LOCAL.match(value) else 1
    return 1 if tag == "meta" and name == "content" and "url=" in value.lower() else 0


def _stable(text: str) -> str:
    """Replaces what a parser would replace, so that reading twice is reading once."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTABLE.sub(lambda found: "" if found[0] in "\0\ufeff" else "\ufffd", text)
