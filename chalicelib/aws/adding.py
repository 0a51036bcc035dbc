"""Taking a mail in: its own item, its messages and their counts, in as few transactions as its recipients need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.aws.arrivals import jobs_written
from chalicelib.aws.counts import COUNTED, counted
from chalicelib.aws.finding import finding_items
from chalicelib.aws.items import key_of, mail_key, message_item
from chalicelib.aws.packed_mail import pack_mail, pack_structure, pack_words
from chalicelib.aws.packing import digest
from chalicelib.aws.table import TRANSACTION_ACTIONS, TRIES, ConditionFailedError
from chalicelib.aws.writes import change, put, put_new
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item
    from chalicelib.aws.writes import ItemKey
    from chalicelib.mail.message import Entry

MESSAGES_AT_ONCE = (TRANSACTION_ACTIONS - 2) // (1 + COUNTED)
"""A message takes its own action of a transaction and those of its counts; one is the mail's, one that of its jobs."""


def add(table: Table, entry: Entry) -> None:
    """See ports.Register.add."""
    found_by: dict[ItemKey, Item] = {}
    for message in entry.messages:
        found_by |= finding_items(message, entry.words)
    if found_by:
        # Only so that a mail that comes again is not made findable again: the transaction decides.
        if _is_settled(table.get(mail_key(entry.mail.id), consistent=False)):
            return
        table.put_all(found_by)
    document = pack_mail(entry.mail)
    added = 0
    for _ in range(TRIES):
        try:
            for start in range(added, len(entry.messages), MESSAGES_AT_ONCE):
                _add_some(table, entry, start, document)
        except ConditionFailedError:
            before = table.get(mail_key(entry.mail.id))
            if _is_settled(before):
                return
            added = before["added"] if before else 0
        else:
            return
    raise Unavailable("The mail is being changed by others")


def mail_item(entry: Entry, document: bytes) -> Item:
    """What a mail's item says of it: what its messages do not, and a digest of `document`, which is in each of them."""
    return {
        "document_digest": digest(document),
        "structure": pack_structure(entry.structure),
        "words": pack_words(entry.words),
    }


def is_partial(item: Item) -> bool:
    """Whether the adding of this mail ended before its last message."""
    return "gone" not in item and item["added"] < item["recipients"]


def _is_settled(item: Item | None) -> bool:
    return item is not None and not is_partial(item)


def _add_some(table: Table, entry: Entry, start: int, document: bytes) -> None:
    messages = entry.messages[start : start + MESSAGES_AT_ONCE]
    added = start + len(messages)
    key = mail_key(entry.mail.id)
    if start == 0:
        numbers = {"held": len(entry.messages), "added": added, "recipients": len(entry.messages)}
        writes = [put_new(key, {**mail_item(entry, document), **numbers})]
    else:
        values = {":added": added, ":start": start}
        writes = [change(key, "SET #added = :added", values, condition="#added = :start")]
    writes += [put(key_of(message), message_item(message, document)) for message in messages]
    writes += counted((None, message) for message in messages)
    if start == 0:
        writes += jobs_written(entry)
    table.transact(writes)
