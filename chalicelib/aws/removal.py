"""Removing messages: each group of them in one transaction, with the counts, and with the end of mails nobody holds."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.aws.items import (
    DISCARDED,
    add_to_count,
    discarded_key,
    inbox_partition,
    mail_key,
    message_key,
)
from chalicelib.aws.packing import pack, unpack, unpack_mail
from chalicelib.aws.table import TRANSACTION_ACTIONS, TRIES, ConditionFailedError, change, delete, put
from chalicelib.errors import Unavailable
from chalicelib.mail.ids import mail_of
from chalicelib.mail.message import MessageId
from chalicelib.mail.records import receipt_from_document, receipt_to_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chalicelib.aws.table import Item, ItemKey, Table, Write
    from chalicelib.mail.message import Inbox, MailId, Receipt

MESSAGES_AT_ONCE = (TRANSACTION_ACTIONS - 1) // 3
"""A message takes three actions at most: its own end, its mail's, and the note that raw bytes are left over."""


def remove(
    table: Table, inbox: Inbox, messages: Iterable[MessageId], *, spare_starred: bool = False
) -> tuple[Receipt, ...]:
    """See ports.Index.remove; starred messages may be spared."""
    wanted = [message for message in dict.fromkeys(messages) if mail_of(message) is not None]
    unheld: list[Receipt] = []
    for start in range(0, len(wanted), MESSAGES_AT_ONCE):
        group = wanted[start : start + MESSAGES_AT_ONCE]
        unheld += _remove_some(table, inbox, group, spare_starred=spare_starred)
    return tuple(unheld)


def purge(table: Table, inbox: Inbox, limit: int) -> tuple[Receipt, ...] | None:
    """See ports.Index.purge."""
    items = table.query(inbox_partition(inbox), unless="starred_by")
    oldest = [MessageId(item["sk"]) for item in islice(items, limit)]
    return remove(table, inbox, oldest, spare_starred=True) if oldest else None


def discarded(table: Table, limit: int) -> tuple[Receipt, ...]:
    """See ports.Index.discarded."""
    items = table.query(DISCARDED, limit=limit)
    return tuple(receipt_from_document(unpack(item["receipt"])) for item in items)


def _remove_some(table: Table, inbox: Inbox, messages: Sequence[MessageId], *, spare_starred: bool) -> list[Receipt]:
    for _ in range(TRIES):
        held = _held_by_mail(table, inbox, messages, spare_starred=spare_starred)
        if not held:
            return []
        mails = table.get_all(mail_key(mail) for mail in held)
        condition = "attribute_exists(pk)" + (" AND attribute_not_exists(starred_by)" if spare_starred else "")
        writes = add_to_count([inbox] * sum(map(len, held.values())), sign=-1)
        unheld: list[Receipt] = []
        for mail, keys in held.items():
            writes += [delete(key, condition=condition) for key in keys]
            ends, receipt = _let_go(mail, mails.get(mail_key(mail)), len(keys))
            writes += ends
            unheld += [receipt] if receipt else []
        try:
            table.transact(writes)
        except ConditionFailedError:
            # Another reader removed or starred one of them: look again.
            continue
        return unheld
    raise Unavailable("The inbox is being changed by others")


def _held_by_mail(
    table: Table, inbox: Inbox, messages: Sequence[MessageId], *, spare_starred: bool
) -> dict[MailId, list[ItemKey]]:
    held: dict[MailId, list[ItemKey]] = defaultdict(list)
    keys = [message_key(inbox, message) for message in messages]
    found = table.get_all(keys)
    for message, key in zip(messages, keys, strict=True):
        mail = mail_of(message)
        if mail is not None and key in found and not (spare_starred and "starred_by" in found[key]):
            held[mail].append(key)
    return held


def _let_go(mail: MailId, item: Item | None, messages: int) -> tuple[list[Write], Receipt | None]:
    """The writes for a mail that loses so many messages, and its receipt if these were the last."""
    if item is None or "gone" in item:
        return [], None
    key, held = mail_key(mail), item["held"]
    if held > messages:
        values = {":less": messages}
        return [change(key, "SET held = held - :less", dict(values), condition="held > :less")], None
    receipt = unpack_mail(item["document"]).receipt
    return [
        put(key, {"gone": True}, condition="held = :held", values={":held": held}),
        put(discarded_key(mail), {"receipt": pack(receipt_to_document(receipt))}),
    ], receipt
