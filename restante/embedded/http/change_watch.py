"""Tells those who wait that something was written, by whatever process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 0.04
"""How often it is looked, while anybody waits; a look takes microseconds."""


class ChangeWatch:
    """One look for all who wait: `changes` gives a number that differs once something was written.

    Belongs to one event loop.
    """

    def __init__(self, changes: Callable[[], int]) -> None:
        self._changes = changes
        self._waiting: set[asyncio.Future[None]] = set()
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, seconds: float) -> bool:
        """Wait for a change, `seconds` at most; says whether there was one."""
        if seconds <= 0:
            return False
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(told)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait_for(told, seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(told)
        return True

    async def _look(self) -> None:
        known = self._changes()
        while self._waiting:
            await asyncio.sleep(LOOK_SECONDS)
            now = self._changes()
            if now != known:
                known = now
                for told in tuple(self._waiting):
                    if not told.done():
                        told.set_result(None)
