"""A host that may send as anybody at x.dev, and the worker's work, done when a test says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.handlers import HANDLERS
from chalicelib.actions.working import work
from tests.api.conftest import rival, team

if TYPE_CHECKING:
    from collections.abc import Callable

    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

__all__ = ["host", "rival", "team", "work_off"]

LEASE_SECONDS = 60.0


@pytest.fixture
def host(client: Client) -> Client:
    """A client with the admin's key, whose account hosts x.dev."""
    assert client.tell("POST", "/api/domains", {"domain": "x.dev"}).status == 200
    return client


@pytest.fixture
def work_off(backend: EmbeddedBackend) -> Callable[[], int]:
    """Does every job that is due; answers with how many there were."""

    def work_off() -> int:
        done = 0
        while taken := backend.jobs.take(limit=10, lease=LEASE_SECONDS):
            for job in taken:
                work(backend, HANDLERS, job)
                done += 1
        return done

    return work_off
