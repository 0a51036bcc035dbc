"""HTML written so that every browser reads it in one way: closed in order, and never deep.

HTML parsers repair wrong nesting at a price: an unclosed <font> is opened anew in every later paragraph,
text in a table is moved before it, a search for an open <p> walks the whole stack. Each is quadratic or worse
in the hands of somebody who wants it to be. Here the repairs are simpler, cost the same for every tag, and
leave a parser nothing to repair. Where they differ from a browser's (WHATWG HTML, 13.2.6): text loose in a
table gets a cell of its own, and no more than a few unclosed elements are opened anew.
"""

from __future__ import annotations

import re
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
    **dict.fromkeys(_CLOSING_A_PARAGRAPH, ("p",)),
    **dict.fromkeys(_HEADINGS, ("p", "h1", "h2", "h3", "h4", "h5", "h6")),
    "li": ("p", "li"),
    "dt": ("p", "dt", "dd"),
    "dd": ("p", "dt", "dd"),
    "a": ("a",),
    "rt": ("rt", "rp"),
    "rp": ("rt", "rp"),
}
_MOST_OF_A_NAME: Final = 3
_STAND_IN: Final = re.compile("\ufdd0([0-9]+)\ufdd1")
_MOST_REOPENED_AT_ONCE: Final = 8
_MOST_REOPENED: Final = 10_000
_MOST_REMEMBERED: Final = 1_000


class _Place:
    """Where in a document something may be written: within which elements, from the root on.

    Places do not change; what is open in the same table or cell is copied from one to the next. Tags outside of
    that close nothing within it. `starts` and `ends` remember where a tag of some name leads from here.
    """

    __slots__ = ("depth", "ends", "key", "lists", "name", "opened", "outer", "parent", "scope", "starts")

    def __init__(self, name: str, parent: _Place | None) -> None:
        self.name = name
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent else 0
        self.key = parent.key_of(name) if parent else ""
        """What end tags look for."""
        self.scope = ""
        """The name of the table or cell around."""
        self.outer: _Place | None = None
        """Where that stands."""
        self.opened: dict[str, int] = {}
        """How many elements in it are open, by their keys."""
        self.lists = 0
        if parent and (name == "table" or name in _CELLS):
            self.scope = name
            self.outer = parent
        elif parent:
            self.scope = parent.scope
            self.outer = parent.outer
            self.opened = {**parent.opened, self.key: parent.opened.get(self.key, 0) + 1}
            self.lists = parent.lists + (name in _LISTS)
        self.starts: dict[str, _Start] = {}
        self.ends: dict[str, tuple[str, _Place]] = {}

    def key_of(self, name: str) -> str:
        """Returns the name, and for an item of a list also how deep that list is."""
        return f"{name} {self.lists}" if name in _ITEMS else name


class _Start(NamedTuple):
    """What a start tag does at a place: closes down to a depth, opens what must be, and leads to a place."""

    written: str
    depth: int
    implied: tuple[str, ...]
    place: _Place


class Nesting:
    """Takes tags and text in document order and writes them well nested, `depth` elements deep at most.

    Every call takes constant time, amortised. A start tag that would go deeper is left out and `flattened`
    is set; tables may go two elements deeper, for the row and the cell that they lack.
    """

    def __init__(self, *, depth: int) -> None:
        self.flattened = False
        self._depth = depth
        self._written: list[str] = []
        self._place = _Place("", None)
        self._tags: list[str] = []
        """The start tags of the elements that are open, for those that are opened anew."""
        self._lowest = 0
        self._texts: list[str] = []
        self._left_out: dict[str, int] = {}
        self._reopened = 0
        self._remembered = 0
        self._is_at_start_of_pre = False

    def start(self, name: str, tag: str) -> None:
        """Opens an element; `tag` is its start tag as it is to be written."""
        step = self._place.starts.get(name)
        if step is None:
            self._start_anew(name, tag)
            return
        written, depth, implied, self._place = step
        tags = self._tags
        if len(tags) > depth:
            del tags[depth:]
        if implied:
            tags.extend(implied)
        if self._place.depth > len(tags):
            tags.append(tag)
        self._written.append(written + tag)
        self._is_at_start_of_pre = name == "pre"

    def end(self, name: str) -> None:
        """Closes the innermost open element of that name with what is in it; does nothing when none is
        open.
        """
        if self._left_out.get(name):
            self._left_out[name] -= 1
            return
        step = self._place.ends.get(name)
        if step is None:
            self._end_anew(name)
            return
        written, place = step
        if written:
            self._written.append(written)
            self._place = place
            del self._tags[place.depth :]
            self._is_at_start_of_pre = False

    def _start_anew(self, name: str, tag: str) -> None:
        before = self._place
        if before.depth >= self._depth and name not in VOID:
            self.flattened = True
            self._left_out[name] = self._left_out.get(name, 0) + 1
            return
        self._lowest = before.depth
        length, reopened = len(self._written), self._reopened
        if not (self._has_room_for_part(name) if name in _TABLE_PARTS else self._has_room_for_content(name)):
            return
        self._is_at_start_of_pre = name == "pre"
        written = "".join(self._written[length:])
        implied = tuple(self._tags[self._lowest :])
        if name in VOID:
            self._written.append(tag)
        else:
            self._push(name, tag)
        if self._reopened == reopened and self._remembers():
            before.starts[name] = _Start(written, self._lowest, implied, self._place)

    def _end_anew(self, name: str) -> None:
        before = self._place
        length, reopened = len(self._written), self._reopened
        if name == "table" or name in _TABLE_PARTS:
            self._end_in_table(name)
        else:
            self._close(name)
        if self._reopened == reopened and self._remembers():
            before.ends[name] = ("".join(self._written[length:]), self._place)

    def _remembers(self) -> bool:
        self._remembered += 1
        return self._remembered <= _MOST_REMEMBERED

    def text(self, text: str) -> None:
        """Writes text, as it is to be read: `finish` returns stand-ins for it and `with_texts` puts it in."""
        if self._is_at_start_of_pre:
            # A parser drops one newline here each time it reads; with none, reading twice is reading once.
            text = text.lstrip("\n")
        if not text:
            return
        words = text.strip(WHITESPACE)
        if words and self._place.name in _NOT_FOR_CONTENT:
            if not words.strip(WHITESPACE + "\xa0"):
                return
            self._open_cell()
        self._is_at_start_of_pre = False
        if words:
            self._written.append(f"\ufdd0{len(self._texts)}\ufdd1")
            self._texts.append(text)
        else:
            self._written.append(text)

    def finish(self) -> str:
        """Closes everything and returns the document, with U+FDD0, a number and U+FDD1 in place of each text.

        Text goes around the parser that comes next: html5ever takes time quadratic in the "&" and no-break
        spaces of one text. The caller keeps these two noncharacters (Unicode, 23.7) out of the tags.
        """
        while self._place.depth:
            self._pop()
        return "".join(self._written)

    def with_texts(self, document: str) -> str:
        """Returns a document made from that of `finish` with the texts, escaped, in their places."""
        # No text holds U+FDD0, so all are escaped at once.
        texts = escape("\ufdd0".join(self._texts)).split("\ufdd0")
        pieces = _STAND_IN.split(document)
        pieces[1::2] = [texts[int(number)] for number in pieces[1::2]]
        return "".join(pieces)

    def _push(self, name: str, tag: str) -> None:
        self._place = _Place(name, self._place)
        self._written.append(tag)
        self._tags.append(tag)

    def _pop(self) -> tuple[_Place, str]:
        """Closes the innermost element; returns its place and its start tag."""
        place = self._place
        if place.parent is None:
            message = "nothing is open"
            raise IndexError(message)
        self._place = place.parent
        self._lowest = min(self._lowest, self._place.depth)
        self._written.append(f"</{place.name}>")
        self._is_at_start_of_pre = False
        return place, self._tags.pop()

    def _close(self, name: str) -> None:
        """Closes the element of that name in this scope, if one is open, and reopens what outlives it."""
        key = self._place.key_of(name)
        if key not in self._place.opened:
            return
        outlives_all = name in _FORMATTING
        inner: list[tuple[str, str]] = []
        while True:
            place, tag = self._pop()
            if place.key == key:
                break
            if outlives_all or place.name in _FORMATTING:
                inner.append((place.name, tag))
        for again, tag in reversed(inner[:_MOST_REOPENED_AT_ONCE]):
            place = self._place
            if (
                place.opened.get(place.key_of(again), 0) < _MOST_OF_A_NAME
                and place.depth < self._depth // 2
                and self._reopened < _MOST_REOPENED
            ):
                self._reopened += 1
                self._push(again, tag)

    def _has_room_for_content(self, name: str) -> bool:
        if self._place.name in _NOT_FOR_CONTENT:
            if name in ("br", "wbr"):
                return False
            self._open_cell()
        for closed in _CLOSED_BY.get(name, ()):
            self._close(closed)
        return True

    def _open_cell(self) -> None:
        self._has_room_for_part("td")
        self._push("td", "<td>")

    def _has_room_for_part(self, name: str) -> bool:
        """Closes what cannot hold this part of a table and opens what must; False outside of a table."""
        if not self._place.scope:
            return False
        self._leave_cell()
        if name in ("td", "th"):
            self._close("colgroup")
            if self._place.name != "tr":
                self._push("tr", "<tr>")
        elif name == "tr":
            self._close("colgroup")
            self._close("tr")
        elif name != "col":
            self._close_to_table()
        elif self._place.name != "colgroup":
            self._close_to_table()
            self._push("colgroup", "<colgroup>")
        return True

    def _leave_cell(self) -> None:
        if self._place.scope in _CELLS:
            outer = self._place.outer
            while self._place is not outer:
                self._pop()

    def _close_to_table(self) -> None:
        while self._place.name != "table":
            self._pop()

    def _end_in_table(self, name: str) -> None:
        place = self._place
        if name in _CELLS:
            if place.scope == name:
                self._leave_cell()
        elif place.scope and name == "table":
            self._leave_cell()
            self._close_to_table()
            self._pop()
        elif place.outer and name in (place if place.scope == "table" else place.outer).opened:
            self._leave_cell()
            self._close(name)
