"""Writing a mail's description anew, as a later release reads the same bytes; nothing that readers did changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.aws.adding import MESSAGES_AT_ONCE, add, is_partial, mail_item
from chalicelib.aws.finding import finding_items
from chalicelib.aws.items import described, key_of, mail_key, read_message
from chalicelib.aws.packed_mail import pack_mail, unpack_words
from chalicelib.aws.packing import unpack
from chalicelib.aws.table import TRIES, ConditionFailedError
from chalicelib.aws.writes import assignments, change
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item
    from chalicelib.aws.writes import ItemKey, Write
    from chalicelib.mail.message import Entry, Message


def describe_anew(table: Table, entry: Entry) -> bool:
    """See ports.Register.replace."""
    document = pack_mail(entry.mail)
    anew = mail_item(entry, document)
    for _ in range(TRIES):
        before = table.get(mail_key(entry.mail.id))
        if before is None or is_partial(before):
            add(table, entry)
            if before is None:
                return True
            continue
        if "gone" in before or _says(before, anew):
            return False
        try:
            _write(table, entry, before, document)
        except ConditionFailedError:
            continue
        return True
    raise Unavailable("The mail is being changed by others")


def _write(table: Table, entry: Entry, before: Item, document: bytes) -> None:
    items = table.get_all(map(key_of, entry.messages))
    old: dict[ItemKey, Item] = {}
    new: dict[ItemKey, Item] = {}
    writes: list[Write] = []
    words = unpack_words(before.get("words"))
    for item in items.values():
        message = read_message(item)
        anew = replace(message, mail=entry.mail)
        old |= finding_items(message, words)
        new |= finding_items(anew, entry.words)
        writes.append(_rewritten(anew, document))
    table.put_all(new)
    # The mail's item is written last: until then a repeated call sees that there is something to change.
    while len(writes) > MESSAGES_AT_ONCE:
        table.transact(writes[:MESSAGES_AT_ONCE])
        del writes[:MESSAGES_AT_ONCE]
    update, values = assignments(mail_item(entry, document))
    writes.append(change(mail_key(entry.mail.id), update, values, condition="attribute_exists(#held)"))
    table.transact(writes)
    table.delete_all(old.keys() - new.keys())


def _rewritten(message: Message, document: bytes) -> Write:
    update, values = assignments(described(message, document))
    return change(key_of(message), update, values, condition="attribute_exists(#pk)")


def _says(item: Item, anew: Item) -> bool:
    # Another release of zlib may pack the same document into other bytes.
    return item["document_digest"] == anew["document_digest"] and all(
        unpack(item[name]) == unpack(anew[name]) for name in ("structure", "words")
    )
