"""The Rules port on SQLite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.mail.records.rules import rule_from_document, rule_to_document

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from chalicelib.mail.blocking import BlockRule
    from restante.embedded.database import Database

_WEEK = 7 * 24 * 3600.0
_HOUR = 3600.0


class Rules:
    """See ports.rules.Rules."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def put(self, rule: BlockRule) -> None:
        with self._database.writing() as connection:
            self._put(connection, rule)

    def add(self, rule: BlockRule) -> bool:
        with self._database.writing() as connection:
            if self._holding(connection, rule.subject):
                return False
            self._put(connection, rule)
            return True

    def rules(self) -> tuple[BlockRule, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT document, hits, last_hit FROM rules WHERE expires IS NULL OR expires > ? ORDER BY subject",
                (self._now().timestamp(),),
            ).fetchall()
        return tuple(_rule(row) for row in rows)

    def rule(self, subject: str) -> BlockRule | None:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT document, hits, last_hit FROM rules WHERE subject = ?", (subject,)
            ).fetchone()
        return None if row is None else _rule(row)

    def remove(self, subject: str) -> bool:
        with self._database.writing() as connection:
            held = self._holding(connection, subject)
            connection.execute("DELETE FROM rules WHERE subject = ?", (subject,))
            return held

    def count_hits(self, hits: Mapping[str, int]) -> None:
        now = self._now().timestamp()
        with self._database.writing(durable=False) as connection:
            connection.executemany(
                "UPDATE rules SET hits = hits + ?, last_hit = ? WHERE subject = ?",
                [(number, now, subject) for subject, number in hits.items()],
            )

    def tally(self, name: str, number: int) -> int:
        now = self._now().timestamp()
        with self._database.writing(durable=False) as connection:
            connection.execute("DELETE FROM tallies WHERE begun < ?", (now - _HOUR,))
            row = connection.execute(
                "INSERT INTO tallies VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET number = number + excluded.number RETURNING number",
                (name, number, now),
            ).fetchone()
            return int(row[0])

    def version(self) -> int:
        """A number that is another one once any rule is. Hits do not change it."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT number FROM rules_version").fetchone()[0])

    def _holding(self, connection: sqlite3.Connection, subject: str) -> bool:
        query = "SELECT 1 FROM rules WHERE subject = ? AND (expires IS NULL OR expires > ?)"
        return connection.execute(query, (subject, self._now().timestamp())).fetchone() is not None

    def _put(self, connection: sqlite3.Connection, rule: BlockRule) -> None:
        connection.execute("DELETE FROM rules WHERE expires < ?", (self._now().timestamp() - _WEEK,))
        connection.execute(
            "INSERT OR REPLACE INTO rules (subject, document, expires, hits, last_hit) VALUES (?, ?, ?, ?, ?)",
            (
                rule.subject,
                json.dumps(rule_to_document(rule)),
                rule.expires.timestamp() if rule.expires else None,
                rule.hits,
                rule.last_hit.timestamp() if rule.last_hit else None,
            ),
        )


def _rule(row: tuple[Any, ...]) -> BlockRule:
    return rule_from_document(json.loads(row[0]), hits=row[1], last_hit=row[2])
