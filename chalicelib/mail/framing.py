"""HTML of strangers for a sandboxed frame: it looks as it was sent, and fetches nothing unless it is allowed to.

sanitising.py keeps what is safe anywhere; this keeps what a reader has to see: style sheets, classes, every style.
The frame has an origin of its own, runs no script, and has a Content-Security-Policy that lets nothing be fetched.
What no policy governs, such as `<link rel=preconnect>`, may not get that far: so the document is written anew from
its tokens with allow-listed elements, then filtered by nh3. Style sheets go into the head, as they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

import nh3

from chalicelib.mail.markup import (
    MOST_TOKENS,
    SHORTENED,
    Kind,
    attributes,
    decode,
    decode_value,
    escape_value,
    names,
    tokens,
)
from chalicelib.mail.nesting import Nesting
from chalicelib.mail.patterns import pattern
from chalicelib.mail.sanitising import DEEPEST, MOST_CHARACTERS, TAGS, sanitise

_TAGS: Final = TAGS | names("area audio button fieldset form label legend map picture source track video")
_GENERAL: Final = names(
    "align alt background bgcolor border cellpadding cellspacing class color colspan dir face frame headers height"
    " hspace id lang nowrap noshade role rowspan rules scope shape coords size span start style summary title type"
    " usemap valign value vspace width"
)
_FETCHING: Final = names("background poster src srcset")
_OWN: Final = {"a": names("href name"), "area": names("href"), "img": names("sizes"), "source": names("media sizes")}
_LINK: Final = pattern(r"(?:https?:|mailto:|tel:|#)", re.IGNORECASE)
_REMOTE: Final = pattern(r"\s*+https?:", re.IGNORECASE)
_INSIDE: Final = pattern(r"\s*+data:(?:image|font|audio|video)/", re.IGNORECASE)
_NONCHARACTERS: Final = pattern("[\0\ufdd0-\ufdef\ud800-\udfff]")
_FOR_DARK: Final = "prefers-color-scheme"

_second_net: Final = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags={"script", "style"},
    attributes={"*": set(_GENERAL | _FETCHING), **{tag: set(own) for tag, own in _OWN.items()}},
    url_schemes={"http", "https", "mailto", "tel", "data"},
    url_relative="pass_through",
    link_rel="noopener noreferrer nofollow",
)
_BASE_STYLE: Final = (
    ":where(html){color-scheme:light;color:#1a1f1d;"
    "font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}"
    ":where(body){margin:16px;overflow-wrap:break-word}"
)
_OWN_DARK: Final = ":where(html){color-scheme:dark;background:#121615;color:#e6eae8}"
# As mail programs do it with mail that knows no dark: all is inverted, and pictures once more.
_INVERTED: Final = (
    "html{background:#121615!important}body{filter:invert(.92) hue-rotate(180deg);background-color:#fff}"
    "img,video,[background],[style*='url(']{filter:invert(1) hue-rotate(180deg)}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """A whole HTML document to be shown in a frame; `has_dark` says that the mail has colours for the dark itself."""

    html: str
    has_dark: bool


def count_remote(html: str) -> int:
    """How many things from elsewhere a document would fetch."""
    return sanitise(html).blocked


def frame_html(html: str, *, remote: bool, dark: bool) -> Framed:
    """Returns a document for a frame; with `remote` it names the images and fonts from elsewhere that it had.

    `html` has its own images as data: URIs (inlining.py). Takes any string and never raises; time is linear. A last
    paragraph says so when the document was too long to be shown whole.
    """
    nesting = Nesting(depth=DEEPEST)
    sheets: list[str] = []
    row = tokens(html[:MOST_CHARACTERS], limit=None)
    for token in islice(row, MOST_TOKENS):
        name = "div" if token.name == "body" else token.name
        if token.kind is Kind.TEXT:
            nesting.text(_stable(decode(token.data)))
        elif token.kind is Kind.START and name in _TAGS:
            nesting.start(name, _start_tag(name, token.data, remote=remote))
        elif token.kind is Kind.END:
            nesting.end(name)
        elif token.kind is Kind.RAW and name == "style":
            sheets.append(_stable(token.data))
    content = nesting.with_texts(_second_net.clean(nesting.finish()))
    if len(html) > MOST_CHARACTERS or next(row, None):
        content += f"<p>{SHORTENED}</p>"
    has_dark = _FOR_DARK in html
    # Nothing but "</style" ends a style sheet, and the tokens of one hold none.
    own = "".join(f"<style>{sheet}</style>" for sheet in sheets)
    added = (_OWN_DARK if has_dark else _INVERTED) if dark else ""
    return Framed(
        html=f'<!doctype html><html><head><meta charset="utf-8"><base target="_blank">'
        f"<style>{_BASE_STYLE}{added}</style>{own}</head><body>{content}</body></html>",
        has_dark=has_dark,
    )


def _start_tag(name: str, data: str, *, remote: bool) -> str:
    allowed = _GENERAL | _FETCHING | _OWN.get(name, frozenset())
    kept = {}
    for attribute in attributes(data) if data else ():
        value = _stable(decode_value(attribute.value))
        if attribute.name in allowed and attribute.name not in kept and _may_stay(attribute.name, value, remote=remote):
            kept[attribute.name] = value
    written = "".join(f' {key}="{escape_value(value)}"' for key, value in kept.items())
    return f"<{name}{written}>"


def _may_stay(name: str, value: str, *, remote: bool) -> bool:
    if name in _FETCHING:
        return bool(_INSIDE.match(value)) or (remote and bool(_REMOTE.match(value)))
    return name != "href" or bool(_LINK.match(value.strip()))


def _stable(text: str) -> str:
    return _NONCHARACTERS.sub("\ufffd", text)
