"""The Directory port on DynamoDB: see table.py for the items."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.aws.table import ConditionFailedError, ItemKey, delete, partition, put_new
from chalicelib.errors import Conflict
from chalicelib.ports import Account, Key

if TYPE_CHECKING:
    from chalicelib.aws.table import Item, Table

_ACCOUNTS = "ACCOUNTS"
_KEYS = "KEYS"


class Directory:
    """See ports.Directory."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add_account(self, account: Account) -> None:
        item = {"created": account.created.isoformat(), "admin": account.admin}
        try:
            self._table.transact([put_new(ItemKey(_ACCOUNTS, account.id), item)])
        except ConditionFailedError as error:
            raise Conflict("That account is there already") from error

    def account(self, account: str) -> Account | None:
        item = self._table.get(ItemKey(_ACCOUNTS, account))
        return _account(item) if item else None

    def accounts(self) -> tuple[Account, ...]:
        found = map(_account, self._table.query(_ACCOUNTS))
        return tuple(sorted(found, key=lambda account: (account.created, account.id)))

    def add_key(self, key: Key) -> None:
        item = {
            "account": key.account,
            "digest": key.digest,
            "label": key.label,
            "created": key.created.isoformat(),
        }
        try:
            self._table.transact(
                [put_new(ItemKey(_KEYS, key.id), item), put_new(_digest_key(key.digest), {**item, "id": key.id})]
            )
        except ConditionFailedError as error:
            raise Conflict("That key is there already") from error

    def key_of(self, digest: str) -> tuple[Key, Account] | None:
        item = self._table.get(_digest_key(digest))
        if item is None:
            return None
        account = self.account(item["account"])
        return None if account is None else (_key(item["id"], item), account)

    def keys(self, account: str | None = None) -> tuple[Key, ...]:
        found = (_key(item["sk"], item) for item in self._table.query(_KEYS))
        wanted = [key for key in found if account in (None, key.account)]
        return tuple(sorted(wanted, key=lambda key: (key.created, key.id)))

    def remove_key(self, key: str) -> bool:
        place = ItemKey(_KEYS, key)
        item = self._table.get(place)
        if item is None:
            return False
        try:
            self._table.transact([delete(place), delete(_digest_key(item["digest"]))])
        except ConditionFailedError:
            # Somebody else has just revoked it.
            return False
        return True


def _digest_key(digest: str) -> ItemKey:
    return ItemKey(partition("DIGEST", digest), "DIGEST")


def _account(item: Item) -> Account:
    return Account(id=item["sk"], created=datetime.fromisoformat(item["created"]), admin=item["admin"])


def _key(name: str, item: Item) -> Key:
    return Key(
        id=name,
        account=item["account"],
        digest=item["digest"],
        label=item["label"],
        created=datetime.fromisoformat(item["created"]),
    )
