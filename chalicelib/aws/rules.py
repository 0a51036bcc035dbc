"""The Rules port on DynamoDB: see table.py for the items."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from chalicelib.aws.packing import pack, unpack
from chalicelib.aws.table import ConditionFailedError
from chalicelib.aws.writes import ItemKey, delete, key_name, put
from chalicelib.mail.records import rule_from_document, rule_to_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.aws.table import Table
    from chalicelib.mail.blocking import BlockRule

_RULES = "RULES"


class Rules:
    """See ports.Rules. DynamoDB removes what has expired within days; until then it is passed over."""

    def __init__(self, table: Table, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now

    def put(self, rule: BlockRule) -> None:
        expires = ceil(rule.expires.timestamp()) if rule.expires else None
        item = {"document": pack(rule_to_document(rule)), "expires": expires}
        self._table.transact([put(_key(rule.subject), item)])

    def rules(self) -> tuple[BlockRule, ...]:
        now = self._now()
        found = (rule_from_document(unpack(item["document"])) for item in self._table.query(_RULES))
        lasting = (rule for rule in found if rule.expires is None or rule.expires > now)
        return tuple(sorted(lasting, key=lambda rule: rule.subject))

    def remove(self, subject: str) -> bool:
        try:
            self._table.transact([delete(_key(subject))])
        except ConditionFailedError:
            return False
        return True


def _key(subject: str) -> ItemKey:
    return ItemKey(_RULES, key_name(subject))
