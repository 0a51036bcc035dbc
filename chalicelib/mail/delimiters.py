"""The lines that divide a multipart (RFC 2046, 5.1.1): which boundaries are watched for, and where the next line is.

One scan over the mail serves all nested multiparts at once: a line that starts with `--` is looked up among the open
boundaries, so depth costs nothing. A flood of lines that only look like delimiters is sifted by a pattern made of the
boundaries themselves.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .structure import Octets

# A boundary has at most 70 characters (RFC 2046, 5.1.1), a line at most 1000 (RFC 5321, 4.5.3.1.6).
_CANDIDATE = re.compile(rb"\n--([^\n]{0,1000}+)")
_MANY_MISSES = 256
_MOST_ALTERNATIVES = 16


class Delimiter(NamedTuple):
    """A delimiter line: where the line end before it starts, where the next line starts, whose it is, if it closes."""

    start: int
    end: int
    owner: int
    closes: bool


class Delimiters:
    """The boundaries of the multiparts that are open in one mail, each with its owners' indices, innermost last."""

    def __init__(self, raw: Octets) -> None:
        self._raw = raw
        self._owners: dict[bytes, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._owners)

    def owner(self, boundary: bytes) -> int | None:
        """Tell which multipart a boundary divides now; None when no open one has it."""
        owners = self._owners.get(boundary)
        return owners[-1] if owners else None

    def watch(self, boundary: bytes, index: int, *, behind: bool) -> None:
        """Watch for a boundary; when it is watched for already, `behind` leaves its lines to the earlier owner."""
        owners = self._owners.setdefault(boundary, [])
        owners.insert(0 if behind else len(owners), index)

    def forget(self, boundary: bytes, index: int) -> None:
        """Watch for a boundary no longer."""
        owners = self._owners[boundary]
        owners.remove(index)
        if not owners:
            del self._owners[boundary]

    def read(self, line: bytes) -> tuple[bytes, bool] | None:
        """Tell which open boundary a line has after its `--`, and if it closes; None when it is no delimiter."""
        line = line.rstrip(b" \t\r\n")
        if line in self._owners:
            return line, False
        if line.endswith(b"--") and line[:-2] in self._owners:
            return line[:-2], True
        return None

    def next(self, position: int) -> Delimiter | None:
        """Find the first delimiter line that starts at or after the line end at `position`."""
        for hit in self._candidates(position):
            found = self.read(bytes(hit[1]))
            if found is None:
                continue
            boundary, closes = found
            start = hit.start()
            if start and self._raw[start - 1 : start] == b"\r":
                start -= 1
            return Delimiter(start, min(hit.end() + 1, len(self._raw)), self._owners[boundary][-1], closes)
        return None

    def _candidates(self, position: int) -> Iterator[re.Match[bytes]]:
        for count, hit in enumerate(_CANDIDATE.finditer(self._raw, position)):
            yield hit
            if count == _MANY_MISSES:
                yield from _sieve(tuple(self._owners)).finditer(self._raw, hit.end())
                return


@lru_cache(maxsize=16)
def _sieve(boundaries: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """Make a pattern that lets few other lines through than the delimiters with these boundaries."""
    if len(boundaries) <= _MOST_ALTERNATIVES:
        names = b"|".join(re.escape(boundary) for boundary in boundaries)
        return re.compile(rb"\n--((?:%b)(?:--)?[ \t\r]*+)(?=\n|\Z)" % names)
    firsts = b"".join(sorted({re.escape(boundary[:1]) for boundary in boundaries}))
    return re.compile(rb"\n--((?=[%b])[^\n]{0,1000}+)" % firsts)
