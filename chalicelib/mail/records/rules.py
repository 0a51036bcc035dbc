"""Block rules as documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.mail.blocking import Action, BlockRule, Scope
from chalicelib.mail.records import filled

if TYPE_CHECKING:
    from chalicelib.mail.records import Document


def rule_to_document(rule: BlockRule) -> Document:
    """A block rule as JSON values, without its hits: they are counted beside it."""
    return filled(
        subject=rule.subject,
        reason=rule.reason,
        made_by=rule.made_by,
        created=rule.created.timestamp(),
        expires=rule.expires.timestamp() if rule.expires else None,
        action="" if rule.action is Action.BLOCK else rule.action.value,
        scope="" if rule.scope is Scope.BOTH else rule.scope.value,
        repeats=rule.repeats,
    )


def rule_from_document(document: Document, *, hits: int = 0, last_hit: float | None = None) -> BlockRule:
    """The block rule that was written; `last_hit` is in seconds since 1970."""
    expires = document.get("expires")
    return BlockRule(
        subject=document["subject"],
        reason=document.get("reason", ""),
        made_by=document.get("made_by", ""),
        created=datetime.fromtimestamp(document["created"], UTC),
        expires=datetime.fromtimestamp(expires, UTC) if expires else None,
        action=Action(document.get("action", Action.BLOCK)),
        scope=Scope(document.get("scope", Scope.BOTH)),
        repeats=document.get("repeats", 0),
        hits=hits,
        last_hit=None if last_hit is None else datetime.fromtimestamp(last_hit, UTC),
    )
