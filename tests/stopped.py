"""Time and chance that a test decides about."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class StoppedClock:
    """A clock that stands still: 2026-03-01, noon, in UTC, until it is moved."""

    def __init__(self) -> None:
        self._moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self._moment

    def move(self, by: timedelta) -> datetime:
        """Let time pass, or go back; answers with what the clock says then."""
        self._moment += by
        return self._moment


class CountedEntropy:
    """Bytes that are the number of the call: no two alike, the same in every run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0

    def __call__(self, count: int) -> bytes:
        with self._lock:
            self._calls += 1
            return self._calls.to_bytes(count, "big")
