"""Changing messages that are there: what a reader does with them, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.aws.counts import counted
from chalicelib.aws.finding import NO_WORDS, finding_items
from chalicelib.aws.items import key_of, mail_key, places, read_message
from chalicelib.aws.packed_mail import unpack_words
from chalicelib.aws.table import TRANSACTION_ACTIONS, TRIES, ConditionFailedError
from chalicelib.aws.writes import assignments, change
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item
    from chalicelib.aws.writes import ItemKey, Write
    from chalicelib.mail.message import Message
    from chalicelib.mail.names import MailId
    from chalicelib.mail.searching import Words

    Pair = tuple[Message, Message]

_ACTIONS = 1 + 6
"""A message's own, and those of counters: two for each thing that can change, and inbox and domain."""
MESSAGES_AT_ONCE = TRANSACTION_ACTIONS // _ACTIONS


def change_messages(table: Table, keys: Sequence[ItemKey], change_one: Callable[[Message], Message]) -> list[Pair]:
    """Change each of these messages that is there, with all that follows; answers what each was and has become.

    Each group of MESSAGES_AT_ONCE is one transaction. A message that others change at the same time is looked at
    again, so `change_one` may be called several times. Raises Unavailable.
    """
    pairs: list[Pair] = []
    for start in range(0, len(keys), MESSAGES_AT_ONCE):
        pairs += _change_some(table, keys[start : start + MESSAGES_AT_ONCE], change_one)
    return pairs


def _change_some(table: Table, keys: Sequence[ItemKey], change_one: Callable[[Message], Message]) -> list[Pair]:
    for number in range(TRIES):
        table.rest(number)
        items = table.get_all(keys)
        messages = [(items[key], read_message(items[key])) for key in keys if key in items]
        pairs = [(before, change_one(before)) for _, before in messages]
        writes = [
            _written(item, before, after)
            for (item, _), (before, after) in zip(messages, pairs, strict=True)
            if before != after
        ]
        if not writes:
            return pairs
        old, new = _found_by(table, pairs)
        table.put_all({key: item for key, item in new.items() if key not in old})
        try:
            table.transact(writes + counted(pairs))
        except ConditionFailedError:
            continue
        table.delete_all(old.keys() - new.keys())
        return pairs
    raise Unavailable("The message is being changed by others")


def _written(item: Item, before: Message, after: Message) -> Write:
    was, becomes = _attributes(before), _attributes(after)
    update, values = assignments({name: value for name, value in becomes.items() if value != was[name]})
    return change(
        key_of(before),
        f"{update} ADD #version :one",
        {**values, ":one": 1, ":version": item["version"]},
        condition="#version = :version",
    )


def _attributes(message: Message) -> dict[str, Any]:
    return {
        **places(message),
        "owner": message.owner,
        "folder": message.folder,
        "labels": list(message.labels),
        "read": message.read,
        "starred_by": message.starred_by,
    }


def _found_by(table: Table, pairs: Sequence[Pair]) -> tuple[dict[ItemKey, Item], dict[ItemKey, Item]]:
    """The items by which the messages were found, and by which they will be."""
    moving = {before.mail.id for before, after in pairs if before.owner != after.owner}
    mails = table.get_all(mail_key(mail) for mail in moving)
    words: dict[MailId, Words] = {
        mail: unpack_words(mails[mail_key(mail)].get("words")) for mail in moving if mail_key(mail) in mails
    }
    old: dict[ItemKey, Item] = {}
    new: dict[ItemKey, Item] = {}
    for before, after in pairs:
        if before != after:
            known = words.get(before.mail.id, NO_WORDS)
            old |= finding_items(before, known)
            new |= finding_items(after, known)
    return old, new
