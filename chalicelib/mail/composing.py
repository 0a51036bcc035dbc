"""From a draft to the bytes of a mail: MIME (RFC 2045, 2046) in ASCII, every line short, nested as programs expect it.

multipart/mixed ( multipart/alternative ( text, multipart/related ( HTML, inline images ) ), files )

A level with only one child is left out. The mail's bytes depend on the draft, its date and its message id alone.
"""

from __future__ import annotations

import base64
import hashlib
import quopri
import re
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from chalicelib.mail import header_writing as writing
from chalicelib.mail.dates import read_date
from chalicelib.mail.inline_references import bind_references
from chalicelib.mail.plain_text import from_html

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chalicelib.mail.addresses import Address

_ALLOWED = """
in-reply-to references importance priority precedence auto-submitted organization comments keywords feedback-id
sensitivity thread-topic thread-index disposition-notification-to
"""
ALLOWED_HEADERS = frozenset(_ALLOWED.split())
"""Header fields that a draft may bring along; also all that begin with "X-" or "List-", but for X-SES-."""
MOST_HEADER_OCTETS = 256 * 1024
"""Mail programs and servers, ours too, stop reading a header somewhere above that."""
_STRUCTURED = frozenset({"in-reply-to", "references", "disposition-notification-to", "auto-submitted", "thread-index"})
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")
_CONTENT_ID = re.compile(r"[!-;=?-~]{1,200}")
_UNSAFE_7BIT = re.compile(rb"[^\t\n -~]")
_UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_BASE64_LINE_OCTETS = 57


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftAttachment:
    """A file of a draft. One with a `content_id` that the HTML names is shown inside it."""

    content: bytes
    file_name: str = ""
    media_type: str = "application/octet-stream"
    disposition: str = "attachment"
    content_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to send. Without `text`, one is made of the HTML; `received` are values of that field."""

    from_: tuple[Address, ...]
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    text: str | None = None
    html: str | None = None
    attachments: tuple[DraftAttachment, ...] = ()
    received: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


def compose(draft: Draft, *, date: datetime, message_id: str) -> bytes:
    """The mail of a draft, lines ended by CRLF; `message_id` stands without angle brackets.

    Bcc is not written. Raises ValueError, saying why, for a draft that makes no lawful mail.
    """
    header = b"".join(_header(draft, date, message_id))
    if len(header) > MOST_HEADER_OCTETS:
        raise ValueError(f"the header would be larger than {MOST_HEADER_OCTETS} bytes")
    return b"".join((header, *_content(draft, message_id)))


def _header(draft: Draft, date: datetime, message_id: str) -> list[bytes]:
    fields = [writing.structured("Received", value) for value in newest_first(draft.received)]
    fields.append(writing.mailboxes("From", draft.from_))
    for name, addresses in (("Reply-To", draft.reply_to), ("To", draft.to), ("Cc", draft.cc)):
        if addresses:
            fields.append(writing.mailboxes(name, addresses))
    fields.append(writing.field("Subject", draft.subject))
    fields.append(writing.structured("Date", format_datetime(date)))
    fields.append(writing.structured("Message-ID", f"<{message_id}>"))
    fields += [_extra(name, value) for name, value in draft.headers]
    fields.append(writing.structured("MIME-Version", "1.0"))
    return fields


def newest_first(received: Sequence[str]) -> list[str]:
    """Values of Received in the order in which they stand in a mail. Raises ValueError for one without shape."""
    dated = []
    for value in received:
        unfolded = re.sub(r"\r?\n(?=[ \t])", "", value.strip()).removeprefix("Received:").strip()
        writing.check_text(unfolded.replace("\t", " "))
        clauses, semicolon, date = unfolded.rpartition(";")
        moment = read_date(date.strip()) if semicolon and clauses.strip() else None
        if moment is None:
            raise ValueError(
                'expected clauses, ";" and a date, as in "from a.example by b.example; Tue, 24 Nov 2026 10:00:00 +0000"'
            )
        dated.append((moment, unfolded.replace("\t", " ")))
    return [value for _, value in sorted(dated, key=lambda one: one[0], reverse=True)]


def _extra(name: str, value: str) -> bytes:
    lower = name.lower()
    if lower.startswith("x-ses-") or not (lower.startswith(("x-", "list-")) or lower in ALLOWED_HEADERS):
        raise ValueError(f"the header {name[:76]!r} cannot be set")
    return (
        writing.structured(name, value)
        if lower in _STRUCTURED or lower.startswith("list-")
        else writing.field(name, value)
    )


def _content(draft: Draft, seed: str) -> list[bytes]:
    html, named = draft.html, frozenset[str]()
    if html is not None:
        html, named = bind_references(html, [one.content_id for one in draft.attachments if one.content_id])
    inline = [one for one in draft.attachments if one.content_id in named]
    files = [one for one in draft.attachments if one.content_id not in named]
    text = draft.text if draft.text is not None else from_html(html) if html is not None else ""
    shown = [_text("plain", text)]
    if html is not None:
        shown.append(_multipart("related", [_text("html", html), *(_file(one, shown=True) for one in inline)], seed))
    body = _multipart("alternative", shown, seed)
    return _multipart("mixed", [body, *(_file(one, shown=False) for one in files)], seed)


def _multipart(subtype: str, parts: list[list[bytes]], seed: str) -> list[bytes]:
    if len(parts) == 1:
        return parts[0]
    boundary = "=_" + hashlib.sha256(f"{subtype} {seed}".encode()).hexdigest()[:40]
    # Quoted-printable and Base64 cannot contain "=_"; other text can, and then the boundary is another.
    while any(b"--" + boundary.encode() in piece for part in parts for piece in part):
        boundary = "=_" + hashlib.sha256(boundary.encode()).hexdigest()[:40]
    parameters = [f'boundary="{boundary}"']
    if subtype == "related":
        # The type of the root is required (RFC 2387, 3.1).
        parameters.append('type="text/html"')
    pieces = [writing.parametrised("Content-Type", f"multipart/{subtype}", parameters), b"\r\n"]
    for part in parts:
        pieces += (f"--{boundary}\r\n".encode(), *part, b"\r\n")
    return [*pieces, f"--{boundary}--\r\n".encode()]


def _text(subtype: str, text: str) -> list[bytes]:
    octets = re.sub(r"\r\n?", "\n", text).encode("utf-8", "replace")
    if not octets.endswith(b"\n"):
        octets += b"\n"
    if not _UNSAFE_7BIT.search(octets) and max(map(len, octets.split(b"\n"))) <= writing.LONGEST_LINE:
        encoding, content = "7bit", octets
    else:
        encoding, content = "quoted-printable", quopri.encodestring(octets)
        if len(content) > len(octets) * 5 // 3:
            # Text that is mostly not ASCII is shorter in Base64; its line ends are CRLF inside too (RFC 2045, 6.8).
            encoding, content = "base64", _base64(octets.replace(b"\n", b"\r\n"))
    return [
        writing.parametrised("Content-Type", f"text/{subtype}", ["charset=utf-8"]),
        writing.structured("Content-Transfer-Encoding", encoding),
        b"\r\n",
        content.replace(b"\n", b"\r\n"),
    ]


def _file(file: DraftAttachment, *, shown: bool) -> list[bytes]:
    media_type = file.media_type.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise ValueError("expected a media type, as in image/png")
    name = _UNSAFE_NAME.sub("_", file.file_name)
    # A message in Base64 is none (RFC 2046, 5.2.1), nor is a multipart: such files travel as bytes.
    if media_type.startswith(("message/", "multipart/")):
        media_type = "application/octet-stream"
    disposition = "inline" if shown or file.disposition == "inline" else "attachment"
    fields = [
        writing.parametrised("Content-Type", media_type, writing.parameter("name", name) if name else []),
        writing.structured("Content-Transfer-Encoding", "base64"),
        writing.parametrised("Content-Disposition", disposition, writing.parameter("filename", name) if name else []),
    ]
    if file.content_id:
        if not _CONTENT_ID.fullmatch(file.content_id):
            raise ValueError("expected a content id, as in logo@mail.example")
        fields.append(writing.structured("Content-ID", f"<{file.content_id}>"))
    return [*fields, b"\r\n", _base64(file.content).replace(b"\n", b"\r\n")]


def _base64(octets: bytes) -> bytes:
    return b"".join(
        base64.b64encode(octets[start : start + _BASE64_LINE_OCTETS]) + b"\n"
        for start in range(0, len(octets), _BASE64_LINE_OCTETS)
    )
