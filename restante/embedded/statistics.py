"""The Statistics port on SQLite: counted when asked, over the time that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.mail.ids import first_id_at
from chalicelib.ports import Topic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from restante.embedded.database import Database

_NAMES = {
    Topic.ADDRESS: ("inbox", ""),
    Topic.DOMAIN: ("domain", ""),
    Topic.SENDER: ("lower(json_extract(document, '$.from[0][1]'))", ""),
    Topic.ATTACHMENT: ("attachment.value", ", json_each(document, '$.attachments') AS attachment"),
}
_TOP = """
    SELECT {name} AS name, count(*) AS number
    FROM mails CROSS JOIN messages ON messages.mail = mails.id{more}
    WHERE mails.id >= ? AND mails.id < ? AND owner IS NULL AND starred_by IS NULL AND name <> ''
    GROUP BY name ORDER BY number DESC, name LIMIT ? OFFSET ?
"""


class Statistics:
    """See ports.Statistics."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def top(
        self, topic: Topic, *, since: datetime, until: datetime, skip: int, limit: int
    ) -> tuple[tuple[str, int], ...]:
        name, more = _NAMES[topic]
        with self._database.reading() as connection:
            rows = connection.execute(
                _TOP.format(name=name, more=more), (first_id_at(since), first_id_at(until), limit, skip)
            )
            return tuple((str(found), number) for found, number in rows)

    # The column `month` holds days: they begin with their month, and sort by time.
    def add_operations(self, account: str, day: str, operations: int) -> None:
        with self._database.writing(durable=False) as connection:
            connection.execute(
                "INSERT INTO operations VALUES (?, ?, ?) "
                "ON CONFLICT (account, month) DO UPDATE SET number = number + excluded.number",
                (account, day, operations),
            )

    def operations(self, account: str, month: str) -> int:
        with self._database.reading() as connection:
            (number,) = connection.execute(
                "SELECT coalesce(sum(number), 0) FROM operations WHERE account = ? AND month BETWEEN ? AND ?",
                (account, month, f"{month}-31"),
            ).fetchone()
        return int(number)

    def daily_operations(self, account: str, *, since: str, until: str) -> Mapping[str, int]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT month, number FROM operations WHERE account = ? AND month BETWEEN ? AND ?",
                (account, since, until),
            )
            return {str(day): int(number) for day, number in rows}
