"""Counting the operations that accounts ask for, without a write for each."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.ports import Backend

MOST_PENDING = 5000
SECONDS = 1.0
"""Counts are written when there are this many, or when so long has passed since the last were."""


class OperationCounter:
    """Counts of this process that are not written yet. Threads share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: Counter[tuple[str, str]] = Counter()
        self._written: datetime | None = None

    def count(self, backend: Backend, account: str) -> None:
        """An account asked for one more operation."""
        now = backend.now()
        with self._lock:
            self._pending[account, day_of(now)] += 1
            due = self._written is None or (now - self._written).total_seconds() >= SECONDS
            if not due and self._pending.total() < MOST_PENDING:
                return
            pending, self._pending, self._written = self._pending, Counter(), now
        for (name, day), number in pending.items():
            backend.statistics.add_operations(name, day, number)


def day_of(moment: datetime) -> str:
    """The day of UTC that operations are counted in, as "2026-11-24"."""
    return moment.strftime("%Y-%m-%d")


def month_of(moment: datetime) -> str:
    """The month of a moment, as "2026-11": days begin with theirs."""
    return moment.strftime("%Y-%m")
