"""The feed: which mails came, in the order of their commits, for those who listen live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restante.embedded.index import COLUMNS, message_of

if TYPE_CHECKING:
    from chalicelib.mail.message import Message
    from restante.embedded.database import Database

AT_ONCE = 200
"""Mails that are read in one go."""


class Feed:
    """What came, by numbers that only grow. Listeners are told what comes while they listen, not what came before.

    The copies of sent mail that their senders keep are no news.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def end(self) -> int:
        """The number of what came last; 0 when nothing came yet."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'feed'").fetchone()
        return int(row[0]) if row else 0

    def since(self, number: int) -> tuple[int, tuple[Message, ...]]:
        """The messages of the next AT_ONCE mails after that number, in order, and the number to go on from."""
        with self._database.reading() as connection:
            mails = connection.execute(
                "SELECT number, mail FROM feed WHERE number > ? ORDER BY number LIMIT ?", (number, AT_ONCE)
            ).fetchall()
            rows = [
                row
                for _, mail in mails
                for row in connection.execute(
                    f"SELECT {COLUMNS} FROM messages JOIN mails ON mails.id = mail WHERE mail = ? AND folder <> 'sent'",
                    (mail,),
                )
            ]
        return (mails[-1][0] if mails else number), tuple(message_of(row) for row in rows)
