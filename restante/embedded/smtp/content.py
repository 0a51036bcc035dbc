"""The content of a mail as it comes in, by DATA or by BDAT, within bounds.

However the bytes are cut into pieces, and whatever they are, the work is linear in their number.
"""

from __future__ import annotations

from typing import Protocol

from restante.embedded.smtp import replies

_END = b"\r\n.\r\n"


class Memory:
    """How many bytes of mail all connections together may hold in memory."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0

    def has_room(self, count: int) -> bool:
        """Whether that many bytes more could be held now."""
        return self.held + count <= self.most

    def hold(self, count: int) -> bool:
        """Hold that many bytes more, if there is room for them."""
        if not self.has_room(count):
            return False
        self.held += count
        return True

    def release(self, count: int) -> None:
        """Hold that many bytes less."""
        self.held -= count


class Content(Protocol):
    """A mail's content that is coming in, or a piece of it; `last` says that the mail ends with it."""

    held: Held
    last: bool

    def feed(self, piece: bytes | bytearray) -> bytes | bytearray | None:
        """Take a piece; answers with what follows the end of the content, None while the end has not come."""


class Held:
    """The bytes taken so far. Once they are too many they are let go, and `refusal` is the reply that says so."""

    __slots__ = ("_held", "_memory", "_most", "octets", "refusal")

    def __init__(self, memory: Memory, most: int) -> None:
        self._memory = memory
        self._most = most
        self._held = 0
        self.octets = bytearray()
        self.refusal: bytes | None = None

    def add(self, piece: bytes | bytearray) -> bool:
        """Take a piece in, unless the content is refused already or by it; says whether it was taken."""
        if self.refusal is None and self._held + len(piece) > self._most:
            self.refuse(replies.TOO_BIG)
        if self.refusal is None and not self._memory.hold(len(piece)):
            self.refuse(replies.NO_MEMORY)
        if self.refusal is not None:
            return False
        self._held += len(piece)
        self.octets += piece
        return True

    def refuse(self, reply: bytes) -> None:
        """Let go of everything: the content will not be taken, for this reason."""
        self.refusal = reply
        self.release()

    def release(self) -> None:
        """Give back the memory that is held. Doing so twice does no harm."""
        self._memory.release(self._held)
        self._held = 0
        self.octets = bytearray()


class Data:
    """The content of DATA: it ends at the first CRLF "." CRLF, and nothing else ends it (RFC 5321, 4.1.1.4).

    A bare LF or CR is content like any other byte, so that two servers never see two different ends
    ("SMTP smuggling"). A dot that begins a line is taken off (4.5.2).
    """

    __slots__ = ("_size", "_tail", "held", "last")

    def __init__(self, memory: Memory, size: int) -> None:
        self.last = True
        self._size = size
        # Dots are stuffed after CRLF only: at most one for three bytes.
        self.held = Held(memory, size + size // 3 + len(_END))
        # The line end of the DATA command counts as the one before a first dot.
        self.held.add(b"\r\n")
        self._tail = b"\r\n"

    def feed(self, piece: bytes | bytearray) -> bytes | bytearray | None:
        held = self.held
        octets = held.octets
        start = len(octets) - 4
        if not held.add(piece):
            self._tail = bytes(octets[-4:]) or self._tail
            return self._feed_refused(piece)
        end = octets.find(_END, max(0, start))
        if end < 0:
            return None
        rest = octets[end + len(_END) :]
        del octets[end + 2 :]
        if b"\r\n." in octets:
            held.octets = octets = octets.replace(b"\r\n.", b"\r\n")
        del octets[:2]
        if len(octets) > self._size:
            held.refuse(replies.TOO_BIG)
        return rest

    def _feed_refused(self, piece: bytes | bytearray) -> bytes | None:
        seen = self._tail + piece
        end = seen.find(_END)
        if end < 0:
            self._tail = seen[-4:]
            return None
        return seen[end + len(_END) :]


class Chunk:
    """The octets of one BDAT command: counted, neither looked at nor changed (RFC 3030, 2)."""

    __slots__ = ("_missing", "held", "last")

    def __init__(self, held: Held, length: int, *, last: bool) -> None:
        self.held = held
        self.last = last
        self._missing = length

    def feed(self, piece: bytes | bytearray) -> bytes | bytearray | None:
        mine = piece if len(piece) <= self._missing else piece[: self._missing]
        self.held.add(mine)
        self._missing -= len(mine)
        return None if self._missing else piece[len(mine) :]
