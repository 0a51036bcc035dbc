"""The operations of a tag as a page: what each takes and answers, and at its side the example, in every language."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from chalicelib.api.application import OPERATIONS
from chalicelib.api.handling import STATUS_OF
from chalicelib.api.operation import Access
from tools.reference import types
from tools.reference.code import LABELS, block
from tools.reference.errors import anchor_of_status
from tools.reference.markdown import Rendered, Section, heading, inline
from tools.reference.openapi import described
from tools.reference.requests import Kind, example_request
from tools.reference.snippets import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chalicelib.api.operation import Operation
    from tools.reference.contents import Page
    from tools.reference.recording import Recorded

_ACCESS = {
    Access.OPEN: "No key needed.",
    Access.INBOX: "Needs a key, unless the inbox is open to everybody (`RESTANTE_OPEN_INBOXES`).",
    Access.KEY: "Needs a key.",
    Access.ADMIN: "Needs a key of an admin's account.",
}
_WHERE = {"path": "Path", "query": "Query", "header": "Header"}
_HIDDEN = {"Host", "X-Forwarded-Proto"}
"""Headers that clients and proxies send by themselves."""


def render(page: Page, answers: Mapping[str, Recorded]) -> Rendered:
    """The page of a tag, with these recorded answers. Raises ValueError for an operation of which there is none."""
    operations = [one for one in OPERATIONS if one.tag == page.tag]
    missing = [one.name for one in operations if one.name not in answers]
    if missing:
        raise ValueError(f"No answers are recorded of {missing}: run `make generate`")
    sections = [Section(anchor="", title=page.title, level=1, words="")]
    sections += [
        Section(
            anchor=one.name,
            title=one.summary.rstrip(".").replace("`", ""),
            level=2,
            words=" ".join([one.description, *(f"{p.name} {p.meaning}" for p in one.parameters)]),
            kind=f"{one.method} {one.path}",
        )
        for one in operations
    ]
    made = [heading("h1", "top", escape(page.title)), _overview(operations)]
    made += [_operation(one, answers[one.name], page) for one in operations]
    return Rendered(html="".join(made), sections=tuple(sections))


def _overview(operations: Iterable[Operation]) -> str:
    rows = "".join(
        f'<li><a href="#{one.name}">{_method(one.method)} <code>{_path(one.path)}</code> '
        f"<span>{inline(one.summary.rstrip('.'))}</span></a></li>"
        for one in operations
    )
    return f'<ul class="overview">{rows}</ul>\n'


def _method(method: str) -> str:
    return f'<b class="method {method.lower()}">{method}</b>'


def _path(path: str) -> str:
    # A long path may be broken after each slash.
    return escape(path).replace("/", "/<wbr>").replace("/<wbr>api", "/api", 1)


def _operation(one: Operation, recorded: Recorded, page: Page) -> str:
    made = described(one)
    prose = [
        heading("h2", one.name, inline(one.summary.rstrip("."))),
        f'<p class="endpoint">{_method(one.method)} <code>{_path(one.path)}</code></p>\n',
    ]
    if one.description:
        prose.append(f"<p>{inline(one.description)}</p>\n")
    prose += [f'<p class="access">{inline(_ACCESS[one.access])}</p>\n', *_parameters(made), _answers(made, page)]
    attributes = f'data-operation="{one.name}" data-method="{one.method}" data-path="{escape(one.path)}"'
    return (
        f'<section class="operation" {attributes} aria-labelledby="{one.name}">\n<div class="prose">\n{"".join(prose)}'
        f'</div>\n<div class="examples">\n{_examples(one, recorded)}</div>\n</section>\n'
    )


def _parameters(made: Mapping[str, Any]) -> Iterable[str]:
    for where, title in _WHERE.items():
        rows = [
            _row(
                one["name"], one["schema"], one["description"], needed=one["required"], where=where, like=one["example"]
            )
            for one in made.get("parameters", ())
            if one["in"] == where and one["name"] not in _HIDDEN
        ]
        if rows:
            yield f'<h3>{title}</h3>\n<ul class="fields">{"".join(rows)}</ul>\n'
    if "requestBody" in made:
        schema = made["requestBody"]["content"]["application/json"]["schema"]
        needed = schema.get("required", ())
        rows = [
            _row(name, one, one["description"], needed=name in needed, where="body")
            for name, one in schema["properties"].items()
        ]
        yield f'<h3>Body</h3>\n<ul class="fields">{"".join(rows)}</ul>\n'


def _row(name: str, schema: Mapping[str, Any], meaning: str, *, needed: bool, where: str, like: object = None) -> str:
    must = ' <span class="required">required</span>' if needed and where != "path" else ""
    default = schema.get("default")
    # A default of "off" goes without saying.
    otherwise = f" Default: <code>{escape(json.dumps(default))}</code>." if default not in (None, False, "") else ""
    kind = escape(types.described(schema))
    example = "" if like is None else f' data-example="{escape(like if isinstance(like, str) else json.dumps(like))}"'
    return (
        f'<li data-name="{escape(name)}" data-in="{where}"{example}><code class="name">{escape(name)}</code> '
        f'<span class="type">{kind}</span>{must}<br>{inline(meaning)}{otherwise}</li>'
    )


def _answers(made: Mapping[str, Any], page: Page) -> str:
    rows = []
    for status, response in made["responses"].items():
        content = response.get("content", {})
        kinds = ", ".join(types.linked(media["schema"], page) for media in content.values() if "schema" in media)
        if int(status) in STATUS_OF.values():
            anchor = anchor_of_status(int(status))
            kinds = f'<a href="errors#{anchor}">Error</a>'
        rows.append(
            f'<li><code class="status s{status[0]}">{status}</code> {inline(response["description"])}'
            + (f' <span class="type">{kinds}</span>' if kinds else "")
            + "</li>"
        )
    return f'<h3>Answers</h3>\n<ul class="answers">{"".join(rows)}</ul>\n'


def _examples(one: Operation, recorded: Recorded) -> str:
    request = example_request(one)
    programs = "".join(
        block(snippet(request), language, title=LABELS[language], classes=f"in-{language}")
        for language, snippet in LANGUAGES.items()
    )
    return f'<div class="request">{programs}</div>\n{_answer(request.kind, request.file, recorded)}'


def _answer(kind: Kind, file: str, recorded: Recorded) -> str:
    status = recorded["status"]
    if "json" in recorded:
        text, language = json.dumps(recorded["json"], indent=2, ensure_ascii=False), "json"
    elif kind is Kind.FILE:
        text, language = f"The file, saved as {file}", "text"
    elif kind is Kind.NOTHING:
        return f'<p class="no-content">Answer: <code class="status s2">{status}</code> without a body.</p>\n'
    else:
        text, language = recorded["text"].replace("\r\n", "\n"), "text"
    return block(text, language, title=f"Answer: {status} {recorded['type']}", classes="answer")
