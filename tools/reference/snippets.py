"""A request as curl, Python and JavaScript: whole programs, which find server and key in the environment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.reference.requests import ExampleRequest, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = 88
_PRINTED = {
    "python": {Kind.JSON: "answer.json()", Kind.TEXT: "answer.text", Kind.NOTHING: "answer.status_code"},
    "javascript": {Kind.JSON: "await answer.json()", Kind.TEXT: "await answer.text()", Kind.NOTHING: "answer.status"},
}


def curl(request: ExampleRequest) -> str:
    """The request as a command of a shell."""
    arguments = [f'"$RESTANTE_URL{request.target}"']
    if request.needs_key:
        arguments.append('-H "Mailsac-Key: $RESTANTE_KEY"')
    arguments += [f"-H '{name}: {value}'" for name, value in request.headers.items()]
    if request.body is not None:
        arguments += ["-H 'Content-Type: application/json'", f"-d {_quoted(request.body)}"]
    if request.kind is Kind.FILE:
        arguments.append(f"-o {request.file}")
    method = "" if request.method == ("GET" if request.body is None else "POST") else f"-X {request.method} "
    return f"curl {method}" + " \\\n  ".join(arguments) + "\n"


def _quoted(body: dict[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False)
    if len(text) > _WIDTH - 10:
        text = json.dumps(body, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    if "'" in text:
        raise ValueError(f"No shell takes this between single quotes: {text}")
    return f"'{text}'"


def python(request: ExampleRequest) -> str:
    """The request as a Python program with the library requests."""
    arguments = [f'os.environ["RESTANTE_URL"] + {json.dumps(request.path)}']
    headers = {name: json.dumps(value) for name, value in request.headers.items()}
    if request.needs_key:
        headers = {"Mailsac-Key": 'os.environ["RESTANTE_KEY"]', **headers}
    if headers:
        inside = ", ".join(f"{json.dumps(name)}: {value}" for name, value in headers.items())
        arguments.append(f"headers={{{inside}}}")
    if request.query:
        arguments.append(f"params={_literal(request.query, _PYTHON_WORDS)}")
    if request.body is not None:
        arguments.append(f"json={_literal(request.body, _PYTHON_WORDS)}")
    arguments.append("timeout=30")
    lines = "".join(f"    {argument},\n" for argument in arguments)
    imports = ["import os", "", "import requests"]
    if request.kind is Kind.FILE:
        imports[1:1] = ["from pathlib import Path"]
        last = f'Path("{request.file}").write_bytes(answer.content)'
    else:
        last = f"print({_PRINTED['python'][request.kind]})"
    head = "\n".join(imports)
    return f"{head}\n\nanswer = requests.{request.method.lower()}(\n{lines})\nanswer.raise_for_status()\n{last}\n"


def javascript(request: ExampleRequest) -> str:
    """The request as a JavaScript module, for Node."""
    options = [] if request.method == "GET" else [f"  method: {json.dumps(request.method)},"]
    headers = {json.dumps(name): json.dumps(value) for name, value in request.headers.items()}
    if request.needs_key:
        headers = {'"Mailsac-Key"': "process.env.RESTANTE_KEY", **headers}
    if request.body is not None:
        headers['"Content-Type"'] = '"application/json"'
    if len(headers) > 1:
        inside = "".join(f"    {name}: {value},\n" for name, value in headers.items())
        options.append(f"  headers: {{\n{inside}  }},")
    elif headers:
        ((name, value),) = headers.items()
        options.append(f"  headers: {{ {name}: {value} }},")
    if request.body is not None:
        options.append(f"  body: JSON.stringify({_literal(request.body, _JAVASCRIPT_WORDS, margin='  ')}),")
    url = f"`${{process.env.RESTANTE_URL}}{request.target}`"
    call = f"await fetch({url}, {{\n" + "\n".join(options) + "\n});" if options else f"await fetch({url});"
    lines = [f"const answer = {call}", "if (!answer.ok) throw new Error(await answer.text());"]
    if request.kind is Kind.FILE:
        lines.insert(0, 'import { writeFile } from "node:fs/promises";\n')
        lines.append(f'await writeFile("{request.file}", Buffer.from(await answer.arrayBuffer()));')
    else:
        lines.append(f"console.log({_PRINTED['javascript'][request.kind]});")
    return "\n".join(lines) + "\n"


_PYTHON_WORDS = {True: "True", False: "False", None: "None"}
_JAVASCRIPT_WORDS = {True: "true", False: "false", None: "null"}


def _literal(value: Any, words: dict[bool | None, str], margin: str = "    ") -> str:
    """A JSON value as the language spells it; over several lines where one would be too long."""
    if isinstance(value, bool) or value is None:
        return words[value]
    if not isinstance(value, dict | list) or not value:
        return json.dumps(value, ensure_ascii=False)
    pairs = value.items() if isinstance(value, dict) else ((None, one) for one in value)
    inner = margin + ("    " if words is _PYTHON_WORDS else "  ")
    items = [
        (f"{_name(name, words)}: " if name is not None else "") + _literal(one, words, inner) for name, one in pairs
    ]
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    space = " " if isinstance(value, dict) and words is _JAVASCRIPT_WORDS else ""
    line = f"{opened}{space}{', '.join(items)}{space}{closed}"
    if len(line) + len(margin) <= _WIDTH - 16:
        return line
    return f"{opened}\n" + "".join(f"{inner}{item},\n" for item in items) + f"{margin}{closed}"


def _name(name: str, words: dict[bool | None, str]) -> str:
    return name if words is _JAVASCRIPT_WORDS and name.isidentifier() else json.dumps(name)


LANGUAGES: dict[str, Callable[[ExampleRequest], str]] = {"curl": curl, "python": python, "javascript": javascript}
"""Every language that examples are in, in the order in which they are offered."""
