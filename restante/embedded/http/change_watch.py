"""Tells those who wait that something was written, by whatever process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 0.01
"""How often it is looked, while anybody waits; a look takes microseconds."""


class ChangeWatch:
    """One look for all who wait: `changes` gives a number that differs once something was written.

    Belongs to one event loop.
    """

    def __init__(self, changes: Callable[[], int]) -> None:
        self._changes = changes
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._looking: asyncio.Task[None] | None = None

    def seen(self) -> int:
        """The number as it is now: who takes it before they look for something cannot miss what comes after."""
        return self._changes()

    async def wait(self, seen: int, seconds: float) -> bool:
        """Wait until the number is another than `seen`, `seconds` at most; says whether it is."""
        if seconds <= 0:
            return False
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[told] = seen
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait_for(told, seconds)
        except TimeoutError:
            return False
        finally:
            del self._waiting[told]
        return True

    async def _look(self) -> None:
        while self._waiting:
            now = self._changes()
            for told, seen in self._waiting.items():
                if seen != now and not told.done():
                    told.set_result(None)
            await asyncio.sleep(LOOK_SECONDS)
