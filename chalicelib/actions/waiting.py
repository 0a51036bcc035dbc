"""Waiting for a mail: the newest of an inbox that fits, and the code or link that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.actions.reading import list_messages, open_message, plain_text, whole_html
from chalicelib.mail.codes import Code, find_code
from chalicelib.mail.links import ActionLink, find_action_link
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.mail.message import Message
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

LOOKED_AT = 50
"""How many of the newest messages are looked at for one that fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a mail must have to fit: text in the sender's address or name, in the subject, and a time of arrival."""

    sender: str | None = None
    subject: str | None = None
    since: datetime | None = None

    def fits(self, message: Message) -> bool:
        """Whether a message has all of it; case does not count."""
        summary = message.mail.summary
        senders = " ".join(f"{one.name} {one.address}" for one in summary.from_)
        return (
            (self.sender is None or self.sender.casefold() in senders.casefold())
            and (self.subject is None or self.subject.casefold() in summary.subject.casefold())
            and (self.since is None or message.mail.receipt.received >= self.since)
        )


def fitting(backend: Backend, inbox: Inbox, wanted: Wanted, *, limit: int) -> tuple[Message, ...]:
    """The newest messages that fit, newest first."""
    newest = list_messages(backend, Shelf.inbox(inbox), limit=max(limit, LOOKED_AT))
    return tuple(message for message in newest if wanted.fits(message))[:limit]


def newest_code(backend: Backend, inbox: Inbox, wanted: Wanted) -> tuple[Message, Code] | None:
    """The newest fitting message with a one-time code in it."""
    for message in fitting(backend, inbox, wanted, limit=LOOKED_AT):
        opened = open_message(backend, inbox, message.id)
        code = find_code(subject=message.mail.summary.subject, text=plain_text(opened))
        if code is not None:
            return message, code
    return None


def newest_link(backend: Backend, inbox: Inbox, wanted: Wanted) -> tuple[Message, ActionLink] | None:
    """The newest fitting message with an action link in it."""
    for message in fitting(backend, inbox, wanted, limit=LOOKED_AT):
        opened = open_message(backend, inbox, message.id)
        link = find_action_link(subject=message.mail.summary.subject, html=whole_html(opened), text=plain_text(opened))
        if link is not None:
            return message, link
    return None
