"""The Sender port without a way out: every mail goes into the local inboxes of its recipients, whoever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.expiring import trim
from chalicelib.actions.receiving import Arrival, deliver
from chalicelib.mail.message import Envelope
from chalicelib.mail.outgoing import Change, Dispatch, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.mail.outgoing import Outgoing
    from chalicelib.ports import Backend


class LocalDelivery:
    """See ports.Sender. The mail goes by the id that it has in the outbox: delivered again, it is still there once."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def send(self, outgoing: Outgoing, recipients: Sequence[str], raw: bytes) -> Dispatch:
        hostname = self._backend.policy.hostname
        envelope = Envelope(sender=outgoing.sender, recipients=tuple(recipients), helo=hostname, via=hostname)
        receipt = deliver(self._backend, outgoing.id, Arrival(envelope=envelope, content=raw))
        trim(self._backend, recipients)
        return Dispatch(
            provider_id=receipt.id,
            changes=tuple(
                Change(address=one, status=Status.DELIVERED, diagnostic="kept in the local inbox") for one in recipients
            ),
        )
