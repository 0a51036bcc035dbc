"""A circuit breaker: what does not answer is left alone for a while, so that it costs its timeout once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0


class CircuitBreaker:
    """Closed while all is well. A failure opens it, for twice as long each time; then one may try. Threads share it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until = 0.0

    def allows(self) -> bool:
        """Whether it may be tried now. Who is allowed tells how it went."""
        with self._lock:
            if not self._failures:
                return True
            now = self._now()
            if now < self._open_until:
                return False
            # One tries; the others wait for how it goes.
            self._open_until = now + self._pause()
            return True

    def succeeded(self) -> None:
        """It answered."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """It did not answer."""
        with self._lock:
            self._failures += 1
            self._open_until = self._now() + self._pause()

    def _pause(self) -> float:
        return min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(10, max(0, self._failures - 1)))
