"""Taking mail in: kept first, then indexed; only then may the sender be told that it was taken."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.mail.addresses import inbox_of
from chalicelib.mail.describing import describe
from chalicelib.mail.ids import message_id, moment_of
from chalicelib.mail.message import Entry, Envelope, Inbox, Mail, Message, Receipt
from chalicelib.mail.trace_header import trace_header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.mail.structure import Octets
    from chalicelib.ports import Backend, Policy

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A mail at the door: the SMTP envelope, and the bytes that came in DATA with dots unstuffed (RFC 5321, 4.5.2)."""

    envelope: Envelope
    content: bytes | bytearray


def admits(policy: Policy, recipient: str) -> bool:
    """Whether mail to this recipient is taken here at all."""
    return not policy.domains or inbox_of(recipient).rpartition("@")[2] in policy.domains


def receive(backend: Backend, arrivals: Sequence[Arrival]) -> tuple[Receipt, ...]:
    """Take these mails, each with one message for each envelope recipient; answers with their receipts in order.

    When it returns every mail is safe and can be read. When it raises (Unavailable), none may be acknowledged;
    the senders will try again.
    """
    taken: list[tuple[Receipt, Octets]] = []
    for arrival in arrivals:
        mail = backend.new_id()
        receipt = Receipt(id=mail, received=moment_of(mail), envelope=arrival.envelope)
        header = trace_header(receipt, hostname=backend.policy.hostname)
        taken.append((receipt, b"".join((header, arrival.content))))
    backend.raw.put(taken)
    backend.index.add([entry_of(backend.policy, receipt, raw) for receipt, raw in taken])
    return tuple(receipt for receipt, _ in taken)


def index_stored(backend: Backend, receipt: Receipt) -> None:
    """Index a mail whose raw bytes are kept already; doing it again changes nothing. Raises NotFound, Unavailable."""
    backend.index.add([entry_of(backend.policy, receipt, backend.raw.read(receipt))])


def entry_of(policy: Policy, receipt: Receipt, raw: Octets) -> Entry:
    """What the index says of a mail: a pure function of its bytes and its receipt."""
    structure, summary, links = describe(raw, policy.bounds)
    mail = Mail(receipt=receipt, size=len(raw), summary=summary, links=links)
    messages = tuple(
        Message(id=message_id(receipt.id, index), mail=mail, inbox=Inbox(inbox_of(recipient)), original_inbox=recipient)
        for index, recipient in enumerate(receipt.envelope.recipients)
    )
    return Entry(mail=mail, structure=structure, messages=messages)
