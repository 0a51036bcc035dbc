"""Mails for the contract: small, and told apart by their recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.receiving import entry_of
from chalicelib.mail.ids import moment_of
from chalicelib.mail.message import Envelope, Inbox, Receipt

if TYPE_CHECKING:
    from chalicelib.mail.message import Entry
    from chalicelib.ports import Backend

BYTES = (
    b"From: Ana <ana@sender.example>\r\nTo: bo@rest.example\r\nSubject: Caf\xc3\xa9\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@sender.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nSee https://rest.example/confirm?t=1\r\n"
    b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"JVBERg==\r\n--b--\r\n"
)
BO, CY = Inbox("bo@rest.example"), Inbox("cy@rest.example")


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
    return entry_of(backend.policy, receipt(backend, *recipients), content)


def added(backend: Backend, *recipients: str) -> Entry:
    new = entry(backend, *recipients)
    backend.index.add([new])
    return new
