"""Doing what is due, as the worker process does, but here and now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.handlers import HANDLERS
from chalicelib.actions.working import work

if TYPE_CHECKING:
    from chalicelib.ports import Backend


def work_off(backend: Backend) -> int:
    """Do every job that is due; answers with how many tries that were."""
    tries = 0
    while jobs := backend.jobs.take(limit=10, lease=60.0):
        for job in jobs:
            work(backend, HANDLERS, job)
            tries += 1
    return tries
