"""What Restante needs from the world.

Each port is small, and its docstrings are its promise; tests/contract/ proves it for every world that provides it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from chalicelib.mail.mime import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from chalicelib.mail.message import Entry, Inbox, MailId, Message, MessageId, Receipt
    from chalicelib.mail.structure import Octets, Span, Structure


class RawMail(Protocol):
    """The bytes of every mail, as they came, after our trace header. They are the truth, and make the index again."""

    def put(self, mails: Sequence[tuple[Receipt, Octets]]) -> None:
        """Keep these mails. When it returns they survive a crash; when it raises, none is half there.

        Putting the same mail again changes nothing. Raises Unavailable.
        """

    def read(self, receipt: Receipt, span: Span | None = None) -> bytes:
        """The bytes of that range, or all of them. Reads no more than asked. Raises NotFound, Unavailable."""

    def delete(self, receipts: Sequence[Receipt]) -> None:
        """Remove these mails; those that are not there are no error. Raises Unavailable."""

    def receipts(self) -> Iterator[Receipt]:
        """Every mail that is kept, oldest first. Incomplete writes are not mails."""


class Index(Protocol):
    """Which message is in which inbox, newest first, with all that a list shows."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Take in mails with their messages; each mail is there whole or not at all.

        Adding what is there already changes nothing: not its folder, labels or stars, and what was deleted stays so.
        """

    def replace(self, entry: Entry) -> bool:
        """Write a mail's description anew over the old one, or take it in; says whether anything changed.

        Messages that are there keep what their reader did with them; deleted ones stay deleted.
        """

    def messages(self, inbox: Inbox, *, limit: int, before: MailId | None = None) -> tuple[Message, ...]:
        """The newest `limit` messages of an inbox, only those whose mail id sorts before `before`."""

    def count(self, inbox: Inbox) -> int:
        """How many messages an inbox holds, in time that does not depend on how many."""

    def message(self, inbox: Inbox, message: MessageId) -> Message | None:
        """One message of that inbox; None if it is not there."""

    def opened(self, inbox: Inbox, message: MessageId) -> tuple[Message, Structure] | None:
        """One message with the structure of its mail, in one read; None if it is not there."""

    def remove(self, inbox: Inbox, messages: Sequence[MessageId]) -> tuple[Receipt, ...]:
        """Remove messages from an inbox; answers with the mails that no inbox holds any more.

        Those stay listed in `discarded` until `forget` is called: their raw bytes are still to be removed.
        Messages that are not there are passed over.
        """

    def purge(self, inbox: Inbox, *, limit: int = 500) -> tuple[Receipt, ...] | None:
        """Remove up to `limit` messages that are not starred, oldest first; as `remove`. None when none was left."""

    def discarded(self) -> tuple[Receipt, ...]:
        """Mails whose last message was removed and whose raw bytes may still be there; 500 at most at once."""

    def forget(self, mails: Sequence[MailId]) -> None:
        """The raw bytes of these discarded mails are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who owns keys and addresses. An admin manages accounts, keys and rules."""

    id: str
    created: datetime
    admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key, of which only the SHA-256 in hex is kept. `id` may be shown, `label` is the owner's word for it."""

    id: str
    account: str
    digest: str
    label: str
    created: datetime


class Directory(Protocol):
    """Who may do what: accounts and their keys."""

    def add_account(self, account: Account) -> None:
        """Keep an account. Raises Conflict when the id is taken."""

    def account(self, account: str) -> Account | None:
        """The account of that id."""

    def accounts(self) -> tuple[Account, ...]:
        """All accounts, oldest first."""

    def add_key(self, key: Key) -> None:
        """Keep a key. Raises Conflict when its id or digest is there already."""

    def key_of(self, digest: str) -> tuple[Key, Account] | None:
        """The key with that digest and its account, as written last: a revoked key is never answered."""

    def keys(self, account: str | None = None) -> tuple[Key, ...]:
        """The keys of an account, or of all, oldest first."""

    def remove_key(self, key: str) -> bool:
        """Revoke a key by its id; says whether there was one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the settings say about behaviour: the same in both worlds."""

    domains: tuple[str, ...] = ()
    """The recipient domains that are taken; empty takes every domain."""
    hostname: str = "localhost"
    """How we name ourselves to other mail servers."""
    bounds: Bounds = field(default_factory=Bounds)
    """How much of a mail's structure is followed."""


class Backend(Protocol):
    """Everything from outside that an action may use."""

    @property
    def raw(self) -> RawMail: ...
    @property
    def index(self) -> Index: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def policy(self) -> Policy: ...

    def now(self) -> datetime:
        """The time, in UTC."""

    def new_id(self) -> MailId:
        """An id for a mail that arrives now: larger than any this process gave before."""

    def entropy(self, count: int) -> bytes:
        """That many bytes nobody can guess."""
