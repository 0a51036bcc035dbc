from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.ports.perimeter import EdgeState
from tests.contract.samples import NOON

if TYPE_CHECKING:
    from tests.worlds import World

STATE = EdgeState(name="an edge", placed=3)


def test_how_an_edge_stands_is_read_back_in_the_order_of_the_names(world: World) -> None:
    perimeter = world.build(clock=lambda: NOON).perimeter
    never = replace(STATE, name="another", failure="it is busy")
    for state in (never, replace(STATE, placed=1), replace(STATE, succeeded=NOON.replace(microsecond=0))):
        perimeter.record(state)

    assert perimeter.states() == (replace(STATE, succeeded=NOON.replace(microsecond=0)), never)


def test_nothing_is_told_of_edges_before_they_were_looked_at(world: World) -> None:
    assert world.build().perimeter.states() == ()


def test_who_works_may_go_on_and_others_after_they_stopped(world: World) -> None:
    perimeter = world.build(clock=lambda: NOON).perimeter

    assert perimeter.hold("ana", 60) is True
    assert perimeter.hold("ana", 60) is True
    perimeter.release("ana")
    assert perimeter.hold("bo", 60) is True
    later = world.build(clock=lambda: NOON + timedelta(minutes=2)).perimeter
    assert later.hold("cy", 60) is True
