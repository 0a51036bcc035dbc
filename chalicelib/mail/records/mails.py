"""Receipts, mails and their words as documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.mail.addresses import Address
from chalicelib.mail.message import Envelope, Mail, Receipt
from chalicelib.mail.names import MailId
from chalicelib.mail.records import filled
from chalicelib.mail.searching import SearchField, Words
from chalicelib.mail.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.mail.records import Document


def receipt_to_document(receipt: Receipt) -> Document:
    """A receipt as JSON values."""
    envelope = receipt.envelope
    return filled(
        id=receipt.id,
        received=receipt.received.timestamp(),
        sender=envelope.sender,
        recipients=list(envelope.recipients),
        ip=envelope.ip,
        helo=envelope.helo,
        via=envelope.via,
        tls=envelope.tls,
        location=receipt.location,
        spam=receipt.spam,
        moved=receipt.moved,
    )


def receipt_from_document(document: Document) -> Receipt:
    """The receipt that was written."""
    return Receipt(
        id=MailId(document["id"]),
        received=datetime.fromtimestamp(document["received"], UTC),
        envelope=Envelope(
            sender=document.get("sender", ""),
            recipients=tuple(document.get("recipients", ())),
            ip=document.get("ip", ""),
            helo=document.get("helo", ""),
            via=document.get("via", ""),
            tls=document.get("tls", False),
        ),
        location=document.get("location", ""),
        spam=document.get("spam"),
        moved=document.get("moved", False),
    )


def mail_to_document(mail: Mail) -> Document:
    """A mail as JSON values."""
    summary = mail.summary
    return filled(
        receipt=receipt_to_document(mail.receipt),
        size=mail.size,
        subject=summary.subject,
        **{"from": _pairs(summary.from_)},
        to=_pairs(summary.to),
        cc=_pairs(summary.cc),
        bcc=_pairs(summary.bcc),
        reply_to=_pairs(summary.reply_to),
        date=None if summary.date is None else summary.date.timestamp(),
        message_id=summary.message_id,
        attachments=list(summary.attachments),
        links=list(mail.links),
    )


def mail_from_document(document: Document) -> Mail:
    """The mail that was written."""
    date = document.get("date")
    return Mail(
        receipt=receipt_from_document(document["receipt"]),
        size=document.get("size", 0),
        summary=Summary(
            subject=document.get("subject", ""),
            from_=_addresses(document.get("from", ())),
            to=_addresses(document.get("to", ())),
            cc=_addresses(document.get("cc", ())),
            bcc=_addresses(document.get("bcc", ())),
            reply_to=_addresses(document.get("reply_to", ())),
            date=None if date is None else datetime.fromtimestamp(date, UTC),
            message_id=document.get("message_id", ""),
            attachments=tuple(document.get("attachments", ())),
        ),
        links=tuple(document.get("links", ())),
    )


def _pairs(addresses: Iterable[Address]) -> list[list[str]]:
    return [[address.name, address.address] for address in addresses]


def _addresses(pairs: Iterable[list[str]]) -> tuple[Address, ...]:
    return tuple(Address(name=name, address=address) for name, address in pairs)


def words_to_document(words: Words) -> Document:
    """Words as JSON values."""
    return {field.value: list(found) for field, found in words.by_field if found}


def words_from_document(document: Document) -> Words:
    """The words that were written."""
    return Words(tuple((field, tuple(document.get(field.value, ()))) for field in SearchField))
