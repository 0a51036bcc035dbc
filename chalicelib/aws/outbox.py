"""The Outbox and Suppressions ports on DynamoDB and S3: see table.py for the items.

The bytes of a mail are an object, "outgoing/<id>", and are written before its item; the job is put after it. A crash
between leaves a mail that its client was not told of, and so is not accepted: a client that asks again under the same
key has its job put again.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from chalicelib.aws.border import border
from chalicelib.aws.packing import pack, unpack
from chalicelib.aws.table import ConditionFailedError
from chalicelib.aws.writes import ItemKey, change, delete, key_name, partition, put, put_new
from chalicelib.errors import Unavailable
from chalicelib.mail.names import MailId
from chalicelib.mail.records.outgoing import (
    outgoing_from_document,
    outgoing_to_document,
    suppression_from_document,
    suppression_to_document,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from chalicelib.aws.clients import Clients
    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item
    from chalicelib.mail.job import Job
    from chalicelib.mail.outgoing import Outgoing, Suppression
    from chalicelib.mail.structure import Octets
    from chalicelib.ports import Jobs

CONTENT = "outgoing/"
_COUNT_SECONDS = 24 * 3600
_WHAT = "The outbox"


class Outbox:
    """See ports.Outbox. An item goes once it is older than `keep`; None keeps all."""

    def __init__(
        self,
        table: Table,
        clients: Clients,
        bucket: str,
        jobs: Callable[[], Jobs],
        now: Callable[[], datetime],
        *,
        keep: timedelta | None = None,
    ) -> None:
        self._table = table
        self._clients = clients
        self._bucket = bucket
        self._jobs = jobs
        self._now = now
        self._keep = keep

    def add(self, outgoing: Outgoing, raw: Octets, job: Job) -> Outgoing:
        if outgoing.key and (before := self.outgoing_by_key(outgoing.account, outgoing.key)):
            return before
        with border(_WHAT):
            self._clients.s3.put_object(Bucket=self._bucket, Key=CONTENT + outgoing.id, Body=bytes(raw))
        item = self._item(outgoing)
        writes = [put_new(_key(outgoing.id), item), put(_listed(outgoing), {"expires": item["expires"]})]
        if outgoing.key:
            named = {"mail": outgoing.id, "expires": item["expires"]}
            writes.append(put_new(_named(outgoing.account, outgoing.key), named))
        try:
            self._table.transact(writes)
        except ConditionFailedError as error:
            self.drop_content(outgoing.id)
            before = self.outgoing_by_key(outgoing.account, outgoing.key)
            if before is None:
                raise Unavailable(f"{_WHAT} changed meanwhile") from error
            return before
        self._jobs().put([job])
        return outgoing

    def outgoing(self, mail: MailId) -> Outgoing | None:
        item = self._table.get(_key(mail))
        return _outgoing(item) if item else None

    def outgoing_by_key(self, account: str, key: str) -> Outgoing | None:
        item = self._table.get(_named(account, key)) if key else None
        return self.outgoing(MailId(item["mail"])) if item else None

    def sent_by(self, account: str, *, limit: int, before: str | None = None) -> tuple[Outgoing, ...]:
        if limit == 0:
            return ()
        bound = key_name(before) if before else "~"
        keys: list[ItemKey] = []
        for item in self._table.query(_account(account), before=bound, newest_first=True, page=limit):
            keys.append(_key(item["sk"]))
            if len(keys) == limit:
                break
        found = self._table.get_all(keys)
        return tuple(_outgoing(found[key]) for key in keys if key in found)

    def update(self, outgoing: Outgoing) -> bool:
        values = {":before": outgoing.version - 1}
        try:
            self._table.transact(
                [put(_key(outgoing.id), self._item(outgoing), condition="#version = :before", values=values)]
            )
        except ConditionFailedError:
            return False
        return True

    def content(self, mail: MailId) -> bytes:
        with border("The bytes of this mail"):
            return self._clients.s3.get_object(Bucket=self._bucket, Key=CONTENT + mail)["Body"].read()

    def drop_content(self, mail: MailId) -> None:
        with border(_WHAT):
            self._clients.s3.delete_object(Bucket=self._bucket, Key=CONTENT + mail)

    def count(self, account: str, period: str, mails: int) -> int:
        key = ItemKey(partition("SENDRATE", account), period)
        values = {":mails": mails, ":expires": ceil(self._now().timestamp()) + _COUNT_SECONDS}
        self._table.transact([change(key, "SET #expires = :expires ADD #mails :mails", values)])
        item = self._table.get(key)
        return item["mails"] if item else mails

    def _item(self, outgoing: Outgoing) -> Item:
        expires = None if self._keep is None else ceil((outgoing.created + self._keep).timestamp())
        return {"version": outgoing.version, "document": pack(outgoing_to_document(outgoing)), "expires": expires}


class Suppressions:
    """See ports.Suppressions."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, suppression: Suppression) -> None:
        key = _suppressed(suppression.account, suppression.address)
        try:
            self._table.transact([put_new(key, {"document": pack(suppression_to_document(suppression))})])
        except ConditionFailedError:
            return

    def suppressions(self, account: str) -> tuple[Suppression, ...]:
        found = (_suppression(item) for item in self._table.query(partition("SUPPRESSED", account)))
        return tuple(sorted(found, key=lambda one: one.address))

    def among(self, account: str, addresses: Sequence[str]) -> tuple[Suppression, ...]:
        keys = [_suppressed(account, address) for address in dict.fromkeys(addresses)]
        found = self._table.get_all(keys)
        return tuple(_suppression(found[key]) for key in keys if key in found)

    def remove(self, account: str, address: str) -> bool:
        try:
            self._table.transact([delete(_suppressed(account, address))])
        except ConditionFailedError:
            return False
        return True


def _key(mail: str) -> ItemKey:
    return ItemKey(partition("OUTGOING", mail), "OUTGOING")


def _account(account: str) -> str:
    return partition("OUTBOX", account)


def _listed(outgoing: Outgoing) -> ItemKey:
    return ItemKey(_account(outgoing.account), outgoing.id)


def _named(account: str, key: str) -> ItemKey:
    return ItemKey(partition("SENDKEY", account), key_name(key))


def _suppressed(account: str, address: str) -> ItemKey:
    return ItemKey(partition("SUPPRESSED", account), key_name(address))


def _outgoing(item: Item) -> Outgoing:
    return outgoing_from_document(unpack(item["document"]))


def _suppression(item: Item) -> Suppression:
    return suppression_from_document(unpack(item["document"]))
