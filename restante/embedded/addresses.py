"""The Addresses and Domains ports on SQLite."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from chalicelib.errors import Conflict
from chalicelib.mail.holding import Domain, Holding, Reservation, catch_all_of
from chalicelib.mail.names import Inbox
from chalicelib.mail.records.holdings import (
    domain_from_document,
    domain_to_document,
    reservation_from_document,
    reservation_to_document,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restante.embedded.database import Database


class Addresses:
    """See ports.Addresses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reserve(self, reservation: Reservation) -> None:
        row = (reservation.inbox, reservation.owner, json.dumps(reservation_to_document(reservation)))
        _insert(self._database, "INSERT INTO reservations VALUES (?, ?, ?)", row, "The address is reserved already")

    def update(self, reservation: Reservation) -> bool:
        row = (json.dumps(reservation_to_document(reservation)), reservation.inbox, reservation.owner)
        return _changed(self._database, "UPDATE reservations SET document = ? WHERE inbox = ? AND owner = ?", row)

    def release(self, inbox: Inbox) -> bool:
        return _changed(self._database, "DELETE FROM reservations WHERE inbox = ?", (inbox,))

    def reservations(self, owner: str) -> tuple[Reservation, ...]:
        with self._database.reading() as connection:
            rows = connection.execute("SELECT document FROM reservations WHERE owner = ? ORDER BY inbox", (owner,))
            return tuple(reservation_from_document(json.loads(row[0])) for row in rows)

    def holdings(self, inboxes: Sequence[Inbox]) -> tuple[Holding, ...]:
        with self._database.reading() as connection:
            return tuple(_holding(connection, inbox) for inbox in inboxes)

    def alias(self, inbox: Inbox, token: str) -> None:
        _changed(self._database, "INSERT OR IGNORE INTO aliases VALUES (?, ?)", (token, inbox))

    def inbox_of_alias(self, token: str) -> Inbox | None:
        with self._database.reading() as connection:
            row = connection.execute("SELECT inbox FROM aliases WHERE token = ?", (token,)).fetchone()
        return Inbox(row[0]) if row else None


class Domains:
    """See ports.Domains."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, domain: Domain) -> None:
        row = (domain.name, domain.owner, json.dumps(domain_to_document(domain)))
        _insert(self._database, "INSERT INTO domains VALUES (?, ?, ?)", row, "The domain is hosted here already")

    def domain(self, name: str) -> Domain | None:
        with self._database.reading() as connection:
            return _domain(connection, name)

    def domains(self, owner: str) -> tuple[Domain, ...]:
        with self._database.reading() as connection:
            rows = connection.execute("SELECT document FROM domains WHERE owner = ? ORDER BY name", (owner,))
            return tuple(domain_from_document(json.loads(row[0])) for row in rows)

    def update(self, domain: Domain) -> bool:
        row = (json.dumps(domain_to_document(domain)), domain.name, domain.owner)
        return _changed(self._database, "UPDATE domains SET document = ? WHERE name = ? AND owner = ?", row)

    def remove(self, name: str) -> bool:
        return _changed(self._database, "DELETE FROM domains WHERE name = ?", (name,))


# One statement, for every request about an inbox asks this.
_HOLDING = (
    "SELECT 'reservation', document FROM reservations WHERE inbox = ? "
    "UNION ALL SELECT 'catch_all', document FROM reservations WHERE inbox = ? "
    "UNION ALL SELECT 'domain', document FROM domains WHERE name = ?"
)


def _holding(connection: sqlite3.Connection, inbox: Inbox) -> Holding:
    domain = inbox.rpartition("@")[2]
    rows = connection.execute(_HOLDING, (inbox, catch_all_of(domain), domain))
    found = {kind: json.loads(document) for kind, document in rows}
    reservation, catch_all, hosted = (found.get(kind) for kind in ("reservation", "catch_all", "domain"))
    return Holding(
        inbox=inbox,
        reservation=reservation_from_document(reservation) if reservation else None,
        catch_all=reservation_from_document(catch_all) if catch_all else None,
        domain=domain_from_document(hosted) if hosted else None,
    )


def _domain(connection: sqlite3.Connection, name: str) -> Domain | None:
    row = connection.execute("SELECT document FROM domains WHERE name = ?", (name,)).fetchone()
    return domain_from_document(json.loads(row[0])) if row else None


def _insert(database: Database, statement: str, row: tuple[object, ...], taken: str) -> None:
    try:
        with database.writing() as connection:
            connection.execute(statement, row)
    except sqlite3.IntegrityError as error:
        raise Conflict(taken) from error


def _changed(database: Database, statement: str, row: tuple[object, ...]) -> bool:
    with database.writing() as connection:
        return connection.execute(statement, row).rowcount > 0
