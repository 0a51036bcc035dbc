"""The Outbox and Suppressions ports on SQLite (schema/0002_sending.sql)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.errors import NotFound
from chalicelib.mail.ids import first_id_at
from chalicelib.mail.records.outgoing import (
    outgoing_from_document,
    outgoing_to_document,
    suppression_from_document,
    suppression_to_document,
)
from restante.embedded.jobs import insert_jobs

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from chalicelib.mail.job import Job
    from chalicelib.mail.names import MailId
    from chalicelib.mail.outgoing import Outgoing, Suppression
    from chalicelib.mail.structure import Octets
    from restante.embedded.database import Database

_LET_GO_AT_ONCE = 20
"""Old records that go with each new one: more than one, so that they become fewer."""


class Outbox:
    """See ports.Outbox. A record is let go once it is older than `keep`; None keeps all."""

    def __init__(self, database: Database, now: Callable[[], datetime], keep: timedelta | None = None) -> None:
        self._database = database
        self._now = now
        self._keep = keep

    def add(self, outgoing: Outgoing, raw: Octets, job: Job) -> Outgoing:
        with self._database.writing() as connection:
            before = _named(connection, outgoing.account, outgoing.key)
            if before is not None:
                return before
            self._let_go(connection)
            connection.execute(
                "INSERT INTO outgoing VALUES (?, ?, ?, ?, ?)",
                (outgoing.id, outgoing.account, outgoing.key or None, outgoing.version, _document(outgoing)),
            )
            connection.execute("INSERT INTO outgoing_content VALUES (?, ?)", (outgoing.id, raw))
            insert_jobs(connection, [job], due=self._now().timestamp())
        return outgoing

    def outgoing(self, mail: MailId) -> Outgoing | None:
        with self._database.reading() as connection:
            row = connection.execute("SELECT document FROM outgoing WHERE id = ?", (mail,)).fetchone()
        return _outgoing(row)

    def outgoing_by_key(self, account: str, key: str) -> Outgoing | None:
        with self._database.reading() as connection:
            return _named(connection, account, key)

    def sent_by(self, account: str, *, limit: int, before: str | None = None) -> tuple[Outgoing, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT document FROM outgoing WHERE account = ? AND id < ? ORDER BY id DESC LIMIT ?",
                (account, before or "~", limit),
            ).fetchall()
        return tuple(outgoing_from_document(json.loads(row[0])) for row in rows)

    def update(self, outgoing: Outgoing) -> bool:
        with self._database.writing() as connection:
            return (
                connection.execute(
                    "UPDATE outgoing SET version = ?, document = ? WHERE id = ? AND version = ?",
                    (outgoing.version, _document(outgoing), outgoing.id, outgoing.version - 1),
                ).rowcount
                == 1
            )

    def content(self, mail: MailId) -> bytes:
        with self._database.reading() as connection:
            row = connection.execute("SELECT raw FROM outgoing_content WHERE id = ?", (mail,)).fetchone()
        if row is None:
            raise NotFound("The bytes of this mail are no longer kept")
        return bytes(row[0])

    def drop_content(self, mail: MailId) -> None:
        with self._database.writing(durable=False) as connection:
            connection.execute("DELETE FROM outgoing_content WHERE id = ?", (mail,))

    def count(self, account: str, period: str, mails: int) -> int:
        with self._database.writing(durable=False) as connection:
            connection.execute("DELETE FROM outgoing_counts WHERE account = ? AND period < ?", (account, period))
            row = connection.execute(
                "INSERT INTO outgoing_counts VALUES (?, ?, ?) "
                "ON CONFLICT (account, period) DO UPDATE SET mails = mails + excluded.mails RETURNING mails",
                (account, period, mails),
            ).fetchone()
        return int(row[0])

    def _let_go(self, connection: sqlite3.Connection) -> None:
        if self._keep is None:
            return
        old = connection.execute(
            "SELECT id FROM outgoing WHERE id < ? ORDER BY id LIMIT ?",
            (first_id_at(self._now() - self._keep), _LET_GO_AT_ONCE),
        ).fetchall()
        for table in ("outgoing", "outgoing_content"):
            connection.executemany(f"DELETE FROM {table} WHERE id = ?", old)


class Suppressions:
    """See ports.Suppressions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, suppression: Suppression) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO suppressions VALUES (?, ?, ?)",
                (suppression.account, suppression.address, json.dumps(suppression_to_document(suppression))),
            )

    def suppressions(self, account: str) -> tuple[Suppression, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT document FROM suppressions WHERE account = ? ORDER BY address", (account,)
            ).fetchall()
        return tuple(suppression_from_document(json.loads(row[0])) for row in rows)

    def among(self, account: str, addresses: Sequence[str]) -> tuple[Suppression, ...]:
        with self._database.reading() as connection:
            rows = [
                connection.execute(
                    "SELECT document FROM suppressions WHERE account = ? AND address = ?", (account, address)
                ).fetchone()
                for address in dict.fromkeys(addresses)
            ]
        return tuple(suppression_from_document(json.loads(row[0])) for row in rows if row)

    def remove(self, account: str, address: str) -> bool:
        with self._database.writing() as connection:
            return (
                connection.execute(
                    "DELETE FROM suppressions WHERE account = ? AND address = ?", (account, address)
                ).rowcount
                > 0
            )


def _named(connection: sqlite3.Connection, account: str, key: str) -> Outgoing | None:
    if not key:
        return None
    return _outgoing(
        connection.execute("SELECT document FROM outgoing WHERE account = ? AND name = ?", (account, key)).fetchone()
    )


def _document(outgoing: Outgoing) -> str:
    return json.dumps(outgoing_to_document(outgoing), separators=(",", ":"))


def _outgoing(row: tuple[str] | None) -> Outgoing | None:
    return outgoing_from_document(json.loads(row[0])) if row else None
