"""Receipts and mails as JSON documents: what both worlds store, with short names and nothing that is empty.

A document written today must be readable by every later release: names are added, never given another meaning.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.mail.addresses import Address
from chalicelib.mail.blocking import Action, BlockRule, Scope
from chalicelib.mail.holding import Domain, Reservation
from chalicelib.mail.message import Envelope, Mail, MailId, Receipt
from chalicelib.mail.outgoing import Outgoing, Progress, Status, Suppression
from chalicelib.mail.searching import SearchField, Words
from chalicelib.mail.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable

Document = dict[str, Any]


def receipt_to_document(receipt: Receipt) -> Document:
    """A receipt as JSON values."""
    envelope = receipt.envelope
    return _filled(
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
    return _filled(
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


def _filled(**values: Any) -> Document:
    # False, 0, "" and [] are the defaults on reading; 0.0 of a spam verdict is not "nothing was said".
    return {name: value for name, value in values.items() if value or (name == "spam" and value is not None)}


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


def reservation_to_document(reservation: Reservation) -> Document:
    """A reservation as JSON values."""
    return _filled(
        inbox=reservation.inbox,
        owner=reservation.owner,
        created=reservation.created.timestamp(),
        updated=reservation.updated.timestamp(),
        info=reservation.info,
        forward=reservation.forward,
        enablews=reservation.enablews,
        webhook=reservation.webhook,
        webhook_slack=reservation.webhook_slack,
        webhook_slack_to_from=reservation.webhook_slack_to_from,
    )


def reservation_from_document(document: Document) -> Reservation:
    """The reservation that was written."""
    return Reservation(**_dated(document))


def domain_to_document(domain: Domain) -> Document:
    """A domain as JSON values."""
    return _filled(
        name=domain.name,
        owner=domain.owner,
        created=domain.created.timestamp(),
        updated=domain.updated.timestamp(),
        verification_txt=domain.verification_txt,
        verified=domain.verified,
        verified_mx=domain.verified_mx,
        last_verification_errors=domain.last_verification_errors,
        enablews=domain.enablews,
        # The only thing here whose default is not nothing.
        public=not domain.private,
    )


def domain_from_document(document: Document) -> Domain:
    """The domain that was written."""
    values = _dated(document)
    return Domain(private=not values.pop("public", False), **values)


def _dated(document: Document) -> Document:
    moments = {name: datetime.fromtimestamp(document[name], UTC) for name in ("created", "updated")}
    return {**document, **moments}


def rule_to_document(rule: BlockRule) -> Document:
    """A block rule as JSON values, without its hits: they are counted beside it."""
    return _filled(
        subject=rule.subject,
        reason=rule.reason,
        made_by=rule.made_by,
        created=rule.created.timestamp(),
        expires=rule.expires.timestamp() if rule.expires else None,
        action="" if rule.action is Action.BLOCK else rule.action.value,
        scope="" if rule.scope is Scope.BOTH else rule.scope.value,
        repeats=rule.repeats,
    )


def rule_from_document(document: Document, *, hits: int = 0, last_hit: float | None = None) -> BlockRule:
    """The block rule that was written; `last_hit` is in seconds since 1970."""
    expires = document.get("expires")
    return BlockRule(
        subject=document["subject"],
        reason=document.get("reason", ""),
        made_by=document.get("made_by", ""),
        created=datetime.fromtimestamp(document["created"], UTC),
        expires=datetime.fromtimestamp(expires, UTC) if expires else None,
        action=Action(document.get("action", Action.BLOCK)),
        scope=Scope(document.get("scope", Scope.BOTH)),
        repeats=document.get("repeats", 0),
        hits=hits,
        last_hit=None if last_hit is None else datetime.fromtimestamp(last_hit, UTC),
    )


def outgoing_to_document(outgoing: Outgoing) -> Document:
    """A mail that goes out as JSON values."""
    return _filled(
        id=outgoing.id,
        account=outgoing.account,
        sender=outgoing.sender,
        created=outgoing.created.timestamp(),
        recipients=[_progress_to_document(progress) for progress in outgoing.recipients],
        subject=outgoing.subject,
        message_id=outgoing.message_id,
        size=outgoing.size,
        provider_id=outgoing.provider_id,
        key=outgoing.key,
        fingerprint=outgoing.fingerprint,
        version=outgoing.version,
    )


def outgoing_from_document(document: Document) -> Outgoing:
    """The mail that was written."""
    values = {
        **document,
        "id": MailId(document["id"]),
        "created": datetime.fromtimestamp(document["created"], UTC),
        "recipients": tuple(_progress_from_document(one) for one in document["recipients"]),
    }
    return Outgoing(**{"sender": "", **values})


def _progress_to_document(progress: Progress) -> Document:
    return _filled(
        address=progress.address,
        status=progress.status.value,
        diagnostic=progress.diagnostic,
        updated=progress.updated.timestamp() if progress.updated else None,
    )


def _progress_from_document(document: Document) -> Progress:
    updated = document.get("updated")
    return Progress(
        address=document["address"],
        status=Status(document["status"]),
        diagnostic=document.get("diagnostic", ""),
        updated=datetime.fromtimestamp(updated, UTC) if updated else None,
    )


def suppression_to_document(suppression: Suppression) -> Document:
    """A suppression as JSON values."""
    return _filled(
        account=suppression.account,
        address=suppression.address,
        reason=suppression.reason.value,
        created=suppression.created.timestamp(),
        diagnostic=suppression.diagnostic,
    )


def suppression_from_document(document: Document) -> Suppression:
    """The suppression that was written."""
    return Suppression(
        account=document["account"],
        address=document["address"],
        reason=Status(document["reason"]),
        created=datetime.fromtimestamp(document["created"], UTC),
        diagnostic=document.get("diagnostic", ""),
    )
