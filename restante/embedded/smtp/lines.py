"""Cutting a client's bytes into command lines (RFC 5321, 2.3.8), however long they are and however they come."""

from __future__ import annotations


class Lines:
    """Bytes that wait to be read. No more than one line of `longest` bytes and one piece is ever kept."""

    __slots__ = ("_longest", "_octets", "_searched")

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._octets = bytearray()
        self._searched = 0

    def __bool__(self) -> bool:
        return bool(self._octets)

    def add(self, piece: bytes | bytearray) -> None:
        """Take in what came."""
        self._octets += piece

    def next(self) -> bytes | None:
        """The next line without its end; None while that has not come. A line over the bound has `longest` + 1 bytes.

        A bare LF ends a command too, as it does for people at a terminal. Content is another matter: see Data.
        """
        octets = self._octets
        end = octets.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(octets)
            if len(octets) > self._longest:
                del octets[self._longest + 1 :]
                self._searched = self._longest + 1
            return None
        line = bytes(octets[: min(end, self._longest + 1)])
        del octets[: end + 1]
        self._searched = 0
        return line.removesuffix(b"\r") if len(line) <= self._longest else line

    def take(self) -> bytearray:
        """Everything that waits, which from now on is not ours."""
        octets, self._octets = self._octets, bytearray()
        self._searched = 0
        return octets

    def clear(self) -> None:
        """Drop everything that waits."""
        self.take()
