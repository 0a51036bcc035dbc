"""The Hooks and Deliveries ports on SQLite (schema/0003_live.sql)."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from chalicelib.errors import Conflict
from chalicelib.mail.hook_records import (
    delivery_from_document,
    delivery_to_document,
    hook_from_document,
    hook_to_document,
)
from chalicelib.ports.hooks import DELIVERIES_KEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.mail.hook import Delivery, Hook
    from restante.embedded.database import Database


class Hooks:
    """See ports.Hooks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, hook: Hook) -> None:
        scope = None if hook.implicit else hook.scope
        try:
            with self._database.writing() as connection:
                connection.execute(
                    "INSERT INTO hooks (id, owner, scope, document, created) VALUES (?, ?, ?, ?, ?)",
                    (hook.id, hook.owner, scope, _written(hook), hook.created.timestamp()),
                )
        except sqlite3.IntegrityError as error:
            raise Conflict("That hook is there already") from error

    def hook(self, hook: str) -> Hook | None:
        with self._database.reading() as connection:
            row = connection.execute("SELECT document FROM hooks WHERE id = ?", (hook,)).fetchone()
        return hook_from_document(json.loads(row[0])) if row else None

    def hooks(self, owner: str) -> tuple[Hook, ...]:
        with self._database.reading() as connection:
            rows = connection.execute("SELECT document FROM hooks WHERE owner = ? ORDER BY created, id", (owner,))
            return tuple(hook_from_document(json.loads(row[0])) for row in rows)

    def at(self, scopes: Sequence[str]) -> tuple[Hook, ...]:
        with self._database.reading() as connection:
            rows = [
                row
                for scope in dict.fromkeys(scopes)
                for row in connection.execute("SELECT document FROM hooks WHERE scope = ?", (scope,))
            ]
        return tuple(hook_from_document(json.loads(row[0])) for row in rows)

    def replace(self, before: Hook, after: Hook) -> bool:
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE hooks SET document = ? WHERE id = ? AND document = ?",
                (_written(after), before.id, _written(before)),
            )
            return changed.rowcount > 0

    def remove(self, hook: str) -> bool:
        with self._database.writing() as connection:
            return connection.execute("DELETE FROM hooks WHERE id = ?", (hook,)).rowcount > 0


class Deliveries:
    """See ports.Deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, delivery: Delivery) -> None:
        document = json.dumps(delivery_to_document(delivery))
        with self._database.writing(durable=False) as connection:
            # That of a hook which was removed meanwhile interests nobody.
            connection.execute(
                "INSERT OR REPLACE INTO deliveries SELECT id, ?, ? FROM hooks WHERE id = ?",
                (delivery.id, document, delivery.hook),
            )
            connection.execute(
                "DELETE FROM deliveries WHERE hook = ? AND id <= "
                "(SELECT id FROM deliveries WHERE hook = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (delivery.hook, delivery.hook, DELIVERIES_KEPT),
            )

    def deliveries(self, hook: str, *, limit: int) -> tuple[Delivery, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT document FROM deliveries WHERE hook = ? ORDER BY id DESC LIMIT ?", (hook, limit)
            )
            return tuple(delivery_from_document(json.loads(row[0])) for row in rows)


def _written(hook: Hook) -> str:
    return json.dumps(hook_to_document(hook), sort_keys=True)
