"""Reservations and domains as documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.mail.holding import Domain, Reservation
from chalicelib.mail.records import filled

if TYPE_CHECKING:
    from chalicelib.mail.records import Document


def reservation_to_document(reservation: Reservation) -> Document:
    """A reservation as JSON values."""
    return filled(
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
    return filled(
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
