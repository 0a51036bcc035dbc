"""Who may hold a connection: those whom the rules let in, and of one address not too many."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from restante.embedded.smtp import replies

if TYPE_CHECKING:
    from collections.abc import Callable

    from restante.embedded.door import Door

STALLED = 500
"""How many clients that are shut out are kept waiting at once. They do not count among the connections."""


class Guard:
    """The guard of a server's connections; everything is let in where there is no door.

    Clients that the door shuts out hear `reply`, nothing when it is empty, after `tarpit` seconds. Others may hold
    `most_per_address` connections at once (None: any number). Belongs to one event loop.
    """

    def __init__(
        self,
        door: Door | None = None,
        *,
        most_per_address: int | None = None,
        reply: bytes = replies.SHUT_OUT,
        tarpit: float = 0.0,
    ) -> None:
        self.reply = reply
        self._door = door
        self._most_per_address = most_per_address
        self._tarpit = tarpit
        self.stalled = 0
        """How many clients that are shut out wait."""
        self._held: Counter[str] = Counter()

    def shuts_out(self, ip: str, *, counts: bool = True) -> bool:
        """Whether the rules say that this address may not come in; with `counts`, it is a hit."""
        return self._door is not None and self._door.refuses(ip, counts=counts)

    def has_too_many(self, ip: str) -> bool:
        """Whether this address holds as many connections as it may."""
        return self._most_per_address is not None and self._held[ip] >= self._most_per_address

    def stalls(self, then: Callable[[], None]) -> bool:
        """Whether a client that is shut out has to wait; `then` is called when it has."""
        if not self._tarpit or self.stalled >= STALLED:
            return False
        self.stalled += 1

        def end() -> None:
            self.stalled -= 1
            then()

        asyncio.get_running_loop().call_later(self._tarpit, end)
        return True

    def count(self, ip: str, at: float, *, arrivals: int = 0, refused: int = 0, octets: int = 0) -> None:
        """Tell the door what a client did, at a time in seconds."""
        if self._door is not None:
            self._door.count(ip, at, arrivals=arrivals, refused=refused, octets=octets)

    def remember(self, ip: str) -> None:
        """An address holds one connection more."""
        self._held[ip] += 1

    def forget(self, ip: str) -> None:
        """An address holds one connection less."""
        self._held[ip] -= 1
        if self._held[ip] <= 0:
            del self._held[ip]
