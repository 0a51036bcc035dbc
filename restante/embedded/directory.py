"""The Directory port on SQLite."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.errors import Conflict
from chalicelib.mail.accounts import Account, Key

if TYPE_CHECKING:
    from restante.embedded.database import Database


class Directory:
    """See ports.Directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_account(self, account: Account) -> None:
        self._insert(
            "INSERT INTO accounts VALUES (?, ?, ?)",
            (account.id, account.created.isoformat(), account.admin),
            "account",
        )

    def account(self, account: str) -> Account | None:
        with self._database.reading() as connection:
            row = connection.execute("SELECT id, created, admin FROM accounts WHERE id = ?", (account,)).fetchone()
        return _account(row) if row else None

    def accounts(self) -> tuple[Account, ...]:
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id, created, admin FROM accounts ORDER BY created, id").fetchall()
        return tuple(_account(row) for row in rows)

    def add_key(self, key: Key) -> None:
        self._insert(
            "INSERT INTO keys VALUES (?, ?, ?, ?, ?)",
            (key.id, key.account, key.digest, key.label, key.created.isoformat()),
            "key",
        )

    def key_of(self, digest: str) -> tuple[Key, Account] | None:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT keys.id, account, digest, label, keys.created, accounts.id, accounts.created, admin "
                "FROM keys JOIN accounts ON accounts.id = account WHERE digest = ?",
                (digest,),
            ).fetchone()
        return (_key(row[:5]), _account(row[5:])) if row else None

    def keys(self, account: str | None = None) -> tuple[Key, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, account, digest, label, created FROM keys WHERE account = ? OR ? IS NULL "
                "ORDER BY created, id",
                (account, account),
            ).fetchall()
        return tuple(_key(row) for row in rows)

    def remove_key(self, key: str) -> bool:
        with self._database.writing() as connection:
            return connection.execute("DELETE FROM keys WHERE id = ?", (key,)).rowcount > 0

    def secret(self, name: str) -> bytes:
        with self._database.reading() as connection:
            row = connection.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()
        if row is None:
            with self._database.writing() as connection:
                connection.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_bytes(32)))
                row = connection.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()
        return bytes(row[0])

    def _insert(self, statement: str, row: tuple[object, ...], what: str) -> None:
        try:
            with self._database.writing() as connection:
                connection.execute(statement, row)
        except sqlite3.IntegrityError as error:
            raise Conflict(f"That {what} is there already") from error


def _account(row: tuple[str, str, int]) -> Account:
    return Account(id=row[0], created=datetime.fromisoformat(row[1]), admin=bool(row[2]))


def _key(row: tuple[str, str, str, str, str]) -> Key:
    return Key(id=row[0], account=row[1], digest=row[2], label=row[3], created=datetime.fromisoformat(row[4]))
