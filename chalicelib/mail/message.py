"""What a mail and a message are.

A *mail* is one SMTP transaction, stored once. A *message* is that mail in one inbox: one for each envelope recipient.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.mail.searching import Words

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.mail.job import Job
    from chalicelib.mail.names import Inbox, MailId, MessageId
    from chalicelib.mail.structure import Structure
    from chalicelib.mail.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What was said in SMTP around the mail (RFC 5321, 2.3.1).

    `sender` is the reverse-path, empty for a bounce; `recipients` are the forward-paths in order, as given.
    `ip` is the address of the client that delivered to us, `via` that of the server that took it, `tls` whether
    the connection was encrypted.
    """

    sender: str
    recipients: tuple[str, ...]
    ip: str = ""
    helo: str = ""
    via: str = ""
    tls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The proof that a mail was taken: its id, when (UTC), from whom, and where its bytes are.

    `location` is the name the raw store gave it; empty where the id says it all.
    `spam` is between 0.0 and 1.0, None when nothing was said. `moved` says that the mail was copied here from another
    store, where it had arrived: nobody is told of it again, whoever indexes it.
    """

    id: MailId
    received: datetime
    envelope: Envelope
    location: str = ""
    spam: float | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Everything about a mail that a list shows. `size` is in bytes, trace header included."""

    receipt: Receipt
    size: int
    summary: Summary
    links: tuple[str, ...] = ()

    @property
    def id(self) -> MailId:
        return self.receipt.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail in one inbox, and what its reader did with it.

    `original_inbox` is the recipient as the sender wrote it; `owner` is the account that owns the inbox.
    `read` is None until it is set; `starred_by` is the account that keeps the message.
    """

    id: MessageId
    mail: Mail
    inbox: Inbox
    original_inbox: str
    owner: str | None = None
    folder: str = "inbox"
    labels: tuple[str, ...] = ()
    read: bool | None = None
    starred_by: str | None = None

    @property
    def domain(self) -> str:
        return self.inbox.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A mail as the index takes it in: its structure, its messages, its words, and the work its arrival makes."""

    mail: Mail
    structure: Structure
    messages: tuple[Message, ...]
    words: Words = field(default_factory=Words)
    jobs: tuple[Job, ...] = ()
