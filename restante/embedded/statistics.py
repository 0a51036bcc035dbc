"""The Statistics port on SQLite: counted when asked, over the time that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.mail.ids import first_id_at
from chalicelib.ports import Topic

if TYPE_CHECKING:
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

    def add_operations(self, account: str, month: str, operations: int) -> None:
        with self._database.writing(durable=False) as connection:
            connection.execute(
                "INSERT INTO operations VALUES (?, ?, ?) "
                "ON CONFLICT (account, month) DO UPDATE SET number = number + excluded.number",
                (account, month, operations),
            )

    def operations(self, account: str, month: str) -> int:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT number FROM operations WHERE account = ? AND month = ?", (account, month)
            ).fetchone()
        return row[0] if row else 0
