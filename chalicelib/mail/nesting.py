"""HTML written so that every browser reads it in one way: closed in order, and never deep.

HTML parsers repair wrong nesting at a price: an unclosed <font> is opened anew in every later paragraph,
text in a table is moved before it, a search for an open <p> walks the whole stack. Each is quadratic or worse
in the hands of somebody who wants it to be. Here the repairs are simpler, cost the same for every tag, and
leave a parser nothing to repair. Where they differ from a browser's (WHATWG HTML, 13.2.6): text loose in a
table gets a cell of its own, and no more than a few unclosed elements are opened anew.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, NamedTuple

from chalicelib.mail.markup import VOID, WHITESPACE, escape, names

_FORMATTING: Final = names("a b big code em font i s small strike strong tt u")
_HEADINGS: Final = names("h1 h2 h3 h4 h5 h6")
_CLOSING_A_PARAGRAPH: Final = _HEADINGS | names(
    "address article aside blockquote center dd details dir div dl dt figcaption figure footer header hgroup"
    " hr li main menu nav ol p pre section summary table ul"
)
_SECTIONS: Final = names("thead tbody tfoot")
_CELLS: Final = names("td th caption")
_TABLE_PARTS: Final = _SECTIONS | _CELLS | {"colgroup", "col", "tr"}
_NOT_FOR_CONTENT: Final = _SECTIONS | {"table", "tr", "colgroup"}
_LISTS: Final = names("ul ol menu dir dl")
_ITEMS: Final = names("li dt dd")
_CLOSED_BY: Final = {
    **dict.fromkeys(_HEADINGS, ("h1", "h2", "h3", "h4", "h5", "h6")),
    "li": ("li",),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "a": ("a",),
    "rt": ("rt", "rp"),
    "rp": ("rt", "rp"),
}
_MOST_OF_A_NAME: Final = 3
_STAND_IN: Final = re.compile("\ufdd0([0-9]+)\ufdd1")
_MOST_REOPENED_AT_ONCE: Final = 8
_MOST_REOPENED: Final = 10_000


class _Element(NamedTuple):
    name: str
    tag: str
    key: str
    """What end tags look for: the name, and for an item of a list also how deep that list is."""


class _Scope:
    """What is open in the document, one table or one cell: tags outside of it close nothing within it."""

    __slots__ = ("lists", "name", "opened", "start")

    def __init__(self, name: str, start: int) -> None:
        self.name = name
        self.start = start
        self.opened: Counter[str] = Counter()
        self.lists = 0

    def key(self, name: str) -> str:
        return f"{name} {self.lists}" if name in _ITEMS else name


class Nesting:
    """Takes tags and text in document order and writes them well nested, `depth` elements deep at most.

    Every call takes constant time, amortised. A start tag that would go deeper is left out and `flattened`
    is set; tables may go two elements deeper, for the row and the cell that they lack.
    """

    def __init__(self, *, depth: int) -> None:
        self.flattened = False
        self._depth = depth
        self._written: list[str] = []
        self._open: list[_Element] = []
        self._scopes = [_Scope("", 0)]
        self._texts: list[str] = []
        self._left_out: Counter[str] = Counter()
        self._reopened = 0
        self._is_at_start_of_pre = False

    def start(self, name: str, tag: str) -> None:
        """Opens an element; `tag` is its start tag as it is to be written."""
        if len(self._open) >= self._depth and name not in VOID:
            self.flattened = True
            self._left_out[name] += 1
            return
        if not (self._has_room_for_part(name) if name in _TABLE_PARTS else self._has_room_for_content(name)):
            return
        self._is_at_start_of_pre = name == "pre"
        if name in VOID:
            self._written.append(tag)
        else:
            self._push(name, tag)

    def end(self, name: str) -> None:
        """Closes the innermost open element of that name with what is in it; does nothing when none is
        open.
        """
        if self._left_out[name]:
            self._left_out[name] -= 1
        elif name == "table" or name in _TABLE_PARTS:
            self._end_in_table(name)
        else:
            self._close(name)

    def text(self, text: str) -> None:
        """Writes text, as it is to be read: `finish` returns stand-ins for it and `with_texts` puts it in."""
        if self._is_at_start_of_pre:
            # A parser drops one newline here each time it reads; with none, reading twice is reading once.
            text = text.lstrip("\n")
        if not text:
            return
        if self._top() in _NOT_FOR_CONTENT and text.strip(WHITESPACE):
            if not text.strip(WHITESPACE + "\xa0"):
                return
            self._open_cell()
        self._is_at_start_of_pre = False
        if text.strip(WHITESPACE):
            self._written.append(f"\ufdd0{len(self._texts)}\ufdd1")
            self._texts.append(text)
        else:
            self._written.append(text)

    def finish(self) -> str:
        """Closes everything and returns the document, with U+FDD0, a number and U+FDD1 in place of each text.

        Text goes around the parser that comes next: html5ever takes time quadratic in the "&" and no-break
        spaces of one text. The caller keeps these two noncharacters (Unicode, 23.7) out of the tags.
        """
        while self._open:
            self._pop()
        return "".join(self._written)

    def with_texts(self, document: str) -> str:
        """Returns a document made from that of `finish` with the texts, escaped, in their places."""
        return _STAND_IN.sub(lambda found: escape(self._texts[int(found[1])]), document)

    def _top(self) -> str:
        return self._open[-1].name if self._open else ""

    def _push(self, name: str, tag: str) -> None:
        scope = self._scopes[-1]
        key = scope.key(name)
        scope.opened[key] += 1
        scope.lists += name in _LISTS
        self._written.append(tag)
        self._open.append(_Element(name, tag, key))
        if name == "table" or name in _CELLS:
            self._scopes.append(_Scope(name, len(self._open)))

    def _pop(self) -> _Element:
        if len(self._open) == self._scopes[-1].start:
            self._scopes.pop()
        element = self._open.pop()
        scope = self._scopes[-1]
        scope.opened[element.key] -= 1
        scope.lists -= element.name in _LISTS
        self._written.append(f"</{element.name}>")
        self._is_at_start_of_pre = False
        return element

    def _close(self, name: str) -> None:
        """Closes the element of that name in this scope, if one is open, and reopens what outlives it."""
        scope = self._scopes[-1]
        key = scope.key(name)
        if not scope.opened[key]:
            return
        inner: list[_Element] = []
        while (element := self._pop()).key != key:
            inner.append(element)
        outlives_all = name in _FORMATTING
        reopened = [each for each in reversed(inner) if outlives_all or each.name in _FORMATTING]
        for element in reopened[-_MOST_REOPENED_AT_ONCE:]:
            if (
                scope.opened[scope.key(element.name)] < _MOST_OF_A_NAME
                and len(self._open) < self._depth // 2
                and self._reopened < _MOST_REOPENED
            ):
                self._reopened += 1
                self._push(element.name, element.tag)

    def _has_room_for_content(self, name: str) -> bool:
        if self._top() in _NOT_FOR_CONTENT:
            if name in ("br", "wbr"):
                return False
            self._open_cell()
        if name in _CLOSING_A_PARAGRAPH:
            self._close("p")
        for closed in _CLOSED_BY.get(name, ()):
            self._close(closed)
        return True

    def _open_cell(self) -> None:
        self._has_room_for_part("td")
        self._push("td", "<td>")

    def _has_room_for_part(self, name: str) -> bool:
        """Closes what cannot hold this part of a table and opens what must; False outside of a table."""
        if not self._scopes[-1].name:
            return False
        self._leave_cell()
        if name in ("td", "th"):
            self._close("colgroup")
            if self._top() != "tr":
                self._push("tr", "<tr>")
        elif name == "tr":
            self._close("colgroup")
            self._close("tr")
        elif name != "col":
            self._close_to_table()
        elif self._top() != "colgroup":
            self._close_to_table()
            self._push("colgroup", "<colgroup>")
        return True

    def _leave_cell(self) -> None:
        scope = self._scopes[-1]
        if scope.name in _CELLS:
            while len(self._open) >= scope.start:
                self._pop()

    def _close_to_table(self) -> None:
        while self._top() != "table":
            self._pop()

    def _end_in_table(self, name: str) -> None:
        scope = self._scopes[-1]
        if name in _CELLS:
            if scope.name == name:
                self._leave_cell()
        elif scope.name and name == "table":
            self._leave_cell()
            self._close_to_table()
            self._pop()
        elif scope.name and self._scopes[-1 if scope.name == "table" else -2].opened[name]:
            self._leave_cell()
            self._close(name)
