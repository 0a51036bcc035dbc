"""Fixtures that many tests share: a backend on a folder of its own, and the servers around one, all real."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.admitting import ensure_first_key
from restante.embedded.backend import EmbeddedBackend
from tests.api.serving import KEY, Client, Stage, serving
from tests.service.running import Service, running
from tests.stopped import CountedEntropy, StoppedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def clock() -> StoppedClock:
    """A clock that stands still until the test moves it."""
    return StoppedClock()


@pytest.fixture
def backend(tmp_path: Path, clock: StoppedClock) -> Iterator[EmbeddedBackend]:
    """The embedded world in an empty folder, with that clock, entropy that counts, and the key KEY."""
    made = EmbeddedBackend(tmp_path / "data", clock=clock, entropy=CountedEntropy())
    ensure_first_key(made, KEY)
    yield made
    made.close()


@pytest.fixture(scope="session")
def stage() -> Iterator[tuple[Stage, tuple[str, int]]]:
    """The one HTTP server of the API tests, and the stage before it."""
    made = Stage()
    with serving(made) as address:
        yield made, address


@pytest.fixture
def client(backend: EmbeddedBackend, stage: tuple[Stage, tuple[str, int]]) -> Client:
    """A client, with the key KEY, of an HTTP server over the backend."""
    stage[0].put_up(backend)
    return Client(stage[1], key=KEY)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """The whole service, started as people start it, on free ports, with the key KEY."""
    with running(tmp_path / "data", RESTANTE_API_KEY=KEY) as started:
        yield started
