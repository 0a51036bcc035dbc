"""Mail that goes out, and suppressions, as documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.mail.names import MailId
from chalicelib.mail.outgoing import Outgoing, Progress, Status, Suppression
from chalicelib.mail.records import filled

if TYPE_CHECKING:
    from chalicelib.mail.records import Document


def outgoing_to_document(outgoing: Outgoing) -> Document:
    """A mail that goes out as JSON values."""
    return filled(
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
    return filled(
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
    return filled(
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
