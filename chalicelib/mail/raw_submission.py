"""A whole mail that a client brings (RFC 5322), made fit to be sent without touching what it says.

Its line ends become CRLF, Bcc is taken out, and the fields that every mail must have are put before it where they are
missing (RFC 5322, 3.6; RFC 6409, 8: what a submission server may do). All else stays, byte for byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from chalicelib.mail import header_writing as writing
from chalicelib.mail.addresses import is_address, read_addresses
from chalicelib.mail.entity import Problems, find_body, skip_envelope
from chalicelib.mail.headers import read_fields

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chalicelib.mail.addresses import Address
    from chalicelib.mail.headers import Field

_LINE_END = re.compile(rb"\r\n|\r|\n")
_FIELD = re.compile(rb"(?m)^([!-9;-~\x80-\xff]+)[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*")
_HIDDEN = frozenset({b"bcc", b"resent-bcc"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A mail that can be sent, and what its header says of who sends it to whom. Bcc counts among the recipients."""

    raw: bytes
    senders: tuple[str, ...]
    recipients: tuple[str, ...]
    subject: str
    message_id: str


def repair(raw: bytes, *, date: datetime, message_id: str, sender: Address | None = None) -> Submission:
    """The mail as it can be sent; `date`, `message_id` and `sender` are used where it has none of its own."""
    content = raw if _is_crlf_only(raw) else _LINE_END.sub(b"\r\n", raw)
    header, body = _split(content)
    fields = read_fields(header)
    names = {field.name.lower() for field in fields}
    added = b""
    if "from" not in names and sender is not None:
        added += writing.mailboxes("From", [sender])
    if "date" not in names:
        added += writing.structured("Date", format_datetime(date))
    if "message-id" not in names:
        added += writing.structured("Message-ID", f"<{message_id}>")
    return Submission(
        raw=b"".join((added, _without_hidden(header), b"\r\n", body)),
        senders=_addresses(fields, "from", "sender") or ((sender.address,) if sender else ()),
        recipients=_addresses(fields, "to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"),
        subject=next((field.value for field in fields if field.name.lower() == "subject"), ""),
        message_id=next((f.value.strip("<> ") for f in fields if f.name.lower() == "message-id"), message_id),
    )


def _is_crlf_only(raw: bytes) -> bool:
    return raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")


def _split(content: bytes) -> tuple[bytes, bytes]:
    """Header and body, where our parser sees them; an mbox's first line and a byte order mark belong to neither."""
    first = skip_envelope(content)
    header_end, body = find_body(content, first, Problems(0), lambda _: None)
    header = content[first:header_end]
    return header if not header or header.endswith(b"\r\n") else header + b"\r\n", content[body:]


def _without_hidden(header: bytes) -> bytes:
    return _FIELD.sub(lambda found: b"" if found[1].lower() in _HIDDEN else found[0], header)


def _addresses(fields: Iterable[Field], *names: str) -> tuple[str, ...]:
    found = (
        address.address for field in fields if field.name.lower() in names for address in read_addresses(field.raw)
    )
    return tuple(dict.fromkeys(address for address in found if is_address(address)))
