"""The page around the content: title, contents with the page's sections, search, and the choice of a language."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tools.reference.code import LABELS
from tools.reference.contents import CONTENTS, INDEX, PAGES, Page, address, files_from
from tools.reference.snippets import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.reference.markdown import Rendered, Section

_DESCRIPTION = "Programmable inboxes: guides and API reference."


def whole_page(page: Page, rendered: Rendered) -> str:
    """The HTML document of a page."""
    files = files_from(page)
    wide = " reference" if page.tag or page.schemas else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{_DESCRIPTION}">
<meta name="color-scheme" content="light dark">
<title>{escape(page.title)} · Restante</title>
<link rel="icon" href="{files}icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{files}colours.css">
<link rel="stylesheet" href="{files}reference.css">
<script type="module" src="{files}reference.js"></script>
</head>
<body class="{"languages" if page.tag else "text"}" data-root="{_root(page)}" data-files="{files}">
<a class="skip" href="#content">Skip to the content</a>
<header class="bar">
<a class="brand" href="{address(PAGES[0], seen_from=page)}">Restante <span>Docs</span></a>
<a class="to-contents" href="#contents">Contents</a>
<div class="search" role="search"></div>
{_languages() if page.tag else ""}<a class="to-inboxes" href="{_root(page)}">Inboxes</a>
</header>
<nav class="contents" id="contents" aria-label="Contents">
<a class="close" href="#content">Close</a>
{_contents(page, rendered.sections)}</nav>
<main class="content{wide}" id="content" tabindex="-1">
{rendered.html}{_next(page)}</main>
</body>
</html>
"""


def _root(page: Page) -> str:
    # Where the service is, seen from the page: on AWS that is below a stage's path.
    return "./" if page.name == INDEX else "../"


def _languages() -> str:
    made = []
    for place, language in enumerate(LANGUAGES):
        checked = " checked" if place == 0 else ""
        made.append(
            f'<input type="radio" name="language" id="language-{language}" value="{language}"{checked}>'
            f'<label for="language-{language}">{LABELS[language]}</label>'
        )
    return f'<fieldset class="choice"><legend>Language of the examples</legend>{"".join(made)}</fieldset>\n'


def _contents(page: Page, sections: Sequence[Section]) -> str:
    made = []
    for group in CONTENTS:
        rows = "".join(_row(one, page, sections if one is page else ()) for one in group.pages)
        made.append(f"<h2>{escape(group.title)}</h2>\n<ul>{rows}</ul>\n")
    return "".join(made)


def _row(one: Page, page: Page, sections: Sequence[Section]) -> str:
    current = ' aria-current="page"' if one is page else ""
    inside = "".join(
        f'<li><a href="#{escape(section.anchor)}">{escape(section.title)}</a></li>'
        for section in sections
        if section.level == 2
    )
    within = f"<ul>{inside}</ul>" if inside else ""
    return f'<li><a href="{address(one, seen_from=page)}"{current}>{escape(one.title)}</a>{within}</li>\n'


def _next(page: Page) -> str:
    place = PAGES.index(page)
    made = []
    if place > 0:
        before = PAGES[place - 1]
        made.append(f'<a rel="prev" href="{address(before, seen_from=page)}">← {escape(before.title)}</a>')
    if place + 1 < len(PAGES):
        after = PAGES[place + 1]
        made.append(f'<a rel="next" href="{address(after, seen_from=page)}">{escape(after.title)} →</a>')
    return f'<nav class="next" aria-label="Next pages">{"".join(made)}</nav>\n'
