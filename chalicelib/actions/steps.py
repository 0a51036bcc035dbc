"""Where an answer came from, and how long each step to it took: what Server-Timing tells (W3C, Server Timing)."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.ports.caching import Source


class Steps:
    """The steps of one reading: `index`, `raw` and `render`, in seconds. Belongs to one thread."""

    def __init__(self) -> None:
        self.source: Source | None = None
        self.took: dict[str, float] = {}

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the time of the block to a step, and take it away from the one around it."""
        before = sum(self.took.values())
        began = time.perf_counter()
        try:
            yield
        finally:
            within = sum(self.took.values()) - before
            passed = time.perf_counter() - began - within
            self.took[name] = self.took.get(name, 0.0) + max(0.0, passed)
