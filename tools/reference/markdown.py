"""Markdown to HTML, and to the sections that the search finds."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML

from tools.reference.code import LABELS, block
from tools.reference.contents import BY_MARKDOWN, Page, address
from tools.reference.fences import fence_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a page with a heading: what a deep link leads to and the search finds. `words` is its plain text."""

    anchor: str
    title: str
    level: int
    words: str
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A page's HTML and its sections; the first one is the page itself."""

    html: str
    sections: tuple[Section, ...]


_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_RENDERER = RendererHTML(_PARSER)
_ROW = 4
"""The level of a row in the sections: below every heading."""
_SETTING = re.compile(r"[A-Z]+(?:_[A-Z0-9]+)+")
_NO_LETTER = re.compile(r"[^\w]+")


def anchor_of(title: str) -> str:
    """The anchor of a heading: its words in lower case, joined by hyphens."""
    return _NO_LETTER.sub("-", title.lower()).strip("-")


def inline(text: str) -> str:
    """A line of Markdown as HTML, without a paragraph around it."""
    return str(_PARSER.renderInline(text))


def render(page: Page, text: str) -> Rendered:
    """A page's Markdown as HTML. Raises ValueError for a link to a file that is no page and not there."""
    tokens = _PARSER.parse(text)
    _name_rows(tokens)
    sections: list[Section] = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title = _plain(tokens[place + 1])
            anchor = _unused(anchor_of(title), sections)
            token.attrSet("id", anchor)
            sections.append(Section(anchor=anchor, title=title, level=int(token.tag[1]), words=""))
        elif token.type == "tr_open" and token.attrGet("id"):
            name = _plain(_cells(tokens, place)[0])
            sections.append(Section(anchor=str(token.attrGet("id")), title=name, level=_ROW, words=""))
        elif token.type == "inline":
            _turn_links(token, page)
            if sections and tokens[place - 1].type != "heading_open":
                sections[-1] = _with_words(sections[-1], _plain(token))
    return Rendered(html=_html(tokens), sections=tuple(sections))


def _name_rows(tokens: Sequence[Token]) -> None:
    """Let each row of a table that is named by code, as a setting is, be found and linked to, and stack on phones."""
    titles: list[str] = []
    table = None
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            table = token
        elif token.type == "thead_open":
            titles = [_plain(cell) for cell in _cells(tokens, place + 1)]
        elif token.type == "tr_open" and tokens[place - 1].type != "thead_open" and table is not None:
            named = [one.content for one in _cells(tokens, place)[0].children or () if one.type == "code_inline"]
            if len(named) == 1 and _SETTING.fullmatch(named[0]):
                table.attrSet("class", "named")
                token.attrSet("id", anchor_of(named[0]))
                for cell, content, title in zip(_openings(tokens, place), _cells(tokens, place), titles, strict=True):
                    if content.content:
                        cell.attrSet("data-title", title)


def _row_of(tokens: Sequence[Token], place: int) -> Sequence[Token]:
    end = next(at for at in range(place, len(tokens)) if tokens[at].type == "tr_close")
    return tokens[place:end]


def _cells(tokens: Sequence[Token], place: int) -> list[Token]:
    return [one for one in _row_of(tokens, place) if one.type == "inline"]


def _openings(tokens: Sequence[Token], place: int) -> list[Token]:
    return [one for one in _row_of(tokens, place) if one.type == "td_open"]


def _unused(anchor: str, sections: Sequence[Section]) -> str:
    # The changelog has several "Added"; of two equal headings the second is numbered.
    same = sum(
        one.anchor == anchor or re.fullmatch(rf"{re.escape(anchor)}-\d+", one.anchor) is not None for one in sections
    )
    return f"{anchor}-{same + 1}" if same else anchor


def _with_words(section: Section, words: str) -> Section:
    return Section(
        anchor=section.anchor, title=section.title, level=section.level, words=f"{section.words} {words}".strip()
    )


def _plain(token: Token) -> str:
    return "".join(" " if one.type == "softbreak" else one.content for one in token.children or ())


def _turn_links(token: Token, page: Page) -> None:
    for one in token.children or ():
        if one.type == "link_open":
            one.attrSet("href", _target(str(one.attrGet("href")), page))


def _target(link: str, page: Page) -> str:
    path, hash_, anchor = link.partition("#")
    if ":" in link or not path:
        return link
    file = posixpath.normpath(posixpath.join(posixpath.dirname(page.markdown), path))
    to = BY_MARKDOWN.get(file)
    if to is None:
        raise ValueError(f"{page.markdown} links to {link}, which is no page of the contents")
    return address(to, seen_from=page) + hash_ + anchor


def _html(tokens: Sequence[Token]) -> str:
    options: Any = _PARSER.options
    made: list[str] = []
    for place, token in enumerate(tokens):
        if token.type == "fence":
            made.append(_fence(token))
        elif token.type == "code_block":
            made.append(block(token.content, "text"))
        elif token.type == "heading_close":
            opened = tokens[place - 2]
            made.append(_heading(opened, tokens[place - 1], options))
        elif token.type == "heading_open" or (token.type == "inline" and tokens[place - 1].type == "heading_open"):
            continue
        elif token.type == "table_open":
            look = f' class="{token.attrGet("class")}"' if token.attrGet("class") else ""
            made.append(f'<div class="table" tabindex="0"><table{look}>\n')
        elif token.type == "table_close":
            made.append("</table></div>\n")
        elif token.type == "inline":
            made.append(_RENDERER.renderInline(token.children or [], options, {}))
        else:
            made.append(_RENDERER.renderToken([token], 0, options, {}))
    return "".join(made)


def _heading(opened: Token, content: Token, options: Any) -> str:
    anchor = str(opened.attrGet("id"))
    inside = _RENDERER.renderInline(content.children or [], options, {})
    return heading(opened.tag, anchor, inside)


def heading(tag: str, anchor: str, inside: str) -> str:
    """A heading that can be linked to. The page's own has no link: its address is the link."""
    link = "" if tag == "h1" else f'<a class="anchor" href="#{anchor}" aria-label="Link to this section">#</a>'
    return f'<{tag} id="{escape(anchor)}">{inside}{link}</{tag}>\n'


def _fence(token: Token) -> str:
    fence = fence_of(token.info)
    return block(token.content, fence.language if fence.language in LABELS else "text", title=fence.file)
