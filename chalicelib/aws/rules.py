"""The Rules port on DynamoDB: see table.py for the items.

Hits are items of their own: the worker that follows the rules is woken by changes of the rules alone.
"""

from __future__ import annotations

from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING

from chalicelib.aws.packing import pack, unpack
from chalicelib.aws.table import ConditionFailedError
from chalicelib.aws.writes import ItemKey, change, delete, key_name, partition, put
from chalicelib.mail.records.rules import rule_from_document, rule_to_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item
    from chalicelib.aws.writes import Write
    from chalicelib.mail.blocking import BlockRule

RULES = "RULES"
"""The partition of all rules: what the table's stream is filtered by."""
_HITS = "HITS"
_WEEK = 7 * 24 * 3600
_HOUR = 3600


class Rules:
    """See ports.rules.Rules. DynamoDB removes an expired rule a week later or after; until then it is passed over."""

    def __init__(self, table: Table, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now

    def put(self, rule: BlockRule) -> None:
        self._table.transact([put(_key(rule.subject), _item(rule)), _hits_of(rule)])

    def add(self, rule: BlockRule) -> bool:
        # TTL is in seconds, and an item without one has none in its condition: `until` is for comparing.
        free = "attribute_not_exists(#pk) OR #until <= :now"
        now = {":now": _milliseconds(self._now())}
        try:
            self._table.transact([put(_key(rule.subject), _item(rule), condition=free, values=now), _hits_of(rule)])
        except ConditionFailedError:
            return False
        return True

    def rules(self) -> tuple[BlockRule, ...]:
        now = self._now()
        hits = {item["sk"]: item for item in self._table.query(_HITS)}
        found = (_rule(item, hits.get(item["sk"])) for item in self._table.query(RULES))
        return tuple(sorted((rule for rule in found if rule.holds_at(now)), key=lambda rule: rule.subject))

    def rule(self, subject: str) -> BlockRule | None:
        keys = _key(subject), ItemKey(_HITS, key_name(subject))
        items = self._table.get_all(keys)
        return _rule(items[keys[0]], items.get(keys[1])) if keys[0] in items else None

    def remove(self, subject: str) -> bool:
        before = self.rule(subject)
        try:
            self._table.transact([delete(_key(subject))])
        except ConditionFailedError:
            return False
        self._table.delete_all([ItemKey(_HITS, key_name(subject))])
        return before is not None and before.holds_at(self._now())

    def count_hits(self, hits: Mapping[str, int]) -> None:
        now = _milliseconds(self._now())
        for subject, number in hits.items():
            more = {":hits": number, ":now": now}
            update = "ADD #hits :hits SET #last_hit = :now"
            # The rule may have been removed meanwhile.
            with suppress(ConditionFailedError):
                self._table.estimate(
                    change(ItemKey(_HITS, key_name(subject)), update, more, condition="attribute_exists(#pk)")
                )

    def tally(self, name: str, number: int) -> int:
        key = ItemKey(partition("TALLY", name), "TALLY")
        expires = int(self._now().timestamp()) + _HOUR
        more = {":number": number, ":expires": expires}
        changed = self._table.estimate(change(key, "ADD #number :number SET #expires = :expires", more))
        total: int = changed["number"]
        return total


def _key(subject: str) -> ItemKey:
    return ItemKey(RULES, key_name(subject))


def _item(rule: BlockRule) -> Item:
    return {
        "document": pack(rule_to_document(rule)),
        "until": _milliseconds(rule.expires) if rule.expires else None,
        "expires": _last_seen(rule),
    }


def _hits_of(rule: BlockRule) -> Write:
    last = _milliseconds(rule.last_hit) if rule.last_hit else None
    item = {"hits": rule.hits, "last_hit": last, "expires": _last_seen(rule)}
    return put(ItemKey(_HITS, key_name(rule.subject)), item)


def _last_seen(rule: BlockRule) -> int | None:
    return ceil(rule.expires.timestamp()) + _WEEK if rule.expires else None


def _rule(item: Item, hits: Item | None) -> BlockRule:
    counted = hits or {}
    last = counted.get("last_hit")
    return rule_from_document(
        unpack(item["document"]), hits=counted.get("hits", 0), last_hit=None if last is None else last / 1000
    )


def _milliseconds(when: datetime) -> int:
    return ceil(when.timestamp() * 1000)
