"""Plain text from HTML, and HTML from plain text, for mail that came with only one of them."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from chalicelib.mail.links import url_spans
from chalicelib.mail.markup import (
    MOST_TOKENS,
    SHORTENED,
    WHITESPACE,
    Kind,
    Token,
    attributes,
    decode,
    decode_value,
    escape,
    escape_value,
    names,
    tokens,
)

_BREAKING: Final = names(
    "address article aside body caption center dd details dir div dl dt fieldset figcaption figure footer"
    " form header hgroup hr html legend li main menu nav ol option section summary table tbody tfoot thead"
    " tr ul"
)
_APART: Final = names("blockquote h1 h2 h3 h4 h5 h6 p pre")
_LISTS: Final = names("ol ul menu dir")
_CELLS: Final = names("td th")
_SHOWN_AS_WRITTEN: Final = names("textarea xmp plaintext")
_DEEPEST: Final = 20
_QUOTE: Final = "> "
_SPACES: Final = re.compile(r"[ \t\n\f\r\xa0]+")
# Preheaders are padded with runs of these, so that no other text shows in a list of mails.
_PADDING: Final = re.compile(
    "[\u00ad\u034f\u2007\u200b\ufeff]+|(?:[\u00ad\u034f\u2007\u200b-\u200f\ufeff][ \xa0]?+){3,}"
)
_LINK_SHOWN: Final = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_BLANK_LINES: Final = re.compile(r"\n(?:[ \t]*+\n)++")


def from_html(html: str) -> str:
    """Returns what a document says, as text: paragraphs, lists, quotes ("> "), rows of a table on one line
    each.

    Links follow their words as "words (URL)"; an image is its alternative text; preformatted text keeps its
    lines; scripts, style sheets and the title are left out. Lines end in LF, and none is blank at either end.
    What comes after MOST_TOKENS tokens is left out: the last line says so then.
    Takes any string, never raises, runs in linear time; quotes and lists are indented 20 deep at most.
    """
    reader = _Reader()
    row = tokens(html, limit=None)
    for token in islice(row, MOST_TOKENS):
        reader.take(token)
    text = reader.finish()
    return f"{text}\n\n{SHORTENED}".lstrip("\n") if next(row, None) else text


def to_html(text: str) -> str:
    """Returns text as HTML: blank lines part paragraphs, line breaks and indents are kept, URLs are links.

    Everything else is escaped, so the result is safe whatever the text. Never raises; runs in linear time.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    paragraphs = re.split(r"\n(?:[ \t]*+\n)++", lines) if lines.strip() else []
    return "\n".join(f"<p>{_marked_up(paragraph)}</p>" for paragraph in paragraphs)


def _marked_up(paragraph: str) -> str:
    written: list[str] = []
    position = 0
    for start, end in url_spans(paragraph):
        url = escape_value(paragraph[start:end])
        written += (
            _spaced(paragraph[position:start]),
            f'<a href="{url}" target="_blank" rel="noopener noreferrer nofollow">{url}</a>',
        )
        position = end
    written.append(_spaced(paragraph[position:]))
    return "".join(written)


def _spaced(text: str) -> str:
    """Escapes text so that HTML keeps its line breaks and its runs of spaces."""
    kept = re.sub(r"(?<=[ \n]) |\A (?= )", "&nbsp;", escape(text.replace("\t", "    ")))
    return kept.replace("\n", "<br>\n")


class _Reader:
    """Takes the tokens of a document in order and writes its text."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._is_blank_due = False
        self._last_depth = 0
        self._has_space_due = False
        self._quote_depth = 0
        self._lists: list[int | None] = []
        """The open lists, each with its last number, None where items have none."""
        self._marker = ""
        self._pre_depth = 0
        self._link = ""
        self._link_words: list[str] = []
        self._is_after_url = False

    def take(self, token: Token) -> None:
        kind, name = token.kind, token.name
        if kind is Kind.TEXT or (kind is Kind.RAW and name in _SHOWN_AS_WRITTEN):
            self._text(token.data if name in ("xmp", "plaintext") else decode(token.data))
        elif kind is Kind.START:
            self._start(name, token.data)
        elif kind is Kind.END:
            self._end(name)

    def finish(self) -> str:
        self._close_link()
        self._break()
        return _BLANK_LINES.sub("\n\n", "\n".join(self._lines)).strip("\n")

    def _start(self, name: str, data: str) -> None:
        if name == "br":
            self._break(keep_empty=True)
        elif name in _APART:
            self._break(blank=True)
            self._quote_depth += name == "blockquote"
            self._pre_depth += name == "pre"
        elif name in _BREAKING:
            self._break()
            self._start_of_list(name, data)
        elif name in _CELLS and self._line:
            self._write("\t")
        elif name == "img":
            self._text(f" {_attribute(data, 'alt')} ")
        elif name == "a":
            self._close_link()
            self._link = _attribute(data, "href").strip()
            self._link_words = []

    def _start_of_list(self, name: str, data: str) -> None:
        if name in _LISTS:
            start = _attribute(data, "start")
            last = int(start) - 1 if start.isascii() and start.isdigit() and len(start) < 8 else 0
            self._lists.append(last if name == "ol" else None)
        elif name == "li":
            number = self._lists[-1] if self._lists else None
            self._marker = "- "
            if number is not None:
                self._lists[-1] = number + 1
                self._marker = f"{number + 1}. "
        elif name == "hr":
            self._write("-" * 20)
            self._break()

    def _end(self, name: str) -> None:
        if name == "a":
            self._close_link()
        elif name in _APART:
            self._break(blank=True)
            self._quote_depth -= name == "blockquote" and self._quote_depth > 0
            self._pre_depth -= name == "pre" and self._pre_depth > 0
        elif name in _BREAKING:
            self._break()
            if name in _LISTS and self._lists:
                self._lists.pop()

    def _text(self, text: str) -> None:
        text = _PADDING.sub(lambda run: " " if _SPACES.search(run[0]) else "", text)
        if self._pre_depth:
            for number, line in enumerate(text.replace("\r\n", "\n").split("\n")):
                if number:
                    self._break(keep_empty=True)
                self._write(line)
            return
        words = _SPACES.sub(" ", text)
        if words.startswith(" "):
            self._has_space_due = True
        if words := words.strip(" "):
            self._has_space_due = self._has_space_due or (self._is_after_url and words[0].isalnum())
            self._write((" " if self._has_space_due and self._line else "") + words)
            self._has_space_due = text[-1] in WHITESPACE + "\xa0"

    def _write(self, text: str) -> None:
        self._is_after_url = False
        self._line.append(text)
        if self._link:
            self._link_words.append(text)

    def _close_link(self) -> None:
        link, self._link = self._link, ""
        if not _LINK_SHOWN.match(link):
            return
        target = link[7:].partition("?")[0] if link[:7].lower() == "mailto:" else link
        words = "".join(self._link_words).strip()
        if target not in words:
            self._has_space_due = False
            self._write(f" ({target})" if words else target)
            self._is_after_url = True

    def _break(self, *, blank: bool = False, keep_empty: bool = False) -> None:
        """Ends the line, if it has words or is to be kept; `blank` sets what follows apart by an empty line."""
        depth = min(self._quote_depth, _DEEPEST)
        line = "".join(self._line).rstrip()
        if line or keep_empty:
            if self._is_blank_due and self._lines:
                self._lines.append((_QUOTE * min(depth, self._last_depth)).rstrip())
            indent = (
                "  " * min(len(self._lists) - 1, _DEEPEST) + (self._marker or "  ") if self._lists else self._marker
            )
            self._lines.append((_QUOTE * depth + (indent + line if line else "")).rstrip())
            self._marker = "" if line else self._marker
            self._is_blank_due = False
            self._last_depth = depth
        self._is_blank_due = self._is_blank_due or blank
        self._line = []
        self._has_space_due = False


def _attribute(data: str, name: str) -> str:
    return next((decode_value(each.value) for each in attributes(data) if each.name == name), "")
