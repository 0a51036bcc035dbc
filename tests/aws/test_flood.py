"""The outage on AWS, by simulation: notices of a flood among honest ones, through on_mail in batches.

`python -m bench.notices` does the same with 300,000 notices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.notices import FLOODERS, HONEST, Simulation
from chalicelib.mail.detecting import Thresholds
from chalicelib.mail.flood_terms import FloodTerms, Mode
from chalicelib.mail.shelf import Shelf
from tests.perimeter.rules import allow, rule

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    terms = FloodTerms(thresholds=Thresholds(arrivals=16), trusted=())
    with Simulation.begun(terms) as begun:
        yield begun


def test_a_flood_is_shut_out_once_at_every_edge_and_honest_mail_is_indexed(simulation: Simulation) -> None:
    result = simulation.run(flood=160, honest_every=20)

    assert {one.subject for one in result.rules} == set(FLOODERS)
    assert {one.made_by for one in result.rules} == {"detector"}
    assert result.honest_indexed == result.honest_sent == 8
    assert result.flood_taken < 4 * 16 * 1.7
    assert result.dropped == 160 - result.flood_taken
    assert sum(one.hits for one in result.rules) == result.dropped
    assert sorted(simulation.ses.networks) == sorted(f"{ip}/32" for ip in FLOODERS)
    assert result.filter_calls == len(FLOODERS)
    assert result.ip_set_updates <= len(FLOODERS)
    assert result.pauses == [1.0] * (result.filter_calls + result.ip_set_updates)
    assert result.objects_left == result.honest_indexed + result.flood_taken


def test_processes_that_each_see_a_part_of_a_flood_find_it_together(simulation: Simulation) -> None:
    result = simulation.run(flood=240, honest_every=20, processes=4)

    assert {one.subject for one in result.rules} == set(FLOODERS)
    assert result.honest_indexed == result.honest_sent
    assert result.flood_taken < 200


def test_an_allowed_sender_is_never_dropped_nor_placed(simulation: Simulation) -> None:
    simulation.world.rules.put(allow(FLOODERS[0]))
    result = simulation.run(flood=100, honest_every=20)

    assert {one.subject for one in result.rules if one.made_by == "detector"} == set(FLOODERS[1:])
    assert f"{FLOODERS[0]}/32" not in simulation.ses.networks


def test_in_a_dry_run_nobody_is_shut_out() -> None:
    terms = FloodTerms(mode=Mode.DRY_RUN, thresholds=Thresholds(arrivals=4), trusted=())
    with Simulation.begun(terms) as simulation:
        result = simulation.run(flood=40, honest_every=20)

    assert result.rules == ()
    assert (result.dropped, result.flood_taken) == (0, 40)


def test_mail_from_a_blocked_ip_is_deleted_and_not_kept_but_what_came_before_stays(simulation: Simulation) -> None:
    first = simulation.notice(FLOODERS[0], "early")
    simulation.deliver(first)
    simulation.world.rules.put(rule(FLOODERS[0]))
    late = simulation.notice(FLOODERS[0], "late")
    simulation.deliver(late)
    simulation.deliver(first)
    messages = simulation.world.index.messages(Shelf.inbox(simulation.flooded), limit=9)

    assert len(messages) == 1
    assert simulation.world.raw.read(messages[0].mail.receipt)
    assert simulation.objects() == ["inbound/early"]
    assert simulation.world.rules.rules()[0].hits == 2


def test_an_unknown_first_hop_is_taken(simulation: Simulation) -> None:
    simulation.world.rules.put(rule("0.0.0.0/1"))
    simulation.deliver(simulation.notice("", "nowhere"))

    assert simulation.world.index.count(Shelf.inbox(simulation.flooded)).messages == 1
    assert HONEST not in FLOODERS
