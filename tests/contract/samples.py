"""Mails for the contract: small, and told apart by their recipients."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.actions.receiving import entry_of
from chalicelib.mail.holding import Reservation
from chalicelib.mail.ids import moment_of
from chalicelib.mail.message import Envelope, Receipt
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from chalicelib.mail.message import Entry, Message
    from chalicelib.ports import Backend

BYTES = (
    b"From: Ana <ana@sender.example>\r\nTo: bo@rest.example\r\nSubject: Caf\xc3\xa9\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@sender.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nSee https://rest.example/confirm?t=1\r\n"
    b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"JVBERg==\r\n--b--\r\n"
)
PDF_MD5 = hashlib.md5(b"%PDF").hexdigest()
BO, CY = Inbox("bo@rest.example"), Inbox("cy@rest.example")
BOS, CYS = Shelf.inbox(BO), Shelf.inbox(CY)
NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


def receipt(backend: Backend, *recipients: str) -> Receipt:
    mail = backend.new_id()
    envelope = Envelope(
        sender="ana@sender.example",
        recipients=recipients or (BO,),
        ip="192.0.2.7",
        helo="mx.sender.example",
        via="198.51.100.1",
        tls=True,
    )
    return Receipt(id=mail, received=moment_of(mail), envelope=envelope, spam=0.0)


def entry(backend: Backend, *recipients: str, content: bytes = BYTES) -> Entry:
    return entry_of(backend, receipt(backend, *recipients), content)


def added(backend: Backend, *recipients: str, content: bytes = BYTES) -> Entry:
    new = entry(backend, *recipients, content=content)
    backend.register.add([new])
    return new


def about(subject: str, *, sender: str = "ana@sender.example", text: str = "") -> bytes:
    """A mail without attachments."""
    return f"From: {sender}\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode()


def with_links(one: Entry, links: tuple[str, ...]) -> Entry:
    mail = replace(one.mail, links=links)
    return replace(one, mail=mail, messages=tuple(replace(message, mail=mail) for message in one.messages))


def reserve(backend: Backend, owner: str, *inboxes: Inbox) -> None:
    for inbox in inboxes:
        backend.addresses.reserve(Reservation(inbox=inbox, owner=owner, created=NOON, updated=NOON))


def ids(messages: tuple[Message, ...]) -> list[str]:
    return [message.id for message in messages]


def on(backend: Backend, shelf: Shelf) -> list[str]:
    """The ids of the messages of a shelf, newest first."""
    return ids(backend.index.messages(shelf, limit=1000))
