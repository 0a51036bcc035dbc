"""The items of the index: their keys, messages as items, and the secondary indexes that a message stands in."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from chalicelib.aws.packed_mail import unpack_mail
from chalicelib.aws.writes import ItemKey, is_text, key_name, partition
from chalicelib.mail.ids import chance_of, mail_of
from chalicelib.mail.message import Message
from chalicelib.mail.names import Inbox, MessageId
from chalicelib.mail.shelf import Shelf, ShelfKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.aws.wire import Item, Value
    from chalicelib.mail.names import MailId

DISCARDED = "DISCARDED"
BY_AGE = "by_age"
INDEXES = {ShelfKind.DOMAIN: "by_domain", ShelfKind.ACCOUNT: "by_owner", ShelfKind.STARRED: "by_star"}
"""The secondary index of a shelf; each is named as the attribute that is its partition key."""
INDEX_SHARDS = {ShelfKind.DOMAIN: 4, ShelfKind.ACCOUNT: 4, ShelfKind.STARRED: 1}
"""Over how many partitions a shelf of an index is spread: one takes 1000 writes a second."""
AGE_SHARDS = 16
ATTACHMENTS_LISTED = 100
"""By so many attachments a mail can be found, and counted; what has more was made to be a burden."""
SENDER_OCTETS = 1024
"""So much of a sender's address, as UTF-8, stands beside the packed mail; no mail server takes a longer one."""
LONGEST_ID = 64
"""No message id is longer; what is may not stand in a sort key."""
_NEWEST = "~"


def inbox_partition(inbox: Inbox) -> str:
    """Where the messages of an inbox are, and nothing else."""
    return partition("INBOX", inbox)


def message_key(inbox: Inbox, message: MessageId) -> ItemKey:
    """The key of a message's item."""
    return ItemKey(inbox_partition(inbox), message)


def key_of(message: Message) -> ItemKey:
    """The key of this message's item."""
    return message_key(message.inbox, message.id)


def mail_key(mail: MailId) -> ItemKey:
    """The key of a mail's item.

    It has the chance part of the id alone: that of a mail from SES is made of SES's name for it, so that the object
    in the bucket leads to the item whatever moment the notice told.
    """
    return ItemKey(f"MAIL#{chance_of(mail)}", "MAIL")


def discarded_key(mail: MailId) -> ItemKey:
    """The key of a mail whose raw bytes are still to be removed."""
    return ItemKey(DISCARDED, mail)


def attachment_partition(md5: str) -> str:
    """Where the unowned messages with that attachment are."""
    return partition("ATTACHMENT", md5)


def is_message_id(name: str) -> bool:
    """Whether a message may have this id."""
    return len(name) <= LONGEST_ID and mail_of(name) is not None


def sort_bound(before: str | None) -> str:
    """The sort key that everything before this id, or everything, sorts before."""
    return (before or _NEWEST)[:LONGEST_ID]


def shard_of(name: str, shards: int) -> int:
    """Which of so many shards has what goes by that name."""
    return zlib.crc32(name.encode()) % shards


def index_partitions(shelf: Shelf) -> list[str]:
    """The partitions of the shelf in its index."""
    return [f"{key_name(shelf.name)}#{shard}" for shard in range(INDEX_SHARDS[shelf.kind])]


def age_partitions() -> list[str]:
    """The partitions of BY_AGE."""
    return [f"{shard:02}" for shard in range(AGE_SHARDS)]


def places(message: Message) -> dict[str, Value | None]:
    """The attributes that put a message into the indexes; None for one it is not in."""
    domain, owner, starred = message.domain, message.owner, message.starred_by
    return {
        "by_domain": _index_partition(message, Shelf.domain(domain)),
        "by_owner": None if owner is None else _index_partition(message, Shelf.account(owner)),
        "by_star": None if starred is None else _index_partition(message, Shelf.starred(starred)),
        BY_AGE: None if starred is not None else f"{shard_of(message.mail.id, AGE_SHARDS):02}",
    }


def _index_partition(message: Message, shelf: Shelf) -> str:
    return f"{key_name(shelf.name)}#{shard_of(message.mail.id, INDEX_SHARDS[shelf.kind])}"


def described(message: Message, document: bytes) -> Item:
    """What an item says of a message's mail; `document` is the packed mail."""
    summary = message.mail.summary
    sender = summary.from_[0].address if summary.from_ else ""
    return {
        "mail": document,
        "sender": _counted_as(sender) or None,
        "attachments": list(listed_attachments(message)) or None,
    }


def _counted_as(sender: str) -> str:
    """The address as senders are counted: no longer than SENDER_OCTETS, whatever a header says."""
    # Folded as SQLite's lower() does it: ASCII letters alone.
    octets = sender[:SENDER_OCTETS].encode("utf-8", "surrogatepass").lower()
    end = min(SENDER_OCTETS, len(octets))
    while end < len(octets) and octets[end] & 0xC0 == 0x80:
        end -= 1
    return octets[:end].decode("utf-8", "surrogatepass")


def listed_attachments(message: Message) -> Iterator[str]:
    """The MD5s by which a message is found and counted, each once."""
    yield from list(dict.fromkeys(message.mail.summary.attachments))[:ATTACHMENTS_LISTED]


def message_item(message: Message, document: bytes) -> Item:
    """A message that nobody has read yet, as an item; `document` is its packed mail."""
    return {
        **described(message, document),
        **places(message),
        "inbox": None if _is_in_key(message.inbox) else message.inbox,
        "original_inbox": message.original_inbox,
        "owner": message.owner,
        "folder": message.folder,
        "labels": list(message.labels),
        "read": message.read,
        "starred_by": message.starred_by,
        "version": 0,
    }


def read_message(item: Item) -> Message:
    """The message of an item."""
    return Message(
        id=MessageId(item["sk"]),
        mail=unpack_mail(item["mail"]),
        inbox=inbox_of_item(item),
        original_inbox=item["original_inbox"],
        owner=item.get("owner"),
        folder=item["folder"],
        labels=tuple(item["labels"]),
        read=item.get("read"),
        starred_by=item.get("starred_by"),
    )


def inbox_of_item(item: Item) -> Inbox:
    """The inbox of a message's item."""
    return Inbox(item.get("inbox") or item["pk"].partition("#")[2])


def _is_in_key(inbox: Inbox) -> bool:
    return is_text(inbox) and key_name(inbox) == inbox
