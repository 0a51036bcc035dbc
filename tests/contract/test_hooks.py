"""The promise of the Hooks and Deliveries ports."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.errors import Conflict
from chalicelib.ports.hooks import DELIVERIES_KEPT
from tests.live.samples import delivery, hook

if TYPE_CHECKING:
    from chalicelib.ports import Backend
    from chalicelib.ports.hooks import Deliveries, Hooks


def test_a_hook_is_as_it_was_added(backend: Backend, hooks: Hooks) -> None:
    now = backend.now()
    full = replace(
        hook(backend),
        previous_secret="whsec_MDA=",
        overlap_ends=now + timedelta(hours=1),
        failing_since=now,
        rests_until=now + timedelta(seconds=9),
        paused=True,
    )
    plain = hook(backend, "hook-2")
    hooks.add(full)
    hooks.add(plain)

    assert hooks.hook("hook-1") == full
    assert hooks.hook("hook-2") == plain
    assert hooks.hook("hook-3") is None


def test_an_id_is_given_once(backend: Backend, hooks: Hooks) -> None:
    hooks.add(hook(backend))
    with pytest.raises(Conflict):
        hooks.add(hook(backend, owner="cy"))

    assert hooks.hooks("cy") == ()


def test_hooks_are_found_by_owner_and_by_scope(backend: Backend, hooks: Hooks) -> None:
    first = hook(backend)
    second = replace(hook(backend, "hook-2", scope="rest.example"), created=first.created + timedelta(seconds=1))
    implicit = replace(hook(backend, "hook-3", owner="cy"), implicit=True)
    for one in (second, first, implicit):
        hooks.add(one)

    assert hooks.hooks("ana") == (first, second)
    assert hooks.hooks("cy") == (implicit,)
    assert hooks.at(["bo@rest.example"]) == (first,)
    assert {one.id for one in hooks.at(["rest.example", "bo@rest.example", "rest.example"])} == {"hook-1", "hook-2"}
    assert hooks.at([]) == ()


def test_a_hook_is_replaced_only_as_it_was_read(backend: Backend, hooks: Hooks) -> None:
    before = hook(backend)
    hooks.add(before)
    paused = replace(before, paused=True)
    rotated = replace(before, secret="whsec_MDE=")

    assert hooks.replace(before, paused) is True
    assert hooks.replace(before, rotated) is False
    assert hooks.hook("hook-1") == paused
    assert hooks.hooks("ana") == hooks.at([before.scope]) == (paused,)
    assert hooks.replace(replace(before, id="hook-9"), replace(before, id="hook-9")) is False


def test_a_removed_hook_is_gone_with_its_deliveries(backend: Backend, hooks: Hooks, deliveries: Deliveries) -> None:
    one = hook(backend)
    hooks.add(one)
    deliveries.record(delivery(backend))

    assert hooks.remove("hook-1") is True
    assert hooks.remove("hook-1") is False
    assert hooks.hook("hook-1") is None
    assert hooks.hooks("ana") == hooks.at([one.scope]) == ()
    assert deliveries.deliveries("hook-1", limit=10) == ()


def test_deliveries_are_listed_newest_first(backend: Backend, hooks: Hooks, deliveries: Deliveries) -> None:
    hooks.add(hook(backend))
    hooks.add(hook(backend, "hook-2"))
    told = [delivery(backend, status=status) for status in (500, 503, 204)]
    for one in (*told, delivery(backend, "hook-2")):
        deliveries.record(one)

    assert deliveries.deliveries("hook-1", limit=10) == tuple(reversed(told))
    assert deliveries.deliveries("hook-1", limit=2) == tuple(reversed(told))[:2]


def test_only_the_newest_deliveries_are_kept(backend: Backend, hooks: Hooks, deliveries: Deliveries) -> None:
    hooks.add(hook(backend))
    told = [delivery(backend) for _ in range(DELIVERIES_KEPT + 20)]
    for one in told:
        deliveries.record(one)
    kept = deliveries.deliveries("hook-1", limit=1000)

    assert kept == tuple(reversed(told))[:DELIVERIES_KEPT]
