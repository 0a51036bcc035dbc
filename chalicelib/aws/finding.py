"""Items by which messages are found: by a word of an owned mail, and by an attachment of an unowned one.

They are not part of the transaction that writes a message: a mail may have more of them than a transaction has
actions. They are put before they are needed and removed after, and who finds one looks at the message itself, so one
that a crash left over finds nothing.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.aws.items import attachment_partition, listed_attachments, message_key, read_message
from chalicelib.aws.packed_mail import pack_words, unpack_words
from chalicelib.aws.writes import ItemKey, key_name
from chalicelib.mail.names import Inbox, MessageId
from chalicelib.mail.searching import SHORTEST, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item
    from chalicelib.mail.message import Message
    from chalicelib.mail.searching import Term

NO_WORDS = Words()
FEWEST = 50
"""So many candidates are read in one go at least, for a search of several words, though fewer answers are wanted."""


def finding_items(message: Message, words: Words) -> dict[ItemKey, Item]:
    """The items by which this message is found."""
    # A message's inbox may be too long for its key, and has then to be told.
    place = {"inbox": message.inbox}
    if message.owner is None:
        if message.starred_by is not None:
            return {}
        return {ItemKey(attachment_partition(md5), message.id): place for md5 in listed_attachments(message)}
    packed = pack_words(words)
    return {
        ItemKey(_words_partition(message.owner, letters), message.id): {**place, "words": packed}
        for letters in _first_letters(words)
    }


def find(table: Table, account: str, terms: Sequence[Term], limit: int) -> tuple[Message, ...]:
    """See ports.Index.find.

    Reads the mails that have a word with the first two letters of the longest term, as the rarest, newest first.
    """
    if not terms or limit <= 0:
        return ()
    rarest = max(terms, key=lambda term: len(term.prefix))
    found: list[Message] = []
    page = max(limit, FEWEST) if len(terms) > 1 or len(rarest.prefix) > SHORTEST else limit
    candidates = table.query(_words_partition(account, rarest.prefix[:SHORTEST]), newest_first=True, page=page)
    matching = (item for item in candidates if unpack_words(item["words"]).match(terms))
    while len(found) < limit and (some := list(islice(matching, limit - len(found)))):
        found += (message for message in read_again(table, map(_place, some)) if message.owner == account)
    return tuple(found)


def find_by_attachment(table: Table, md5: str, before: str, limit: int) -> tuple[Message, ...]:
    """The newest unowned, unstarred messages with that attachment."""
    candidates = table.query(attachment_partition(md5), before=before, newest_first=True, page=max(limit, 1))
    found: list[Message] = []
    while len(found) < limit and (some := list(islice(candidates, limit - len(found)))):
        found += (
            message
            for message in read_again(table, map(_place, some))
            if message.owner is None and message.starred_by is None
        )
    return tuple(found)


def read_again(table: Table, keys: Iterable[ItemKey]) -> list[Message]:
    """The messages of these keys, in their order, as they are now; what is not there any more is left out."""
    wanted = list(keys)
    items = table.get_all(wanted)
    return [read_message(items[key]) for key in wanted if key in items]


def _place(item: Item) -> ItemKey:
    return message_key(Inbox(item["inbox"]), MessageId(item["sk"]))


def _first_letters(words: Words) -> list[str]:
    every = (word for _, several in words.by_field for word in several)
    return list(dict.fromkeys(word[:SHORTEST] for word in every if len(word) >= SHORTEST))


def _words_partition(account: str, letters: str) -> str:
    return f"WORDS#{key_name(account)}#{key_name(letters)}"
