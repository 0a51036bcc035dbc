from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restante.embedded.database import Database
from restante.embedded.text import ESCAPE, keepable, meant

if TYPE_CHECKING:
    from pathlib import Path

ANY = st.text(st.characters(codec=None) | st.sampled_from(["\ud800", "\udcff", "\udfff", ESCAPE, "\U0010d800"]))


@given(ANY, ANY)
def test_any_text_is_kept_as_utf_8_and_comes_back_as_it_was(text: str, other: str) -> None:
    kept, kept_other = keepable((text, other))

    assert meant(kept.encode().decode()) == text
    assert (kept == kept_other) == (text == other)


@pytest.mark.parametrize("text", ["", "plain", "é→\U0001f600", "\udcff", f"a{ESCAPE}b\ud800", ESCAPE * 3, "\U0010dcff"])
def test_a_database_gives_back_what_it_was_given(tmp_path: Path, text: str) -> None:
    database = Database(tmp_path / "texts.sqlite3")
    with database.writing() as connection:
        connection.execute("CREATE TABLE texts (text TEXT)")
        connection.executemany("INSERT INTO texts VALUES (?)", [(text,), (text + "x",)])
    with database.reading() as connection:
        found = connection.execute("SELECT text, 1, x'00', NULL FROM texts WHERE text = ?", (text,)).fetchall()
    database.close()

    assert found == [(text, 1, b"\0", None)]
