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
_PRIVATE = 0x100000
_UNKEEPABLE = re.compile(f"[\ud800-\udfff{ESCAPE}]")
_KEPT = re.compile(f"{ESCAPE}(.)", re.DOTALL)


class Connection(sqlite3.Connection):
    """A connection that takes and gives any str."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # A factory of rows, not of texts: it is called once where that would be called for each column.
        self.row_factory = _meant_row

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> sqlite3.Cursor:  # type: ignore[override] # ours have no names
        return super().execute(sql, keepable(parameters))

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> sqlite3.Cursor:  # type: ignore[override] # as above
        return super().executemany(sql, map(keepable, rows))


def keepable(parameters: Sequence[Any]) -> Sequence[Any]:
    """The parameters of a statement, each text in the form it is kept in."""
    if all(value.isascii() for value in parameters if isinstance(value, str)):
        return parameters
    return [_UNKEEPABLE.sub(_kept, value) if isinstance(value, str) else value for value in parameters]


def meant(text: str) -> str:
    """The text that was kept in this form."""
    return _KEPT.sub(_meant, text) if ESCAPE in text else text


def _meant_row(_: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
    for value in row:
        if isinstance(value, str) and ESCAPE in value:
            return tuple(meant(one) if isinstance(one, str) else one for one in row)
    return row


def _kept(found: re.Match[str]) -> str:
    return ESCAPE + (ESCAPE if found[0] == ESCAPE else chr(_PRIVATE + ord(found[0])))


def _meant(found: re.Match[str]) -> str:
    return ESCAPE if found[1] == ESCAPE else chr(ord(found[1]) - _PRIVATE)
