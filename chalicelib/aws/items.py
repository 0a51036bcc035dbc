"""The items of the index: their keys, and messages as items."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chalicelib.aws.packing import unpack_mail
from chalicelib.aws.table import ItemKey, Write, change, partition, put
from chalicelib.mail.message import Message, MessageId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.aws.table import Item
    from chalicelib.mail.message import Inbox, MailId

DISCARDED = "DISCARDED"
FIRST_MESSAGE, LAST_MESSAGE = "0", "~"
"""Every message id sorts between these."""


def inbox_partition(inbox: Inbox) -> str:
    """Where the messages of an inbox are, and nothing else."""
    return partition("INBOX", inbox)


def message_key(inbox: Inbox, message: MessageId) -> ItemKey:
    """The key of a message's item."""
    return ItemKey(inbox_partition(inbox), message)


def count_key(inbox: Inbox) -> ItemKey:
    """The key of an inbox's count."""
    return ItemKey(partition("COUNT", inbox), "COUNT")


def mail_key(mail: MailId) -> ItemKey:
    """The key of a mail's item."""
    return ItemKey(f"MAIL#{mail}", "MAIL")


def discarded_key(mail: MailId) -> ItemKey:
    """The key of a mail whose raw bytes are still to be removed."""
    return ItemKey(DISCARDED, mail)


def written_message(message: Message, document: bytes) -> Write:
    """The write of a message that nobody has read yet; `document` is its packed mail."""
    return put(
        message_key(message.inbox, message.id),
        {
            "mail": document,
            "original_inbox": message.original_inbox,
            "folder": message.folder,
            "labels": list(message.labels),
            "read": message.read,
            "starred_by": message.starred_by,
        },
    )


def read_message(inbox: Inbox, item: Item) -> Message:
    """The message of an item."""
    return Message(
        id=MessageId(item["sk"]),
        mail=unpack_mail(item["mail"]),
        inbox=inbox,
        original_inbox=item["original_inbox"],
        folder=item["folder"],
        labels=tuple(item["labels"]),
        read=item.get("read"),
        starred_by=item.get("starred_by"),
    )


def add_to_count(inboxes: Iterable[Inbox], *, sign: int = 1) -> list[Write]:
    """The writes that count one message more, or less, for each inbox named; one write an inbox."""
    return [
        change(count_key(inbox), "ADD messages :more", {":more": sign * more})
        for inbox, more in Counter(inboxes).items()
    ]
