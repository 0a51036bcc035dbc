"""The Addresses and Domains ports on DynamoDB: see table.py for the items."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.aws.owned import Owned, read_owned
from chalicelib.aws.table import ConditionFailedError
from chalicelib.aws.writes import ItemKey, partition, put_new
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

    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item


class Addresses:
    """See ports.Addresses."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._reservations = Owned(table, "ADDRESS", "ADDRESSES")
        self._domains = _hosted(table)

    def reserve(self, reservation: Reservation) -> None:
        self._reservations.add(reservation.inbox, reservation.owner, reservation_to_document(reservation))

    def update(self, reservation: Reservation) -> bool:
        return self._reservations.update(reservation.inbox, reservation.owner, reservation_to_document(reservation))

    def release(self, inbox: Inbox) -> bool:
        return self._reservations.remove(inbox)

    def reservations(self, owner: str) -> tuple[Reservation, ...]:
        found = map(reservation_from_document, self._reservations.of(owner))
        return tuple(sorted(found, key=lambda one: one.inbox))

    def holdings(self, inboxes: Sequence[Inbox]) -> tuple[Holding, ...]:
        # Three keys an inbox: a BatchGetItem has 100.
        found = self._table.get_all(key for inbox in inboxes for key in self._keys(inbox))
        return tuple(self._holding(inbox, found) for inbox in inboxes)

    def alias(self, inbox: Inbox, token: str) -> None:
        with suppress(ConditionFailedError):
            self._table.transact([put_new(_alias_key(token), {"inbox": inbox})])

    def inbox_of_alias(self, token: str) -> Inbox | None:
        item = self._table.get(_alias_key(token))
        return Inbox(item["inbox"]) if item else None

    def _keys(self, inbox: Inbox) -> tuple[ItemKey, ItemKey, ItemKey]:
        domain = inbox.rpartition("@")[2]
        return (
            self._reservations.key(inbox),
            self._reservations.key(catch_all_of(domain)),
            self._domains.key(domain),
        )

    def _holding(self, inbox: Inbox, found: dict[ItemKey, Item]) -> Holding:
        reservation, catch_all, domain = (read_owned(found.get(key)) for key in self._keys(inbox))
        return Holding(
            inbox=inbox,
            reservation=reservation_from_document(reservation) if reservation else None,
            catch_all=reservation_from_document(catch_all) if catch_all else None,
            domain=domain_from_document(domain) if domain else None,
        )


class Domains:
    """See ports.Domains."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._domains = _hosted(table)

    def add(self, domain: Domain) -> None:
        self._domains.add(domain.name, domain.owner, domain_to_document(domain))

    def domain(self, name: str) -> Domain | None:
        document = read_owned(self._table.get(self._domains.key(name)))
        return domain_from_document(document) if document else None

    def domains(self, owner: str) -> tuple[Domain, ...]:
        return tuple(sorted(map(domain_from_document, self._domains.of(owner)), key=lambda one: one.name))

    def update(self, domain: Domain) -> bool:
        return self._domains.update(domain.name, domain.owner, domain_to_document(domain))

    def remove(self, name: str) -> bool:
        return self._domains.remove(name)


def _hosted(table: Table) -> Owned:
    return Owned(table, "DOMAIN", "DOMAINS")


def _alias_key(token: str) -> ItemKey:
    return ItemKey(partition("ALIAS", token), "ALIAS")
