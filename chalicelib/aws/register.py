"""The Register port on DynamoDB: see table.py for the items."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.aws import adding, describing, removal
from chalicelib.aws.arrivals import put_jobs_of
from chalicelib.aws.changing import change_messages
from chalicelib.aws.finding import read_again
from chalicelib.aws.items import inbox_of_item, inbox_partition, is_message_id, key_of, message_key, sort_bound
from chalicelib.aws.shelves import keys_on, stands_on
from chalicelib.aws.writes import ItemKey
from chalicelib.mail.names import Inbox, MessageId
from chalicelib.mail.shelf import ShelfKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta

    from chalicelib.aws.table import Table
    from chalicelib.mail.job import Job
    from chalicelib.mail.message import Entry, Message, Receipt
    from chalicelib.mail.names import MailId
    from chalicelib.mail.shelf import Shelf
    from chalicelib.ports import Marks

PAGE = 100
"""Messages of a shelf that are looked at in one go."""
FEWEST = 10
"""As many are looked at in one go at least, though fewer are wanted: some may be starred."""


class Register:
    """See ports.Register.

    A mail of many recipients is taken in by several transactions, because one has 100 actions: until the last of them
    a reader can see the messages of its first recipients alone. The mail's item counts what was added, so `add` or
    `replace` of the same mail goes on where an earlier one ended.
    """

    def __init__(
        self,
        table: Table,
        now: Callable[[], datetime],
        put_jobs: Callable[[Sequence[Job]], None],
        *,
        keep: timedelta | None = None,
    ) -> None:
        self._table = table
        self._keep = keep
        self._now = now
        self._put_jobs = put_jobs

    def add(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            adding.add(self._table, entry)
            if entry.jobs:
                put_jobs_of(self._table, self._put_jobs, entry.mail.id)

    def replace(self, entry: Entry) -> bool:
        changed = describing.describe_anew(self._table, entry)
        if entry.jobs:
            put_jobs_of(self._table, self._put_jobs, entry.mail.id)
        return changed

    def mark(self, inbox: Inbox, message: MessageId, marks: Marks) -> Message | None:
        return self.remark(inbox, message, lambda _: marks)

    def remark(self, inbox: Inbox, message: MessageId, decide: Callable[[Message], Marks]) -> Message | None:
        if not is_message_id(message):
            return None
        key = message_key(inbox, message)
        marked = change_messages(self._table, [key], lambda before: _marked(before, decide(before)))
        return marked[0][1] if marked else None

    def assign(self, shelf: Shelf, before: str | None, owner: str | None, *, limit: int = 500) -> int:
        keys = list(islice(self._owned_by(shelf, before), limit))
        changed = change_messages(
            self._table, keys, lambda message: replace(message, owner=owner) if message.owner == before else message
        )
        return sum(one.owner == before for one, _ in changed)

    def remove(self, inbox: Inbox, messages: Sequence[MessageId]) -> tuple[Receipt, ...]:
        return removal.remove(self._table, inbox, messages, now=self._now(), keep=self._keep)

    def oldest(
        self, shelf: Shelf | None, *, before: MailId | None = None, limit: int = 500
    ) -> tuple[tuple[Inbox, MessageId], ...]:
        if shelf is not None and shelf.kind is ShelfKind.INBOX:
            items = self._table.query(
                inbox_partition(Inbox(shelf.name)),
                before=sort_bound(before),
                where="attribute_not_exists(#starred_by)",
                page=limit,
            )
            return tuple((inbox_of_item(item), MessageId(item["sk"])) for item in islice(items, limit))
        found: list[tuple[Inbox, MessageId]] = []
        keys = keys_on(self._table, shelf, before=sort_bound(before), page=limit)
        while len(found) < limit and (some := list(islice(keys, max(limit - len(found), FEWEST)))):
            found += (
                (message.inbox, message.id)
                for message in read_again(self._table, some)
                if message.starred_by is None and (shelf is None or stands_on(message, shelf))
            )
        return tuple(found[:limit])

    def discarded(self) -> tuple[Receipt, ...]:
        return removal.discarded(self._table)

    def forget(self, mails: Sequence[MailId]) -> None:
        removal.forget(self._table, mails)

    def _owned_by(self, shelf: Shelf, owner: str | None) -> Iterator[ItemKey]:
        if shelf.kind is ShelfKind.INBOX:
            for item in self._table.query(
                inbox_partition(Inbox(shelf.name)),
                where="attribute_not_exists(#owner)" if owner is None else "#owner = :owner",
                values=None if owner is None else {":owner": owner},
            ):
                yield ItemKey(item["pk"], item["sk"])
            return
        keys = keys_on(self._table, shelf, before=sort_bound(None), page=PAGE)
        while some := list(islice(keys, PAGE)):
            for message in read_again(self._table, some):
                if message.owner == owner and stands_on(message, shelf):
                    yield key_of(message)


def _marked(message: Message, marks: Marks) -> Message:
    return replace(
        message,
        read=message.read if marks.read is None else marks.read,
        folder=message.folder if marks.folder is None else marks.folder,
        labels=message.labels if marks.labels is None else marks.labels,
        starred_by=message.starred_by if marks.starred_by is None else marks.starred_by or None,
    )
