"""The Directory port on DynamoDB: see table.py for the items."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.aws.table import ConditionFailedError
from chalicelib.aws.writes import ItemKey, delete, key_name, partition, put_new
from chalicelib.errors import Conflict, Unavailable
from chalicelib.mail.accounts import Account, Key

if TYPE_CHECKING:
    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item

_ACCOUNTS = "ACCOUNTS"
_KEYS = "KEYS"
_SECRETS = "SECRETS"
SECRET_BYTES = 32


class Directory:
    """See ports.Directory."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add_account(self, account: Account) -> None:
        item = {"id": account.id, "created": account.created.isoformat(), "admin": account.admin}
        try:
            self._table.transact([put_new(ItemKey(_ACCOUNTS, key_name(account.id)), item)])
        except ConditionFailedError as error:
            raise Conflict("That account is there already") from error

    def account(self, account: str) -> Account | None:
        item = self._table.get(ItemKey(_ACCOUNTS, key_name(account)))
        return _account(item) if item else None

    def accounts(self) -> tuple[Account, ...]:
        found = map(_account, self._table.query(_ACCOUNTS))
        return tuple(sorted(found, key=lambda account: (account.created, account.id)))

    def add_key(self, key: Key) -> None:
        item = {
            "id": key.id,
            "account": key.account,
            "digest": key.digest,
            "label": key.label,
            "created": key.created.isoformat(),
        }
        try:
            looked_up = item | self._copied(key.account)
            self._table.transact([put_new(_id_key(key.id), item), put_new(_digest_key(key.digest), looked_up)])
        except ConditionFailedError as error:
            raise Conflict("That key is there already") from error

    def key_of(self, digest: str) -> tuple[Key, Account] | None:
        item = self._table.get(_digest_key(digest))
        if item is None:
            return None
        account = _copied_account(item) or self.account(item["account"])
        return None if account is None else (_key(item), account)

    def keys(self, account: str | None = None) -> tuple[Key, ...]:
        wanted = [key for key in map(_key, self._table.query(_KEYS)) if account in (None, key.account)]
        return tuple(sorted(wanted, key=lambda key: (key.created, key.id)))

    def remove_key(self, key: str) -> bool:
        item = self._table.get(_id_key(key))
        if item is None:
            return False
        try:
            self._table.transact([delete(_id_key(key)), delete(_digest_key(item["digest"]))])
        except ConditionFailedError:
            # Somebody else has just revoked it.
            return False
        return True

    def _copied(self, account: str) -> Item:
        """What the item under a key's digest says of its account, which never changes: one read tells both."""
        item = self._table.get(ItemKey(_ACCOUNTS, key_name(account)))
        return {"account_created": item["created"], "account_admin": item["admin"]} if item else {}

    def secret(self, name: str) -> bytes:
        key = ItemKey(_SECRETS, key_name(name))
        item = self._table.get(key)
        if item is None:
            # Of two that make it at once the first wins, and both read that one.
            with suppress(ConditionFailedError):
                self._table.transact([put_new(key, {"value": secrets.token_bytes(SECRET_BYTES)})])
            item = self._table.get(key)
        if item is None:
            raise Unavailable("The secret was removed while it was made")
        return bytes(item["value"])


def _copied_account(item: Item) -> Account | None:
    if "account_created" not in item:
        return None
    return _account({"id": item["account"], "created": item["account_created"], "admin": item["account_admin"]})


def _id_key(key: str) -> ItemKey:
    return ItemKey(_KEYS, key_name(key))


def _digest_key(digest: str) -> ItemKey:
    return ItemKey(partition("DIGEST", digest), "DIGEST")


def _account(item: Item) -> Account:
    return Account(id=item["id"], created=datetime.fromisoformat(item["created"]), admin=item["admin"])


def _key(item: Item) -> Key:
    return Key(
        id=item["id"],
        account=item["account"],
        digest=item["digest"],
        label=item["label"],
        created=datetime.fromisoformat(item["created"]),
    )
