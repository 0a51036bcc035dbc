"""The links of a mail, and the one its reader is meant to follow. The words it is known by are in vocabulary.txt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.mail.markup import Kind, Token, attributes, decode, decode_value, tokens
from chalicelib.mail.patterns import pattern
from chalicelib.mail.vocabulary import words

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINKS: Final = 1_000
LONGEST_URL: Final = 8_000
"""Longer ones are left out: cut short they would lead elsewhere, and no browser's server takes them."""

_MOST_LOOKED_AT: Final = 20_000
_LONGEST_LABEL: Final = 200
# East Asian text goes on without a space, and machines write such letters percent-encoded in a URL.
_IN_TEXT: Final = pattern(
    r"""https?://[^\s<>"\\^`{|}\x00-\x20\x7f-\xa0\u2000-\u206f\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]++""",
    re.IGNORECASE,
)
_HAS_HOST: Final = pattern(r"https?://(?:[^/?#@\s]*+@)?[^\s/?#:@.](?:[^\s/?#]|$)", re.IGNORECASE)
_TRAILING: Final = "([.,;:!?'*_~\u00bb\u2026\u00b7"
_BRACKETS: Final = {")": "(", "]": "["}
_ACTIONS: Final = ("verify", "confirm", "activate", "reset", "sign in", "invite")
_EVERYWHERE: Final = ("sign in", "invite")
"""Actions that links of any mail name; they count only when the URL carries a token."""
_TOKEN: Final = pattern(
    r"[?&#](?:access_?token|token|code|key|t|sig|signature|hash|jwt|otp|ticket|nonce|oob_?code)="
    r"|(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{16}",
    re.IGNORECASE,
)
_ENOUGH: Final = 3
_LONGEST_GENERIC_LABEL: Final = 30


class Link(NamedTuple):
    """A link with what a reader sees of it: the words that are linked, and the words before them."""

    url: str
    label: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLink:
    """The link that a mail is about: `action` is one of verify, confirm, activate, reset, sign in, invite.

    `reason` says in English why it was taken for that.
    """

    url: str
    action: str
    reason: str


def find_links(*, html: str = "", text: str = "", limit: int = MOST_LINKS) -> tuple[str, ...]:
    """Returns the http and https URLs of a mail's HTML (a and area elements), then those of its text.

    In order, each once, `limit` at most, of the first 20,000; URLs longer than 8,000 characters are left out.
    Character references are decoded, line breaks inside removed; punctuation and brackets after a URL in text
    are no part of it.
    Takes any strings, never raises, runs in linear time.
    """
    found: dict[str, None] = {}
    for source in (anchors(html), mentions(text)):
        for link in islice(source, _MOST_LOOKED_AT):
            if len(found) >= limit:
                break
            found.setdefault(link.url)
    return tuple(found)


def find_action_link(*, subject: str = "", html: str = "", text: str = "") -> ActionLink | None:
    """Returns the link that the reader is asked to follow, to verify, confirm, reset or the like; None without one.

    The words of the link, those before it, the subject and the URL are read, in the languages of vocabulary.txt.
    A link to unsubscribe, to settings or to help never is one. Of equals the first is taken; the first 1,000
    links are looked at. Takes any strings, never raises, runs in linear time.
    """
    best: ActionLink | None = None
    best_score = _ENOUGH - 1
    for link in islice(chain(anchors(html), mentions(text)), MOST_LINKS):
        spelled = re.sub(r"[^A-Za-z]+", " ", link.url[: _LONGEST_LABEL * 2].partition("://")[2].partition("/")[2])
        named = link.label or link.before[-60:]
        if words("never followed").search(named) or words("never followed, in a URL").search(spelled):
            continue
        for action in _ACTIONS:
            score, reason = _judged(link, spelled, action, subject)
            if score > best_score:
                best, best_score = ActionLink(url=link.url, action=action, reason=reason), score
    return best


def _judged(link: Link, spelled: str, action: str, subject: str) -> tuple[int, str]:
    """Returns how well a link is supported as one for this action, 3 being enough, and by what."""
    has_token = bool(_TOKEN.search(link.url))
    if action in _EVERYWHERE and not has_token:
        return 0, ""
    is_generic = len(link.label) <= _LONGEST_GENERIC_LABEL or link.label.startswith("http")
    places = (
        (4, "the link says", link.label),
        (2, "the URL says", spelled),
        (2 if link.label else 3, "the words before the link say", link.before[-100:] if is_generic else ""),
        (1, "the subject says", subject[:_LONGEST_LABEL]),
    )
    found = [(score, place, hit[0]) for score, place, where in places if (hit := words(action).search(where))]
    if not found or found[0][0] == 1:
        return 0, ""
    return sum(each[0] for each in found) + has_token, f'{found[0][1]} "{found[0][2]}"'


def anchors(html: str) -> Iterator[Link]:
    """Yields the links of a and area elements, in order; the words of an image are those of its alt and title."""
    reader = _Anchors()
    for token in tokens(html):
        link = reader.take(token)
        if link:
            yield link
    last = reader.closed()
    if last:
        yield last


class _Anchors:
    """Takes the tokens of a document in order and gives a link when its anchor closes."""

    def __init__(self) -> None:
        self._url = ""
        self._label: list[str] = []
        self._before = ""

    def take(self, token: Token) -> Link | None:
        kind, name = token.kind, token.name
        if kind is Kind.TEXT:
            self._label.append(decode(token.data[-_LONGEST_LABEL:]))
        elif kind is Kind.START and name == "img":
            self._label.append(_spoken(token))
        elif kind is Kind.START and name == "area":
            href = _href(token)
            return Link(href, _tidy([_spoken(token)]), self._before) if href else None
        elif name == "a" and kind in (Kind.START, Kind.END):
            link = self.closed()
            if kind is Kind.START:
                self._url = _href(token)
                self._label = [_spoken(token)]
            return link
        return None

    def closed(self) -> Link | None:
        """Ends the anchor, or the text between two of them."""
        url, label, before = self._url, _tidy(self._label), self._before
        self._url, self._label = "", []
        self._before = f"{before} {label}"[-_LONGEST_LABEL:]
        return Link(url, label, before) if url else None


def _href(tag: Token) -> str:
    return _web_url(next((decode_value(each.value) for each in attributes(tag.data) if each.name == "href"), ""))


def _spoken(tag: Token) -> str:
    """Returns what is read out of a tag."""
    values = {each.name: decode_value(each.value)[:_LONGEST_LABEL] for each in attributes(tag.data)}
    return f" {values.get('alt', '')} {values.get('title', '')} "


def mentions(text: str) -> Iterator[Link]:
    """Yields the URLs of a text, in order; the words before one are those of its line and the line above."""
    for start, end in url_spans(text):
        url = _web_url(text[start:end])
        lines = text[max(0, start - _LONGEST_LABEL) : start].rstrip(" \t\r\n<([").split("\n")
        if url:
            yield Link(url, "", " ".join(" ".join(lines[-2:]).split()))


def url_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yields the range of characters of each http or https URL in a text."""
    for found in _IN_TEXT.finditer(text):
        end = _trimmed_end(found[0])
        if _HAS_HOST.match(found[0][:end]):
            yield found.start(), found.start() + end


def _trimmed_end(url: str) -> int:
    """Returns the length of a URL without the punctuation of its sentence; brackets opened in it may close in it."""
    end = len(url)
    excess = {closing: url.count(closing) - url.count(opening) for closing, opening in _BRACKETS.items()}
    # The slashes of the scheme are no punctuation, so that this ends.
    while (last := url[end - 1]) in _TRAILING or excess.get(last, 0) > 0:
        if last in excess:
            excess[last] -= 1
        end -= 1
    return end


def _web_url(reference: str) -> str:
    url = re.sub(r"[\t\r\n\0]", "", reference).strip()
    return url if len(url) <= LONGEST_URL and _HAS_HOST.match(url) else ""


def _tidy(label: list[str]) -> str:
    return " ".join("".join(label)[-_LONGEST_LABEL:].split())
