"""Code as coloured HTML. Few kinds of tokens are told apart, so that pages stay small."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String

if TYPE_CHECKING:
    from pygments.token import _TokenType

LABELS = {
    "sh": "Shell",
    "curl": "curl",
    "python": "Python",
    "javascript": "JavaScript",
    "json": "JSON",
    "html": "HTML",
    "text": "",
    "http": "HTTP",
    "yaml": "YAML",
}
"""The languages that code may be in, and how each is called."""
_LEXERS = {"sh": "bash", "curl": "bash"}
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (Keyword.Constant, "n"),
    (Keyword, "k"),
    (Name.Tag, "t"),
    (Name.Function, "f"),
    (Name.Builtin, "f"),
    (Name.Variable, "v"),
    (Name.Decorator, "f"),
    (String.Interpol, "v"),
    (String, "s"),
    (Number, "n"),
    (Operator.Word, "k"),
)
"""Kinds of tokens and their classes; of two that fit the first counts."""


def coloured(code: str, language: str) -> str:
    """The inside of a <code>. A language that is not among LABELS raises KeyError."""
    if not LABELS[language]:
        return escape(code, quote=False)
    lexer = get_lexer_by_name(_LEXERS.get(language, language), stripnl=False, ensurenl=False)
    pieces: list[tuple[str, str]] = []
    for kind, text in lexer.get_tokens(code):
        name = next((name for of, name in _CLASSES if _is_of(kind, of)), "")
        if pieces and (pieces[-1][0] == name or not text.strip()):
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + text)
        else:
            pieces.append((name, text))
    return "".join(_span(name, text) for name, text in pieces)


def _is_of(kind: _TokenType, of: _TokenType) -> bool:
    # `in` is Pygments' own question whether a kind belongs to another; its types take it for that of a tuple.
    return kind[: len(of)] == of


def _span(name: str, text: str) -> str:
    return f'<span class="{name}">{escape(text, quote=False)}</span>' if name else escape(text, quote=False)


def block(code: str, language: str, *, title: str = "", classes: str = "") -> str:
    """A block of code, with its language or title above it; the script adds a button that copies it."""
    heading = title or LABELS[language]
    caption = f"<figcaption>{escape(heading)}</figcaption>" if heading else ""
    inside = coloured(code.rstrip("\n"), language)
    return (
        f'<figure class="{f"code {classes}".strip()}">{caption}<pre tabindex="0"><code>{inside}</code></pre></figure>\n'
    )
