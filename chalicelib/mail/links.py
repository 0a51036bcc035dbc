"""The links of a mail, and the one its reader is meant to follow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.mail.markup import Kind, Token, attributes, decode, decode_value, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINKS: Final = 1_000
LONGEST_URL: Final = 8_000
"""Longer ones are left out: cut short they would lead elsewhere, and no browser's server takes them."""

_LONGEST_LABEL: Final = 200
# East Asian text goes on without a space, and machines write such letters percent-encoded in a URL.
_IN_TEXT: Final = re.compile(
    r"""https?://[^\s<>"\\^`{|}\x00-\x20\x7f-\xa0\u2000-\u206f\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]++""",
    re.IGNORECASE,
)
_HAS_HOST: Final = re.compile(r"https?://(?:[^/?#@\s]*+@)?[^\s/?#:@.](?:[^\s/?#]|$)", re.IGNORECASE)
_TRAILING: Final = ".,;:!?'*_~\u00bb\u2026\u00b7"
_BRACKETS: Final = {")": "(", "]": "["}


class Link(NamedTuple):
    """A link with what a reader sees of it: the text of an anchor, or the line a URL stands in."""

    url: str
    label: str


def find_links(*, html: str = "", text: str = "", limit: int = MOST_LINKS) -> tuple[str, ...]:
    """Returns the http and https URLs of a mail's HTML (a and area elements), then those of its text.

    In order, each once, `limit` at most; URLs longer than 8,000 characters are left out. Character references
    are decoded, line breaks inside removed, punctuation and brackets after a URL in text are no part of it.
    Takes any strings, never raises, runs in linear time.
    """
    found: dict[str, None] = {}
    for source in (anchors(html), mentions(text)):
        for link in source:
            if len(found) >= limit:
                break
            found.setdefault(link.url)
    return tuple(found)


def anchors(html: str) -> Iterator[Link]:
    """Yields the links of a and area elements, in order, with their text and the words of their images."""
    url = ""
    label: list[str] = []
    for token in tokens(html):
        kind, name = token.kind, token.name
        if kind is Kind.TEXT and url:
            label.append(decode(token.data[:_LONGEST_LABEL]))
        elif kind is Kind.START and name == "img" and url:
            label.append(_spoken(dict(_values(token))))
        elif name in ("a", "area") and kind in (Kind.START, Kind.END):
            if url:
                yield Link(url, _tidy(label))
            values = dict(_values(token))
            url = _web_url(values.get("href", ""))
            label = [_spoken(values)]
            if url and name == "area":
                yield Link(url, _tidy(label))
                url = ""
    if url:
        yield Link(url, _tidy(label))


def _values(tag: Token) -> Iterator[tuple[str, str]]:
    return ((each.name, decode_value(each.value)) for each in attributes(tag.data))


def _spoken(values: dict[str, str]) -> str:
    """Returns what is read out of a tag."""
    return f" {values.get('alt', '')[:_LONGEST_LABEL]} {values.get('title', '')[:_LONGEST_LABEL]} "


def mentions(text: str) -> Iterator[Link]:
    """Yields the URLs of a text, in order, each with the words before it in its line, else the line above."""
    for start, end in url_spans(text):
        url = _web_url(text[start:end])
        before = text[max(0, start - _LONGEST_LABEL) : start].rstrip(" \t\r\n<([")
        if url:
            yield Link(url, _tidy([before.rpartition("\n")[2]]))


def url_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yields the range of characters of each http or https URL in a text."""
    for found in _IN_TEXT.finditer(text):
        end = _trimmed_end(found[0])
        if _HAS_HOST.match(found[0][:end]):
            yield found.start(), found.start() + end


def _trimmed_end(url: str) -> int:
    """Returns the length of a URL without the punctuation of its sentence; brackets opened in it may
    close.
    """
    end = len(url)
    excess = {closing: url.count(closing) - url.count(opening) for closing, opening in _BRACKETS.items()}
    while end:
        last = url[end - 1]
        if excess.get(last, 0) > 0:
            excess[last] -= 1
        elif last not in _TRAILING and last not in "([":
            break
        end -= 1
    return end


def _web_url(reference: str) -> str:
    url = re.sub(r"[\t\r\n\0]", "", reference).strip()
    return url if len(url) <= LONGEST_URL and _HAS_HOST.match(url) else ""


def _tidy(label: list[str]) -> str:
    return " ".join("".join(label)[: 4 * _LONGEST_LABEL].split())
