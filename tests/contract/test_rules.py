from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.mail.blocking import BlockRule
from tests.contract.samples import NOON

if TYPE_CHECKING:
    from chalicelib.ports import Rules
    from tests.worlds import World

FLOOD = BlockRule(subject="192.0.2.0/24", reason="flood", made_by="ana", created=NOON)


def test_a_rule_is_read_back_as_it_was_kept(world: World) -> None:
    rules = world.build(clock=lambda: NOON).rules
    passing = replace(FLOOD, subject="bad.example", expires=NOON + timedelta(seconds=0.5))
    rules.put(FLOOD)
    rules.put(passing)

    assert rules.rules() == (FLOOD, passing)


def test_rules_come_in_the_order_of_their_subjects(rules: Rules) -> None:
    subjects = ["b.example", "192.0.2.0/24", "a.example", "x" * 2000 + ".example"]
    for subject in subjects:
        rules.put(replace(FLOOD, subject=subject))

    assert [rule.subject for rule in rules.rules()] == sorted(subjects)


def test_a_rule_is_kept_over_one_with_the_same_subject(rules: Rules) -> None:
    rules.put(replace(FLOOD, reason="older"))
    rules.put(FLOOD)

    assert rules.rules() == (FLOOD,)


def test_a_rule_that_has_expired_is_not_among_the_rules(world: World) -> None:
    expiring = replace(FLOOD, expires=NOON + timedelta(minutes=5))
    world.build(clock=lambda: NOON).rules.put(expiring)

    for minutes, seen in ((4, (expiring,)), (5, ()), (6, ())):
        moment = NOON + timedelta(minutes=minutes)
        assert world.build(clock=lambda moment=moment: moment).rules.rules() == seen


def test_a_removed_rule_is_gone(rules: Rules) -> None:
    rules.put(FLOOD)

    assert rules.remove("192.0.2.0/24") is True
    assert rules.remove("192.0.2.0/24") is False
    assert rules.rules() == ()
