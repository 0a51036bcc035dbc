"""Forwarding mail to another address: the original stays as it is, and no mail goes in circles."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.actions.announcing import settled_by
from chalicelib.actions.owning import holding_of
from chalicelib.actions.reading import find_message, raw_mail
from chalicelib.actions.receiving import admits, entry_of
from chalicelib.actions.routing import routes_of
from chalicelib.actions.sending import pass_on
from chalicelib.actions.working import NeverError
from chalicelib.errors import NotFound, Unprocessable
from chalicelib.mail.addresses import inbox_of
from chalicelib.mail.headers import read_fields
from chalicelib.mail.ids import ENTROPY_BYTES, mail_id, moment_of
from chalicelib.mail.message import Receipt
from chalicelib.mail.names import Inbox
from chalicelib.mail.trace_header import trace_header

if TYPE_CHECKING:
    from chalicelib.mail.holding import Reservation
    from chalicelib.mail.job import Job
    from chalicelib.mail.message import Message
    from chalicelib.ports import Backend

MARK = "X-Restante-Forwarded"
"""The header field that names each inbox which has forwarded a mail."""
MOST_RECEIVED = 50
"""A mail with more Received fields goes in circles (RFC 5321, 6.3, asks for a limit, of 100 at least in total)."""
_RETURN_PATH = re.compile(rb"\AReturn-Path:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE)
_HEADER = re.compile(rb"\A.*?(?:\r?\n\r?\n|\Z)", re.DOTALL)


def forward(backend: Backend, job: Job) -> None:
    """Do a job of kind "forward". Where the address forwards no more, or the mail is gone, needs nothing.

    Done again, the mail arrives once all the same: its id is made from the job's.
    """
    inbox = Inbox(job.payload["inbox"])
    settled = settled_by(holding_of(backend, inbox))
    if settled is None or not settled.forward:
        return
    try:
        message = find_message(backend, inbox, job.payload["message"])
        raw = raw_mail(backend, message)
    except NotFound:
        return
    inside = is_inside(backend, settled.forward)
    to = routes_of(backend, [settled.forward])[0].inbox if inside else Inbox(inbox_of(settled.forward))
    if to == inbox:
        # A catch-all may forward to an address that it catches: that has the mail already.
        return
    refusal = circle(raw, inbox, to)
    if refusal:
        raise NeverError(refusal)
    if inside:
        _forward_inside(backend, message, marked(raw, inbox), settled.forward, job)
    else:
        _forward_outside(backend, settled, inbox, marked(raw, inbox), job)


def is_inside(backend: Backend, address: str) -> bool:
    """Whether mail to an address is taken here: to a hosted and verified domain, or to one that the settings name.

    A domain that nobody proved to be theirs counts for nothing: its mail belongs where the DNS says.
    """
    return admits(backend.policy, address) or holding_of(backend, Inbox(inbox_of(address))).host is not None


def circle(raw: bytes, inbox: Inbox, to: Inbox) -> str | None:
    """Why a mail may not be forwarded from this inbox (again), or to another that has had it; None when it may."""
    header = _HEADER.match(raw)
    fields = read_fields(header[0]) if header else ()
    passed = {inbox_of(field.value) for field in fields if field.name.lower() == MARK.lower()}
    for one in (inbox, to):
        if one in passed:
            return f"{one} has forwarded this mail before: it goes in circles"
    if sum(field.name.lower() == "received" for field in fields) > MOST_RECEIVED:
        return f"The mail has passed more than {MOST_RECEIVED} servers: it goes in circles"
    return None


def marked(raw: bytes, inbox: Inbox) -> bytes:
    """The mail as it is forwarded: our Return-Path off, our mark on top, and not one byte of the original changed.

    What a signature covers (RFC 6376, 3.7) stays valid: fields are added above it only.
    """
    name = re.sub(r"[\x00-\x20\x7f]", "", inbox)
    return f"{MARK}: {name}\r\n".encode("utf-8", "surrogateescape") + _RETURN_PATH.sub(b"", raw, count=1)


def _forward_outside(backend: Backend, settled: Reservation, inbox: Inbox, content: bytes, job: Job) -> None:
    # The reverse-path is ours: what bounces comes back to the inbox, and our own domain vouches for it (SPF, RFC 7208).
    try:
        pass_on(backend, settled.owner, content, sender=inbox, to=settled.forward, key=f"forward {job.id}")
    except Unprocessable as error:
        raise NeverError(error.message) from None


def _forward_inside(backend: Backend, message: Message, content: bytes, to: str, job: Job) -> None:
    entropy = hashlib.sha256(job.id.encode("utf-8", "surrogatepass")).digest()[:ENTROPY_BYTES]
    mail = mail_id(message.mail.receipt.received, entropy)
    before = message.mail.receipt.envelope
    receipt = Receipt(id=mail, received=moment_of(mail), envelope=replace(before, recipients=(to,)))
    raw = trace_header(receipt, hostname=backend.policy.hostname) + content
    backend.raw.put([(receipt, raw)])
    entry = entry_of(backend, receipt, raw)
    # The inbox that the sender wrote to is what clients look for after a redirect.
    messages = tuple(replace(one, original_inbox=message.original_inbox) for one in entry.messages)
    backend.register.add([replace(entry, messages=messages)])
