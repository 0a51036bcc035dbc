"""Going through a shelf: in an index that is spread over several partitions, their streams merged into one order."""

from __future__ import annotations

from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING

from chalicelib.aws.items import (
    BY_AGE,
    INDEXES,
    age_partitions,
    inbox_partition,
    index_partitions,
)
from chalicelib.aws.writes import ItemKey
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import ShelfKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.aws.table import Table
    from chalicelib.mail.message import Message
    from chalicelib.mail.shelf import Shelf


def keys_on(
    table: Table,
    shelf: Shelf | None,
    *,
    since: str | None = None,
    before: str,
    newest_first: bool = False,
    page: int,
) -> Iterator[ItemKey]:
    """The keys of a shelf's messages in the order of their ids; of all that are not starred where there is no shelf.

    Keys of an index are as it was moments ago: whoever reads them again must look whether it is so still (stands_on).
    """
    if shelf is not None and shelf.kind is ShelfKind.INBOX:
        places: list[tuple[str, str | None]] = [(inbox_partition(Inbox(shelf.name)), None)]
    elif shelf is None:
        places = [(partition, BY_AGE) for partition in age_partitions()]
    else:
        places = [(partition, INDEXES[shelf.kind]) for partition in index_partitions(shelf)]
    streams = (
        (
            ItemKey(item["pk"], item["sk"])
            for item in table.query(pk, index=index, since=since, before=before, newest_first=newest_first, page=page)
        )
        for pk, index in places
    )
    return merge(*streams, key=attrgetter("sk"), reverse=newest_first)


def stands_on(message: Message, shelf: Shelf) -> bool:
    """Whether the message, as it is now, is on that shelf."""
    name = {
        ShelfKind.INBOX: message.inbox,
        ShelfKind.DOMAIN: message.domain,
        ShelfKind.ACCOUNT: message.owner,
        ShelfKind.STARRED: message.starred_by,
    }[shelf.kind]
    return name == shelf.name
