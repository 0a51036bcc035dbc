"""The Index port on DynamoDB: see table.py for the items."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.aws import counts, finding
from chalicelib.aws.adding import is_partial
from chalicelib.aws.items import (
    INDEXES,
    inbox_partition,
    is_message_id,
    mail_key,
    message_key,
    read_message,
    sort_bound,
)
from chalicelib.aws.packed_mail import unpack_structure
from chalicelib.aws.shelves import keys_on, stands_on
from chalicelib.mail.ids import mail_of
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import ShelfKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.aws.table import Table
    from chalicelib.mail.message import Message
    from chalicelib.mail.names import MailId, MessageId
    from chalicelib.mail.searching import Term
    from chalicelib.mail.shelf import Shelf
    from chalicelib.mail.structure import Structure
    from chalicelib.ports import Count


class Index:
    """See ports.Index. Inboxes and counts are read as they are; what came to another shelf shows within moments."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def messages(self, shelf: Shelf, *, limit: int, before: MailId | MessageId | None = None) -> tuple[Message, ...]:
        if limit <= 0:
            return ()
        if shelf.kind is ShelfKind.ATTACHMENT:
            return finding.find_by_attachment(self._table, shelf.name, sort_bound(before), limit)
        if shelf.kind in INDEXES:
            return self._indexed(shelf, limit, sort_bound(before))
        items = self._table.query(
            inbox_partition(Inbox(shelf.name)), before=sort_bound(before), newest_first=True, page=limit
        )
        return tuple(read_message(item) for item in islice(items, limit))

    def count(self, shelf: Shelf) -> Count:
        return counts.count(self._table, shelf)

    def message(self, inbox: Inbox, message: MessageId) -> Message | None:
        if not is_message_id(message):
            return None
        item = self._table.get(message_key(inbox, message))
        return read_message(item) if item else None

    def opened(self, inbox: Inbox, message: MessageId) -> tuple[Message, Structure] | None:
        mail = mail_of(message)
        if mail is None or not is_message_id(message):
            return None
        keys = message_key(inbox, message), mail_key(mail)
        found = self._table.get_all(keys)
        # The two are read together, not at one instant: the mail may have been removed in between.
        if len(found) < len(keys) or "structure" not in found[keys[1]]:
            return None
        return read_message(found[keys[0]]), unpack_structure(found[keys[1]]["structure"])

    def find(self, account: str, terms: Sequence[Term], *, limit: int) -> tuple[Message, ...]:
        return finding.find(self._table, account, terms, limit)

    def holds(self, mail: MailId) -> bool:
        return mail in self.held([mail])

    def held(self, mails: Sequence[MailId]) -> frozenset[MailId]:
        """Those of these mails that it holds, in one question for up to 100."""
        items = self._table.get_all([mail_key(mail) for mail in mails])
        return frozenset(
            mail for mail in mails if (item := items.get(mail_key(mail))) is not None and not is_partial(item)
        )

    def unstarred(self, *, since: MailId | MessageId | None = None, limit: int = 500) -> tuple[Message, ...]:
        found: list[Message] = []
        keys = keys_on(self._table, None, since=since, before=sort_bound(None), page=limit)
        while len(found) < limit and (some := list(islice(keys, limit - len(found)))):
            found += (one for one in finding.read_again(self._table, some) if one.starred_by is None)
        return tuple(found)

    def _indexed(self, shelf: Shelf, limit: int, before: str) -> tuple[Message, ...]:
        found: list[Message] = []
        keys = keys_on(self._table, shelf, before=before, newest_first=True, page=limit)
        while len(found) < limit and (some := list(islice(keys, limit - len(found)))):
            found += (message for message in finding.read_again(self._table, some) if stands_on(message, shelf))
        return tuple(found)
