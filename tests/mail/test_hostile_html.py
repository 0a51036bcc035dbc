"""No HTML that a stranger can send hangs or bloats the process that reads it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mail.hostile_html import HOSTILE_HTML, READERS

MOST_SECONDS = 20.0
"""Work that is not linear takes minutes; on a quiet machine none takes 2 s, which `make bench-hostile` prints."""
MOST_MEMORY = 300 << 20


@pytest.mark.parametrize("name", HOSTILE_HTML)
def test_hostile_html_is_read_within_bounds(name: str) -> None:
    # A process of its own: its CPU time and its memory are those of this document alone.
    done = subprocess.run(
        [sys.executable, "-m", "tests.mail.hostile_html", name],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        timeout=120,
    )
    took = json.loads(done.stdout)

    assert took["seconds"].keys() == READERS.keys()
    assert max(took["seconds"].values()) <= MOST_SECONDS, took["seconds"]
    assert took["memory"] <= MOST_MEMORY
