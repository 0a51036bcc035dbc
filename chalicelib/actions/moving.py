"""Moving a service to another store: what one backend has is copied into another, and nobody is told of it.

Doing it again copies what is new and changes nothing else; what was broken off goes on where it was. Mail keeps its
id, so what the destination knows is left as it is there, also when it was deleted there. What is not mail is written
over only where the source's was changed later. Nothing is taken away on either side.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.actions.moving_accounts import move_accounts, move_alias
from chalicelib.actions.receiving import entry_of
from chalicelib.actions.routing import alias_in, routes_of
from chalicelib.errors import NotFound
from chalicelib.mail.addresses import inbox_of
from chalicelib.mail.ids import message_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from chalicelib.mail.message import Entry, Message, Receipt
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

COPIED_AT_ONCE = 4
"""Mails that are under way at once: each waits for two networks, and is held whole in memory."""
INBOXES_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How far a move is.

    Of the mails looked at (`seen`), so many were copied, with so many octets; were `known` to the destination already;
    or are raw mail that the index of the source does not know (`unindexed`). So many messages are `foreign`: they were
    left out because their owner does not have the inbox there. `other` counts what is not mail, by its kind; `refused`
    says what of that belongs to another account there.
    """

    seen: int = 0
    copied: int = 0
    octets: int = 0
    known: int = 0
    unindexed: int = 0
    foreign: int = 0
    other: tuple[tuple[str, int], ...] = ()
    refused: tuple[str, ...] = ()


def move(source: Backend, destination: Backend, *, at_once: int = COPIED_AT_ONCE) -> Iterator[Moved]:
    """Copy accounts, keys, domains, reservations, hooks, rules and suppressions, then the mail, oldest first.

    Yields once before the first mail and after each. What is raised (Unavailable) leaves nothing half there: do it
    again. Safe while both serve; what comes to the source after its mail was listed is for the next time.
    """
    accounts = move_accounts(source, destination)
    done = Moved(other=tuple(accounts.copied.items()), refused=tuple(accounts.refused))
    yield done
    copy = _Copying(source, destination)
    for one in _in_turn(copy.mail, source.raw.receipts(), at_once):
        done = replace(
            done,
            seen=done.seen + 1,
            copied=done.copied + one.copied,
            octets=done.octets + one.octets,
            known=done.known + one.known,
            unindexed=done.unindexed + one.unindexed,
            foreign=done.foreign + one.foreign,
        )
        yield done


def _in_turn(copy: Callable[[Receipt], Moved], receipts: Iterable[Receipt], at_once: int) -> Iterator[Moved]:
    """What became of each mail, in their order, while others are under way."""
    pool = ThreadPoolExecutor(at_once)
    under_way: deque[Future[Moved]] = deque()
    try:
        for receipt in receipts:
            under_way.append(pool.submit(copy, receipt))
            if len(under_way) >= at_once:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


class _Copying:
    """Copies mails, from several threads."""

    def __init__(self, source: Backend, destination: Backend) -> None:
        self._source = source
        self._destination = destination
        self._named: set[Inbox] = set()

    def mail(self, receipt: Receipt) -> Moved:
        """Copy one mail unless it is known; answers with what there is to add."""
        if self._destination.index.holds(receipt.id):
            return Moved(known=1)
        messages = self._messages(receipt)
        if len(messages) < len(receipt.envelope.recipients) and not self._source.index.holds(receipt.id):
            return Moved(unindexed=1)
        if not messages:
            # Deleted: its bytes are about to go.
            return Moved()
        try:
            raw = self._source.raw.read(receipt)
        except NotFound:
            # Deleted while it was looked at.
            return Moved()
        # Where the bytes are there is not where they are here.
        there = replace(receipt, location="", moved=True)
        entry = _entry(entry_of(self._destination, there, raw), messages)
        foreign = len(messages) - len(entry.messages)
        if not entry.messages:
            return Moved(foreign=foreign)
        self._destination.raw.put([(there, raw)])
        self._destination.register.add([entry])
        return Moved(copied=1, octets=len(raw), foreign=foreign)

    def _messages(self, receipt: Receipt) -> dict[str, Message]:
        found: dict[str, Message] = {}
        for number, route in enumerate(routes_of(self._source, receipt.envelope.recipients)):
            message = self._source.index.message(route.inbox, message_id(receipt.id, number))
            if message is None:
                continue
            found[message.id] = message
            token = alias_in(route.recipient)
            if token is not None and route.inbox != inbox_of(route.recipient):
                self._destination.addresses.alias(route.inbox, token)
            self._move_alias(route.inbox)
        return found

    def _move_alias(self, inbox: Inbox) -> None:
        if inbox in self._named:
            return
        move_alias(self._source, self._destination, inbox)
        if len(self._named) >= INBOXES_REMEMBERED:
            self._named.clear()
        self._named.add(inbox)


def _entry(entry: Entry, messages: dict[str, Message]) -> Entry:
    """The entry with those of its messages that the source has, marked as there, and no account's but its own."""
    kept = tuple(
        replace(
            message,
            folder=before.folder,
            labels=before.labels,
            read=before.read,
            starred_by=before.starred_by,
        )
        for message in entry.messages
        if (before := messages.get(message.id)) is not None and before.owner in {None, message.owner}
    )
    return replace(entry, messages=kept)
