"""Work to be done later: what it is, how often it was tried, and when to try again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

GIVE_UP_AFTER = 24 * 3600.0
"""Seconds from the first try on, after which work that keeps failing is buried."""
_FIRST_DELAY = 5.0
_FACTOR = 3.0
_LONGEST_DELAY = 4 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work. `payload` is JSON, 200 KB at most.

    Jobs of one `lane` have something slow in common, such as a receiver: many of them do not hold up other lanes.
    `attempts` counts the tries that were begun before this one.
    """

    id: str
    kind: str
    created: datetime
    payload: dict[str, Any] = field(default_factory=dict)
    lane: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BuriedJob:
    """Work that was given up: a dead letter, with the reason, kept until somebody looks."""

    job: Job
    buried: datetime
    reason: str


def delay_before_retry(attempts: int, jitter: float) -> float:
    """Seconds to wait after that many tries: 5, 15, 45 ... up to 4 hours, each shortened by up to half.

    `jitter` is between 0 and 1: with it, receivers that recover are not met by everything at once.
    """
    return min(_FIRST_DELAY * _FACTOR ** max(0, attempts - 1), _LONGEST_DELAY) * (1 - jitter / 2)
