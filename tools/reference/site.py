"""All pages of the reference, and the index of its search: path → text."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.api.examples import EXAMPLES
from tools.reference import limits, objects, operations
from tools.reference.contents import PAGES, Page
from tools.reference.layout import whole_page
from tools.reference.markdown import Rendered
from tools.reference.markdown import render as render_markdown
from tools.reference.recording import recording

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
FOLDER = "chalicelib/ui/docs"
UI = ROOT / "chalicelib" / "ui"
_WORDS = 2000
"""So many letters of a section are looked at by the search."""


@cache
def rendered_pages(generated: tuple[tuple[str, str], ...]) -> dict[Page, Rendered]:
    """Every page's content; Markdown that is generated itself is given, and not read from its file."""
    answers = recording()
    texts = dict(generated)
    made = {}
    for page in PAGES:
        if page.tag:
            made[page] = operations.render(page, answers)
        elif page.schemas:
            made[page] = objects.render(page, EXAMPLES)
        else:
            text = texts.get(page.markdown) or (ROOT / page.markdown).read_text("utf-8")
            made[page] = render_markdown(page, text)
    return made


def reference_files(settings: str) -> dict[str, str]:
    """The files of the reference, given docs/settings.md.

    Raises FileNotFoundError for a page whose Markdown is not there.
    """
    generated = {"docs/settings.md": settings, "docs/limits.md": limits.page()}
    pages = rendered_pages(tuple(generated.items()))
    files = {f"{FOLDER}/{page.name}.html": whole_page(page, rendered) for page, rendered in pages.items()}
    return {
        "docs/limits.md": generated["docs/limits.md"],
        **files,
        f"{FOLDER}/colours.css": _colours(),
        f"{FOLDER}/icon.svg": (UI / "icon.svg").read_text("utf-8"),
        f"{FOLDER}/search.json": json.dumps(_index(pages), ensure_ascii=False, separators=(",", ":")) + "\n",
    }


def _colours() -> str:
    # The page's own: reader and mail reader are one house. They stand at the top of its style sheet.
    colours, mark, _ = (UI / "base.css").read_text("utf-8").partition("*, *::before")
    if not mark or "--accent:" not in colours:
        raise ValueError("chalicelib/ui/base.css does not begin with the colours any more")
    return colours.rstrip() + "\n"


def _index(pages: Mapping[Page, Rendered]) -> list[list[str]]:
    # A row: the page, the anchor, the page's title, the section's title, its method and path, its words.
    return [
        [page.name, section.anchor if place else "", page.title, section.title, section.kind, section.words[:_WORDS]]
        for page, rendered in pages.items()
        for place, section in enumerate(rendered.sections)
    ]
