"""Text that SQLite can keep, whatever it holds.

SQLite's text is UTF-8, which has no form for a lone half of a surrogate pair; JSON and the names of a hostile mail may
bring one. It is kept as two characters: ESCAPE, which no text has (a noncharacter: Unicode 16, 23.7), and a character
for private use. What ESCAPE itself is written as is ESCAPE twice.
"""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ESCAPE = "\U0010fffe"
_ESCAPE_OCTETS = ESCAPE.encode()
_PRIVATE = 0x100000
_UNKEEPABLE = re.compile(f"[\ud800-\udfff{ESCAPE}]")
_KEPT = re.compile(f"{ESCAPE}(.)", re.DOTALL)


class Connection(sqlite3.Connection):
    """A connection that takes and gives any str."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.text_factory = from_octets

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> sqlite3.Cursor:  # type: ignore[override] # ours have no names
        return super().execute(sql, keepable(parameters))

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> sqlite3.Cursor:  # type: ignore[override] # as above
        return super().executemany(sql, map(keepable, rows))


def keepable(parameters: Sequence[Any]) -> Sequence[Any]:
    """The parameters of a statement, each text in the form it is kept in."""
    if all(value.isascii() for value in parameters if isinstance(value, str)):
        return parameters
    return [_UNKEEPABLE.sub(_kept, value) if isinstance(value, str) else value for value in parameters]


def from_octets(octets: bytes) -> str:
    """The text that was kept."""
    text = octets.decode()
    return _KEPT.sub(_meant, text) if _ESCAPE_OCTETS in octets else text


def _kept(found: re.Match[str]) -> str:
    return ESCAPE + (ESCAPE if found[0] == ESCAPE else chr(_PRIVATE + ord(found[0])))


def _meant(found: re.Match[str]) -> str:
    return ESCAPE if found[1] == ESCAPE else chr(ord(found[1]) - _PRIVATE)
