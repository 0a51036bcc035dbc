from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.mail.ids import moment_of

if TYPE_CHECKING:
    from chalicelib.ports import Backend
    from tests.worlds import World

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_an_id_says_when_its_mail_arrived(world: World) -> None:
    backend = world.build(clock=lambda: NOON)

    assert moment_of(backend.new_id()) == NOON


def test_ids_rise_while_the_clock_stands_still(world: World) -> None:
    backend = world.build(clock=lambda: NOON)
    ids = [backend.new_id() for _ in range(100)]

    assert sorted(set(ids)) == ids


def test_ids_rise_when_the_clock_is_set_back(world: World) -> None:
    times = iter([NOON, NOON - timedelta(hours=1), NOON - timedelta(days=1)])
    backend = world.build(clock=lambda: next(times))
    ids = [backend.new_id() for _ in range(3)]

    assert sorted(set(ids)) == ids


def test_ids_of_one_moment_differ_by_their_entropy(world: World) -> None:
    ids = {world.build(clock=lambda: NOON).new_id() for _ in range(20)}

    assert len(ids) == 20


def test_an_id_is_made_of_the_entropy_it_is_given(world: World) -> None:
    backend = world.build(clock=lambda: NOON, entropy=bytes)

    assert backend.new_id()[10:] == "0" * 16


def test_the_time_is_told_in_utc(backend: Backend) -> None:
    assert backend.now().utcoffset() == timedelta(0)


def test_entropy_comes_in_the_length_asked_for_and_differs(backend: Backend) -> None:
    assert {len(backend.entropy(count)) for count in (0, 1, 24)} == {0, 1, 24}
    assert backend.entropy(16) != backend.entropy(16)


def test_a_pause_ends_after_the_time_that_it_was_given_at_most(backend: Backend) -> None:
    assert 0 <= backend.pause(0) < 1
    assert 0.05 <= backend.pause(0.05) < 5
