"""The Rules port on SQLite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.mail.records import rule_from_document, rule_to_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.mail.blocking import BlockRule
    from restante.embedded.database import Database


class Rules:
    """See ports.Rules."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def put(self, rule: BlockRule) -> None:
        expires = rule.expires.timestamp() if rule.expires else None
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO rules VALUES (?, ?, ?)",
                (rule.subject, json.dumps(rule_to_document(rule)), expires),
            )

    def rules(self) -> tuple[BlockRule, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT document FROM rules WHERE expires IS NULL OR expires > ? ORDER BY subject",
                (self._now().timestamp(),),
            ).fetchall()
        return tuple(rule_from_document(json.loads(row[0])) for row in rows)

    def remove(self, subject: str) -> bool:
        with self._database.writing() as connection:
            return connection.execute("DELETE FROM rules WHERE subject = ?", (subject,)).rowcount > 0
