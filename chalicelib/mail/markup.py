"""HTML as a flat row of tokens, for everything that reads or rewrites the HTML of a mail.

A tree is what hostile HTML is written to blow up; a row of tokens costs the same for every byte.
The rules are those of the WHATWG HTML standard, 13.2.5 (tokenization), without its error names.
What is shown is written out anew from the tokens, so safety never rests on reading as a browser reads.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import partial
from html.entities import html5
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.mail.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WHITESPACE: Final = " \t\n\f\r"


def names(text: str) -> frozenset[str]:
    """Returns the set of the words of a text: lists of tags stay readable."""
    return frozenset(text.split())


VOID: Final = names("area base br col embed frame hr img input link meta param source track wbr")
"""Elements that have no content and no end tag (13.1.2)."""

_RAW: Final = names("iframe noembed noframes plaintext script style textarea title xmp")
_RAW_END: Final = {name: pattern(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE) for name in _RAW - {"plaintext"}}

# Quotes delimit only after "=": <a "> is a whole tag. Every repetition is possessive, so nothing is tried
# twice.
_TEXT_OR_TAG: Final = pattern(
    r"""((?: [^<]++ | <(?![A-Za-z/!?]) )++) | <(/?)([A-Za-z][^\t\n\f\r />]*+)
        ((?: [^>=]++ | =[\t\n\f\r ]*+ (?: "[^"]*+" | '[^']*+' | [^\t\n\f\r >"'][^\t\n\f\r >]*+ )?+ )*+)>""",
    re.VERBOSE,
)
_BOGUS_COMMENT: Final = pattern(r"<(?:[!?]|/(?![A-Za-z]))")
_ATTRIBUTE: Final = pattern(
    r"""[\t\n\f\r /]*+ ([^\t\n\f\r />][^\t\n\f\r />=]*+)
        (?: [\t\n\f\r ]*+ = [\t\n\f\r ]*+ (?: "([^"]*+)" | '([^']*+)' | ([^\t\n\f\r >]*+) ) )?+""",
    re.VERBOSE,
)
_LEGACY_NAMES: Final = sorted((name for name in html5 if not name.endswith(";")), key=len, reverse=True)
_REFERENCE: Final = pattern(
    r"&(?:\#[xX](?P<hexadecimal>[0-9A-Fa-f]++);?+|\#(?P<decimal>[0-9]++);?+"
    r"|(?P<name>[A-Za-z][A-Za-z0-9]{1,31};)"
    rf"|(?P<legacy>{'|'.join(_LEGACY_NAMES)})(?P<follows>=|[A-Za-z0-9])?+)"
)
_LEGACY_START: Final = pattern("|".join(_LEGACY_NAMES))
_MOST_DIGITS: Final = 10
_WINDOWS_1252: Final = bytes(range(0x80, 0xA0)).decode("windows-1252", "replace")


class Kind(Enum):
    """What a token is."""

    TEXT = auto()
    RAW = auto()
    """Text of an element in which tags mean nothing, such as script or textarea."""
    START = auto()
    END = auto()


class Token(NamedTuple):
    """One token and its range of characters.

    `name` is the lower-case name of the tag, for RAW that of the element, else empty. `data` is the text as
    written (for START: the attributes as written); character references are not decoded.
    """

    kind: Kind
    name: str
    data: str
    start: int
    end: int


class Attribute(NamedTuple):
    """One attribute: lower-case name, value as written without quotes, and its range in the tag's data."""

    name: str
    value: str
    start: int
    end: int


MOST_TOKENS: Final = 150_000
"""Where reading a document ends: 3 MB of dense markup. A browser takes seconds for it; no reader gets there."""
SHORTENED: Final = "[…shortened: the whole is in the mail as it was sent]"
"""Stands at the end of what was made of a document that goes on after that."""


def tokens(html: str, *, limit: int | None = MOST_TOKENS) -> Iterator[Token]:
    """Yields the first `limit` tokens of a document (None: all); comments, doctypes and instructions are passed over.

    Takes any string, never raises, and runs in time linear in its length.
    A tag that never ends swallows the rest, as in a browser.
    """
    return map(partial(tuple.__new__, Token), islice(rows(html), limit))


def rows(html: str) -> Iterator[tuple[Kind, str, str, int, int]]:
    """Yields all tokens of a document as plain tuples: to name them takes a third of the time of finding them."""
    position = 0
    length = len(html)
    while position < length:
        for found in _TEXT_OR_TAG.finditer(html, position):
            start, end = found.span()
            if start != position:
                # Neither text nor a tag that ends stands here, and text was found behind its "<".
                position = _end_of_comment(html, position)
                break
            position = end
            text, slash, name, data = found.groups()
            if text:
                yield Kind.TEXT, "", text, start, end
                continue
            name = name.lower()
            if slash:
                yield Kind.END, name, "", start, end
                continue
            yield Kind.START, name, data, start, end
            if name in _RAW:
                closing = _RAW_END[name].search(html, end) if name != "plaintext" else None
                position = closing.start() if closing else length
                if position > end:
                    yield Kind.RAW, name, html[end:position], end, position
                break
        else:
            return


def _end_of_comment(html: str, start: int) -> int:
    """Returns where what stands at `start`, and is neither text nor a tag that ends, comes to its end."""
    if html.startswith("<!--", start):
        # "<!-->" and "<!--->" are whole comments, so the search begins at the first hyphen.
        end = html.find("-->", start + 2)
        return end + 3 if end >= 0 else len(html)
    end = html.find(">", start) if _BOGUS_COMMENT.match(html, start) else -1
    return end + 1 if end >= 0 else len(html)


def attributes(data: str, *, limit: int = 100) -> Iterator[Attribute]:
    """Yields the first `limit` attributes of a START token's data; of two with one name only the first."""
    seen: set[str] = set()
    position = 0
    for _ in range(limit):
        found = _ATTRIBUTE.match(data, position)
        if found is None:
            return
        position = found.end()
        name = found[1].lower()
        if name not in seen:
            seen.add(name)
            # The last group is the value, or the name of an attribute without one.
            group = found.lastindex or 1
            start, end = found.span(group) if group > 1 else (position, position)
            yield Attribute(name, data[start:end], start, end)


def decode(text: str) -> str:
    """Decodes the character references of text (13.2.5.72), also the old ones without a semicolon."""
    return _decoded_by(_decoded, text)


def decode_value(text: str) -> str:
    """Decodes the character references of an attribute's value.

    "&copy=1" stays as it is there: it is far more often a query than a reference (13.2.5.73).
    """
    return _decoded_by(_decoded_in_value, text)


def _decoded_by(decoded: Callable[[re.Match[str]], str], text: str) -> str:
    if "&" not in text:
        return text
    # The one reference that every URL is full of needs no look at each.
    return text.replace("&amp;", "&") if text.count("&") == text.count("&amp;") else _REFERENCE.sub(decoded, text)


def _decoded_in_value(found: re.Match[str]) -> str:
    is_query = found["follows"] or (found["name"] and found["name"] not in html5)
    return found[0] if is_query else _decoded(found)


def _decoded(found: re.Match[str]) -> str:
    if found["legacy"]:
        return html5[found["legacy"]] + (found["follows"] or "")
    if found["name"]:
        start = _LEGACY_START.match(found["name"])
        prefix = start[0] if start else ""
        return html5.get(found["name"]) or html5.get(prefix, "&") + found["name"][len(prefix) :]
    hexadecimal = found["hexadecimal"]
    digits = (hexadecimal or found["decimal"]).lstrip("0")
    # int() is quadratic in the digits and refuses thousands of them.
    return _character(int(digits or "0", 16 if hexadecimal else 10)) if len(digits) < _MOST_DIGITS else "\ufffd"


def _character(number: int) -> str:
    if 0x80 <= number < 0xA0:
        return _WINDOWS_1252[number - 0x80]
    return "\ufffd" if number == 0 or number > 0x10FFFF or 0xD800 <= number < 0xE000 else chr(number)


def escape(text: str) -> str:
    """Writes text so that it is text again where HTML is read."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")


def escape_value(text: str) -> str:
    """Writes text so that it is text again between the double quotes of an attribute."""
    return escape(text).replace('"', "&quot;")
