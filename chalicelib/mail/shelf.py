"""The shelves of the index: the collections of messages that can be listed, newest first."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chalicelib.mail.names import Inbox


class ShelfKind(StrEnum):
    """By what messages are collected."""

    INBOX = "inbox"
    DOMAIN = "domain"
    ACCOUNT = "account"
    """Of the account that owns the inbox."""
    STARRED = "starred"
    """Starred by that account."""
    ATTACHMENT = "attachment"
    """Unowned messages that carry an attachment with that MD5."""


class Shelf(NamedTuple):
    """One collection of messages."""

    kind: ShelfKind
    name: str

    @classmethod
    def inbox(cls, inbox: Inbox) -> Shelf:
        """The messages of an inbox."""
        return cls(ShelfKind.INBOX, inbox)

    @classmethod
    def domain(cls, domain: str) -> Shelf:
        """The messages of all inboxes of a domain."""
        return cls(ShelfKind.DOMAIN, domain)

    @classmethod
    def account(cls, account: str) -> Shelf:
        """The messages of all inboxes of an account."""
        return cls(ShelfKind.ACCOUNT, account)

    @classmethod
    def starred(cls, account: str) -> Shelf:
        """The messages that an account starred."""
        return cls(ShelfKind.STARRED, account)

    @classmethod
    def attachment(cls, md5: str) -> Shelf:
        """The unowned messages with that attachment."""
        return cls(ShelfKind.ATTACHMENT, md5)
