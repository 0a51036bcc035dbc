"""Removing messages: each group of them in one transaction, with the counts, and with the end of mails nobody holds."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.aws.counts import COUNTED, counted
from chalicelib.aws.finding import finding_items
from chalicelib.aws.items import (
    DISCARDED,
    discarded_key,
    is_message_id,
    key_of,
    mail_key,
    message_key,
    read_message,
)
from chalicelib.aws.packed_mail import unpack_words
from chalicelib.aws.packing import pack, unpack
from chalicelib.aws.table import TRANSACTION_ACTIONS, TRIES, ConditionFailedError
from chalicelib.aws.writes import change, delete, put
from chalicelib.errors import Unavailable
from chalicelib.mail.ids import moment_of
from chalicelib.mail.records.mails import receipt_from_document, receipt_to_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item
    from chalicelib.aws.writes import ItemKey, Write
    from chalicelib.mail.message import Message, Receipt
    from chalicelib.mail.names import Inbox, MailId, MessageId

MESSAGES_AT_ONCE = TRANSACTION_ACTIONS // (3 + COUNTED)
"""A message takes its own action, its mail's, the note that raw bytes are left over, and those of its counts."""
REMEMBERED = timedelta(days=365)
"""How long it is known that a mail was deleted: the queues keep what may be delivered again for 14 days at most."""
DELIVERED_AGAIN = timedelta(days=15)
"""No queue delivers a mail again so long after it came: 14 days is the most that SQS keeps a message."""
DISCARDED_AT_ONCE = 500


def remove(
    table: Table, inbox: Inbox, messages: Iterable[MessageId], *, now: datetime, keep: timedelta | None = None
) -> tuple[Receipt, ...]:
    """See ports.Register.remove. `keep` is how long the policy keeps mail.

    Of a mail that is older than that, and is not delivered again, nothing is remembered: should its bytes outlive a
    crash, reconciling finds them, too old for any inbox, and lets them go. That is 5 write units less for each mail.
    """
    wanted = [message_key(inbox, message) for message in dict.fromkeys(messages) if is_message_id(message)]
    unheld: list[Receipt] = []
    for start in range(0, len(wanted), MESSAGES_AT_ONCE):
        unheld += _remove_some(table, wanted[start : start + MESSAGES_AT_ONCE], now, keep)
    return tuple(unheld)


def discarded(table: Table) -> tuple[Receipt, ...]:
    """See ports.Register.discarded."""
    items = islice(table.query(DISCARDED, page=DISCARDED_AT_ONCE), DISCARDED_AT_ONCE)
    return tuple(receipt_from_document(unpack(item["receipt"])) for item in items)


def forget(table: Table, mails: Sequence[MailId]) -> None:
    """See ports.Register.forget."""
    table.delete_all([discarded_key(mail) for mail in mails])


def _remove_some(table: Table, keys: Sequence[ItemKey], now: datetime, keep: timedelta | None) -> list[Receipt]:
    for _ in range(TRIES):
        found = table.get_all(keys)
        if not found:
            return []
        messages = [(found[key], read_message(found[key])) for key in keys if key in found]
        by_mail: dict[MailId, list[Message]] = defaultdict(list)
        for _, message in messages:
            by_mail[message.mail.id].append(message)
        mails = table.get_all(map(mail_key, by_mail))
        # A message that readers or owners have just changed is counted otherwise: the version tells.
        writes = [_deleted(item, message) for item, message in messages]
        writes += counted((message, None) for _, message in messages)
        unheld: list[Receipt] = []
        for mail, held in by_mail.items():
            remembered = keep is None or now - moment_of(mail) <= max(keep, DELIVERED_AGAIN)
            ends, receipt = _let_go(held, mails.get(mail_key(mail)), now + REMEMBERED if remembered else None)
            writes += ends
            unheld += [receipt] if receipt else []
        try:
            table.transact(writes)
        except ConditionFailedError:
            continue
        _stop_finding(table, by_mail, mails)
        return unheld
    raise Unavailable("The inbox is being changed by others")


def _deleted(item: Item, message: Message) -> Write:
    return delete(key_of(message), condition="#version = :version", values={":version": item["version"]})


def _let_go(
    messages: Sequence[Message], item: Item | None, remembered_until: datetime | None
) -> tuple[list[Write], Receipt | None]:
    """The writes for a mail that loses these messages, and its receipt if they were the last."""
    if item is None or "gone" in item:
        return [], None
    receipt = messages[0].mail.receipt
    key, held = mail_key(receipt.id), item["held"]
    if held > len(messages):
        values = {":less": len(messages)}
        return [change(key, "SET #held = #held - :less", values, condition="#held > :less")], None
    if remembered_until is None:
        return [delete(key, condition="#held = :held", values={":held": held})], receipt
    gone = {"gone": True, "expires": int(remembered_until.timestamp())}
    return [
        put(key, gone, condition="#held = :held", values={":held": held}),
        put(discarded_key(receipt.id), {"receipt": pack(receipt_to_document(receipt))}),
    ], receipt


def _stop_finding(table: Table, by_mail: dict[MailId, list[Message]], mails: dict[ItemKey, Item]) -> None:
    # After the transaction: a message that is still there must be found. What a crash leaves here finds nothing.
    keys: dict[ItemKey, None] = {}
    for mail, messages in by_mail.items():
        words = unpack_words(mails.get(mail_key(mail), {}).get("words"))
        for message in messages:
            keys |= dict.fromkeys(finding_items(message, words))
    table.delete_all(keys)
