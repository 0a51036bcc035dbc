"""Taking mail in: kept first, then indexed; only then may the sender be told that it was taken."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.actions.announcing import jobs_of
from chalicelib.actions.reading import Opened
from chalicelib.actions.rendering import render_ahead
from chalicelib.actions.routing import routes_of
from chalicelib.errors import RestanteError
from chalicelib.mail.addresses import distinct, inbox_of
from chalicelib.mail.describing import describe
from chalicelib.mail.ids import message_id, moment_of
from chalicelib.mail.message import Entry, Envelope, Mail, Message, Receipt
from chalicelib.mail.searching import words_of
from chalicelib.mail.trace_header import trace_header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.mail.names import MailId
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
    taken = [_received(backend, backend.new_id(), arrival) for arrival in arrivals]
    backend.raw.put(taken)
    try:
        backend.register.add([entry_of(backend, receipt, raw) for receipt, raw in taken])
    except BaseException:
        # The senders will send these mails again: kept here, they would be found later, and be there twice.
        for receipt, _ in taken:
            with suppress(RestanteError):
                _take_back(backend, receipt)
        raise
    return tuple(receipt for receipt, _ in taken)


def _take_back(backend: Backend, receipt: Receipt) -> None:
    # What failed may have failed after the mail was indexed: then it has to keep its bytes.
    first = routes_of(backend, receipt.envelope.recipients[:1])[0]
    if backend.index.message(first.inbox, message_id(receipt.id, 0)) is None:
        backend.raw.delete([receipt])


def deliver(backend: Backend, mail: MailId, arrival: Arrival) -> Receipt:
    """Take one mail, as `receive` does, under an id that it has already; doing it again changes nothing."""
    receipt, raw = _received(backend, mail, arrival)
    backend.raw.put([(receipt, raw)])
    backend.register.add([entry_of(backend, receipt, raw)])
    return receipt


def file_away(backend: Backend, mail: MailId, arrival: Arrival, *, folder: str) -> None:
    """As `deliver`, into that folder, read already; nobody is told, for nothing has arrived."""
    receipt, raw = _received(backend, mail, arrival)
    backend.raw.put([(receipt, raw)])
    entry = entry_of(backend, receipt, raw)
    messages = tuple(replace(message, folder=folder, read=True) for message in entry.messages)
    backend.register.add([replace(entry, messages=messages, jobs=())])


def _received(backend: Backend, mail: MailId, arrival: Arrival) -> tuple[Receipt, Octets]:
    envelope = arrival.envelope
    if len(envelope.recipients) > 1:
        # A recipient that a client repeats is still one, and gets the mail once.
        envelope = replace(envelope, recipients=distinct(envelope.recipients))
    receipt = Receipt(id=mail, received=moment_of(mail), envelope=envelope)
    header = trace_header(receipt, hostname=backend.policy.hostname)
    return receipt, b"".join((header, arrival.content))


def index_stored(backend: Backend, receipt: Receipt) -> Entry:
    """Index a mail whose raw bytes are kept already; doing it again changes nothing. Raises NotFound, Unavailable.

    What will be read first of it is rendered while its bytes are at hand.
    """
    raw = backend.raw.read(receipt)
    entry = entry_of(backend, receipt, raw)
    backend.register.add([entry])
    for message in entry.messages[:1]:
        render_ahead(Opened(backend, message, entry.structure, raw))
    return entry


def entry_of(backend: Backend, receipt: Receipt, raw: Octets) -> Entry:
    """What the index says of a mail: from its bytes, its receipt, and who owns the inboxes it goes to.

    A mail that was moved here makes no jobs: who was to be told of it was told where it arrived.
    """
    policy = backend.policy
    description = describe(raw, policy.bounds)
    mail = Mail(receipt=receipt, size=len(raw), summary=description.summary, links=description.links)
    routes = routes_of(backend, receipt.envelope.recipients)
    messages = tuple(
        Message(
            id=message_id(receipt.id, number),
            mail=mail,
            inbox=route.inbox,
            original_inbox=route.recipient,
            owner=route.owner,
        )
        for number, route in enumerate(routes)
    )
    inboxes = dict.fromkeys(route.inbox for route in routes)
    words = words_of(description.summary, inboxes, description.text, limit=policy.search_words)
    jobs = () if receipt.moved else jobs_of(backend, messages, [route.holding for route in routes])
    return Entry(mail=mail, structure=description.structure, messages=messages, words=words, jobs=jobs)
