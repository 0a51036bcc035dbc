"""The Index port on DynamoDB: see table.py for the items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.aws import removal
from chalicelib.aws.items import (
    FIRST_MESSAGE,
    LAST_MESSAGE,
    add_to_count,
    count_key,
    discarded_key,
    inbox_partition,
    mail_key,
    message_key,
    read_message,
    written_message,
)
from chalicelib.aws.packing import (
    pack_mail,
    pack_structure,
    unpack,
    unpack_mail,
    unpack_structure,
)
from chalicelib.aws.table import TRANSACTION_ACTIONS, TRIES, ConditionFailedError, change, put_new
from chalicelib.errors import Unavailable
from chalicelib.mail.ids import mail_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.aws.table import Item, Table
    from chalicelib.mail.message import Entry, Inbox, MailId, Message, MessageId, Receipt
    from chalicelib.mail.structure import Structure

MESSAGES_AT_ONCE = (TRANSACTION_ACTIONS - 1) // 2
"""A message takes two actions of a transaction, its item and its inbox's count; one is the mail's."""
DISCARDED_AT_ONCE = 500


class Index:
    """See ports.Index.

    A mail of up to MESSAGES_AT_ONCE recipients is taken in by one transaction. One of more takes several, because a
    transaction has 100 actions: until the last of them a reader can see the messages of its first recipients alone.
    The mail's item counts what was added, so `add` or `replace` of the same mail goes on where an earlier one ended.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._add(entry)

    def replace(self, entry: Entry) -> bool:
        document, structure = pack_mail(entry.mail), pack_structure(entry.structure)
        for _ in range(TRIES):
            before = self._table.get(mail_key(entry.mail.id))
            if before is None or _is_partial(before, entry):
                self._add(entry)
                if before is None:
                    return True
                continue
            if "gone" in before or _says(before, document, structure):
                return False
            try:
                self._describe_anew(entry, document, structure)
            except ConditionFailedError:
                continue
            return True
        raise Unavailable("The mail is being changed by others")

    def messages(self, inbox: Inbox, *, limit: int, before: MailId | None = None) -> tuple[Message, ...]:
        items = self._table.query(
            inbox_partition(inbox),
            between=(FIRST_MESSAGE, before or LAST_MESSAGE),
            newest_first=True,
            limit=limit,
        )
        return tuple(read_message(inbox, item) for item in items)

    def count(self, inbox: Inbox) -> int:
        item = self._table.get(count_key(inbox))
        return int(item["messages"]) if item else 0

    def message(self, inbox: Inbox, message: MessageId) -> Message | None:
        if mail_of(message) is None:
            return None
        item = self._table.get(message_key(inbox, message))
        return read_message(inbox, item) if item else None

    def opened(self, inbox: Inbox, message: MessageId) -> tuple[Message, Structure] | None:
        mail = mail_of(message)
        if mail is None:
            return None
        keys = message_key(inbox, message), mail_key(mail)
        found = self._table.get_all(keys)
        # The two are read together, not at one instant: the mail may have been removed in between.
        if len(found) < len(keys) or "structure" not in found[keys[1]]:
            return None
        return read_message(inbox, found[keys[0]]), unpack_structure(found[keys[1]]["structure"])

    def remove(self, inbox: Inbox, messages: Sequence[MessageId]) -> tuple[Receipt, ...]:
        return removal.remove(self._table, inbox, messages)

    def purge(self, inbox: Inbox, *, limit: int = 500) -> tuple[Receipt, ...] | None:
        return removal.purge(self._table, inbox, limit)

    def discarded(self) -> tuple[Receipt, ...]:
        return removal.discarded(self._table, DISCARDED_AT_ONCE)

    def forget(self, mails: Sequence[MailId]) -> None:
        self._table.delete_all([discarded_key(mail) for mail in mails])

    def _add(self, entry: Entry) -> None:
        document, structure = pack_mail(entry.mail), pack_structure(entry.structure)
        added = 0
        for _ in range(TRIES):
            try:
                for start in range(added, len(entry.messages), MESSAGES_AT_ONCE):
                    self._add_some(entry, start, document, structure)
            except ConditionFailedError:
                before = self._table.get(mail_key(entry.mail.id))
                if before is not None and not _is_partial(before, entry):
                    return
                added = before["added"] if before else 0
            else:
                return
        raise Unavailable("The mail is being changed by others")

    def _add_some(self, entry: Entry, start: int, document: bytes, structure: bytes) -> None:
        messages = entry.messages[start : start + MESSAGES_AT_ONCE]
        added = start + len(messages)
        key = mail_key(entry.mail.id)
        if start == 0:
            whole = {
                "document": document,
                "structure": structure,
                "held": len(entry.messages),
                "added": added,
            }
            writes = [put_new(key, whole)]
        else:
            writes = [
                change(
                    key,
                    "SET added = :added",
                    {":added": added, ":start": start},
                    condition="added = :start",
                )
            ]
        writes += [written_message(message, document) for message in messages]
        writes += add_to_count(message.inbox for message in messages)
        self._table.transact(writes)

    def _describe_anew(self, entry: Entry, document: bytes, structure: bytes) -> None:
        keys = [message_key(message.inbox, message.id) for message in entry.messages]
        writes = [
            change(key, "SET mail = :mail", {":mail": document}, condition="attribute_exists(pk)")
            for key in self._table.get_all(keys)
        ]
        # The mail's item is written last: until then a repeated call sees that there is something to change.
        while len(writes) > MESSAGES_AT_ONCE:
            self._table.transact(writes[:MESSAGES_AT_ONCE])
            del writes[:MESSAGES_AT_ONCE]
        writes.append(
            change(
                mail_key(entry.mail.id),
                "SET document = :document, structure = :structure",
                {":document": document, ":structure": structure},
                condition="attribute_exists(held)",
            )
        )
        self._table.transact(writes)


def _is_partial(item: Item, entry: Entry) -> bool:
    return "gone" not in item and item["added"] < len(entry.messages)


def _says(item: dict[str, Any], document: bytes, structure: bytes) -> bool:
    # Another release of zlib may pack the same document into other bytes.
    return unpack_mail(item["document"]) == unpack_mail(document) and unpack(item["structure"]) == unpack(structure)
