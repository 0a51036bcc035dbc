from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.blocking import Action, BlockRule, Scope
from tests.contract.samples import NOON

if TYPE_CHECKING:
    from chalicelib.ports.rules import Rules
    from tests.worlds import World

FLOOD = BlockRule(subject="192.0.2.0/24", reason="flood", made_by="ana", created=NOON)
PASSING = replace(
    FLOOD,
    subject="2001:db8::7",
    action=Action.ALLOW,
    scope=Scope.MAIL,
    expires=NOON + timedelta(seconds=0.5),
    repeats=3,
)


def _at(world: World, minutes: float) -> Rules:
    moment = NOON + timedelta(minutes=minutes)
    return world.build(clock=lambda: moment).rules


def test_a_rule_is_read_back_as_it_was_kept(world: World) -> None:
    rules = _at(world, 0)
    rules.put(FLOOD)
    rules.put(PASSING)

    assert rules.rules() == (FLOOD, PASSING)
    assert (rules.rule(FLOOD.subject), rules.rule(PASSING.subject)) == (FLOOD, PASSING)


def test_rules_come_in_the_order_of_their_subjects(rules: Rules) -> None:
    subjects = ["b.example", "192.0.2.0/24", "a.example", "x" * 2000 + ".example"]
    for subject in subjects:
        rules.put(replace(FLOOD, subject=subject))

    assert [rule.subject for rule in rules.rules()] == sorted(subjects)


def test_a_rule_is_kept_over_one_with_the_same_subject(rules: Rules) -> None:
    rules.put(replace(FLOOD, reason="older"))
    rules.put(FLOOD)

    assert rules.rules() == (FLOOD,)


def test_a_rule_is_not_added_over_one_that_holds(world: World) -> None:
    rules = _at(world, 0)
    added = rules.add(FLOOD)
    again = rules.add(replace(FLOOD, reason="another"))

    assert (added, again) == (True, False)
    assert rules.rules() == (FLOOD,)


def test_a_rule_is_added_over_one_that_has_expired(world: World) -> None:
    expiring = replace(FLOOD, expires=NOON + timedelta(minutes=5))
    _at(world, 0).put(expiring)
    another = replace(FLOOD, reason="another")

    assert _at(world, 4.9).add(another) is False
    assert _at(world, 5).add(another) is True
    assert _at(world, 5).rules() == (another,)


def test_a_rule_that_has_expired_is_not_among_the_rules_but_is_known_for_a_week(world: World) -> None:
    expiring = replace(FLOOD, expires=NOON + timedelta(minutes=5))
    _at(world, 0).put(expiring)

    for minutes, seen in ((4, (expiring,)), (5, ()), (6, ())):
        assert _at(world, minutes).rules() == seen
    _at(world, 7 * 24 * 60).put(replace(FLOOD, subject="198.51.100.1"))
    assert _at(world, 7 * 24 * 60).rule(FLOOD.subject) == expiring


def test_nothing_is_known_of_a_subject_that_never_had_a_rule(rules: Rules) -> None:
    assert rules.rule("192.0.2.1") is None


def test_a_removed_rule_is_gone(rules: Rules) -> None:
    rules.put(FLOOD)

    assert rules.remove("192.0.2.0/24") is True
    assert rules.remove("192.0.2.0/24") is False
    assert rules.rules() == ()
    assert rules.rule("192.0.2.0/24") is None


def test_hits_are_added_up_and_the_last_is_dated(world: World) -> None:
    _at(world, 0).put(FLOOD)
    _at(world, 1).count_hits({FLOOD.subject: 3})
    _at(world, 2).count_hits({FLOOD.subject: 4, "192.0.2.1": 9})
    (counted,) = _at(world, 3).rules()

    assert counted.hits == 7
    assert counted.last_hit is not None
    assert abs(counted.last_hit - NOON - timedelta(minutes=2)) <= timedelta(milliseconds=1)


def test_hits_do_not_bring_a_removed_rule_back_and_a_new_one_begins_without_them(rules: Rules) -> None:
    rules.put(FLOOD)
    rules.count_hits({FLOOD.subject: 3})
    rules.remove(FLOOD.subject)
    rules.count_hits({FLOOD.subject: 3})
    gone = rules.rules()
    rules.put(FLOOD)

    assert gone == ()
    assert rules.rules() == (FLOOD,)


@pytest.mark.parametrize("name", ["192.0.2.7#1", "x" * 2000])
def test_a_tally_is_shared_by_all_who_add_to_it(world: World, name: str) -> None:
    first, second = _at(world, 0), _at(world, 0)

    assert [first.tally(name, 2), second.tally(name, 3), first.tally("another", 1)] == [2, 5, 1]
