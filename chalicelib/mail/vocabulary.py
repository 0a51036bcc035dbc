"""The words of vocabulary.txt, compiled when first asked for: most mail never needs them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_suffix(".txt")


@cache
def words(section: str, before: str = "", after: str = "") -> re.Pattern[str]:
    """Returns a pattern for any word of a section, between two more patterns, without regard to case.

    Raises KeyError when vocabulary.txt has no such section.
    """
    return re.compile(f"{before}(?:{'|'.join(_sections()[section])}){after}", re.IGNORECASE)


def sections() -> frozenset[str]:
    """Returns the names of all sections."""
    return frozenset(_sections())


@cache
def _sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    patterns: list[str] = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            patterns = found.setdefault(line[2:], [])
        elif line and not line.startswith("#"):
            patterns.append(line)
    return found
