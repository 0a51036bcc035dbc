"""What lists of messages show of a mail, and which of its parts are its own text, HTML and attachments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import addresses, dates, headers
from .structure import Role

if TYPE_CHECKING:
    from datetime import datetime

    from .addresses import Address
    from .structure import Octets, Part, Structure

_SHOWN = re.compile(
    rb"^(subject|from|to|cc|bcc|reply-to|date|message-id)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The header fields and attachments that a list of messages shows.

    `date` is in UTC; `message_id` has no angle brackets; `attachments` are the MD5 digests in the order of
    the parts.
    """

    subject: str = ""
    from_: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    date: datetime | None = None
    message_id: str = ""
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyParts:
    """The parts of a mail that its reader sees: not the containers, and nothing inside embedded messages."""

    text: tuple[Part, ...] = ()
    html: tuple[Part, ...] = ()
    attachments: tuple[Part, ...] = ()


def summarise(raw: Octets, structure: Structure) -> Summary:
    """Read the fields that lists show from the header of the root; the first of a field that occurs twice counts."""
    span = structure.parts[0].header
    header = headers.lines(bytes(raw[span.start : span.end]))
    values: dict[str, bytes] = {}
    for field in _SHOWN.finditer(header):
        values.setdefault(field[1].decode("ascii").lower(), field[2])

    def mailboxes(name: str) -> tuple[Address, ...]:
        return addresses.read_addresses(values[name]) if name in values else ()

    return Summary(
        subject=headers.decode_text(values.get("subject", b"")),
        from_=mailboxes("from"),
        to=mailboxes("to"),
        cc=mailboxes("cc"),
        bcc=mailboxes("bcc"),
        reply_to=mailboxes("reply-to"),
        date=dates.read_date(headers.unfold(values.get("date", b""))),
        message_id=headers.decode_text(values.get("message-id", b"")).strip("<> \t"),
        attachments=tuple(part.md5 for part in body_parts(structure).attachments),
    )


def body_parts(structure: Structure) -> BodyParts:
    """Sort the mail's own parts by their role, in the order of their bytes."""
    own = [part for part in structure.parts if not part.embedded]
    return BodyParts(
        text=tuple(part for part in own if part.role is Role.TEXT),
        html=tuple(part for part in own if part.role is Role.HTML),
        attachments=tuple(part for part in own if part.role is Role.ATTACHMENT),
    )
