"""Every test here runs in every world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chalicelib.ports import (
        Addresses,
        Backend,
        Directory,
        Domains,
        Index,
        Jobs,
        Register,
        Statistics,
    )
    from chalicelib.ports.hooks import Deliveries, Hooks
    from chalicelib.ports.raw_mail import RawMail
    from chalicelib.ports.rules import Rules
    from tests.worlds import World


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with WORLDS[request.param](tmp_path) as world:
        yield world


@pytest.fixture
def backend(world: World) -> Backend:
    return world.build()


@pytest.fixture
def raw(backend: Backend) -> RawMail:
    return backend.raw


@pytest.fixture
def index(backend: Backend) -> Index:
    return backend.index


@pytest.fixture
def register(backend: Backend) -> Register:
    return backend.register


@pytest.fixture
def directory(backend: Backend) -> Directory:
    return backend.directory


@pytest.fixture
def addresses(backend: Backend) -> Addresses:
    return backend.addresses


@pytest.fixture
def domains(backend: Backend) -> Domains:
    return backend.domains


@pytest.fixture
def statistics(backend: Backend) -> Statistics:
    return backend.statistics


@pytest.fixture
def rules(backend: Backend) -> Rules:
    return backend.rules


@pytest.fixture
def jobs(backend: Backend) -> Jobs:
    return backend.jobs


@pytest.fixture
def hooks(backend: Backend) -> Hooks:
    return backend.hooks


@pytest.fixture
def deliveries(backend: Backend) -> Deliveries:
    return backend.deliveries
