"""Mails for the tests of the API, and their way into a backend."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from chalicelib.actions.receiving import Arrival, receive
from chalicelib.mail.ids import message_id
from chalicelib.mail.message import Envelope

if TYPE_CHECKING:
    from chalicelib.ports import Backend

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(255, -1, -1)) * 8

PLAIN = b"From: Ann <ann@sender.example>\r\nTo: bob@x.dev\r\nSubject: Hello\r\n\r\nGood morning, Bob.\r\n"


def arrive(backend: Backend, content: bytes, *recipients: str, sender: str = "ann@sender.example") -> str:
    """Take this mail in; answers with the id of the first recipient's message."""
    envelope = Envelope(sender=sender, recipients=recipients or ("bob@x.dev",), ip="192.0.2.7", via="10.0.0.1")
    (receipt,) = receive(backend, [Arrival(envelope=envelope, content=content)])
    return message_id(receipt.id, 0)


def rich() -> EmailMessage:
    """A mail with text, HTML with an inline image, a PDF, and an embedded message."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Ann Ämter <ann@sender.example>"
    mail["To"] = "Bob <bob@x.dev>, carol@x.dev"
    mail["Cc"] = "dave@x.dev"
    mail["Subject"] = "Über alles"
    mail["X-Twice"] = "first"
    mail["X-Twice"] = "second"
    mail.set_content("See https://example.org/confirm?code=1\n")
    mail.add_alternative(
        '<p onclick="steal()">See <a href="https://example.org/confirm?code=1">here</a>'
        '<script>alert(1)</script><img src="cid:logo@ann"></p>',
        subtype="html",
    )
    html = mail.get_payload(1)
    assert isinstance(html, EmailMessage)
    html.add_related(PNG, "image", "png", cid="<logo@ann>", filename="logo.png", disposition="inline")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="Quarter 1/März.pdf")
    inner = EmailMessage(policy=SMTP)
    inner["Subject"] = "Inner"
    inner.set_content("Inside.\n")
    mail.add_attachment(inner)
    return mail


def with_attachment(name_parameter: str, content: bytes = b"hostile") -> bytes:
    """A mail whose attachment is named by this raw parameter of Content-Disposition."""
    return (
        b"From: ann@sender.example\r\nSubject: one file\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\ntext\r\n--b\r\n"
        b"Content-Type: application/x-thing\r\nContent-Disposition: attachment; "
        + name_parameter.encode("utf-8", "surrogateescape")
        + b"\r\n\r\n"
        + content
        + b"\r\n--b--\r\n"
    )
