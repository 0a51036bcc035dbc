"""The page of all objects that the API answers with."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from tools.reference import types
from tools.reference.code import block
from tools.reference.markdown import Rendered, Section, heading, inline
from tools.reference.openapi import whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.reference.contents import Page


def render(page: Page, examples: Mapping[str, Any]) -> Rendered:
    """Every schema of the document, in the order of the alphabet, with its example."""
    schemas = whole()["components"]["schemas"]
    sections = [Section(anchor="", title=page.title, level=1, words="")]
    made = [
        heading("h1", "top", escape(page.title)),
        "<p>What the API answers with. Fields may be added; those that are there stay.</p>\n",
    ]
    for name in sorted(schemas):
        fields = schemas[name].get("properties", {})
        sections.append(Section(anchor=name, title=name, level=2, words=" ".join(fields), kind="Object"))
        made.append(_object(name, schemas[name], examples[name], page))
    return Rendered(html="".join(made), sections=tuple(sections))


def _object(name: str, schema: Mapping[str, Any], example: Any, page: Page) -> str:
    shown = json.dumps(example, indent=2, ensure_ascii=False)
    if "properties" in schema:
        needed = schema.get("required", ())
        rows = "".join(
            f'<li><code class="name">{escape(field)}</code> <span class="type">{types.linked(one, page)}</span>'
            + ("" if field in needed else ' <span class="type">may be absent</span>')
            + (f"<br>{inline(one['description'])}" if "description" in one else "")
            + "</li>"
            for field, one in schema["properties"].items()
        )
        fields = f'<ul class="fields">{rows}</ul>\n'
    else:
        fields = f'<p class="type">{types.linked(schema, page)}</p>\n'
    prose = heading("h2", name, escape(name)) + fields
    side = block(shown, "json", title="Example")
    return (
        f'<section class="operation" aria-labelledby="{name}">\n<div class="prose">\n{prose}</div>\n'
        f'<div class="examples">\n{side}</div>\n</section>\n'
    )
