"""A message as it is told to webhooks and listeners: everything that they may want, within a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import reading
from chalicelib.actions.linking import raw_link
from chalicelib.actions.rendering import safe_body_of, text_of
from chalicelib.actions.reserving import secret_name
from chalicelib.mail import telling
from chalicelib.mail.summary import body_parts
from chalicelib.mail.telling import fitted

if TYPE_CHECKING:
    from chalicelib.actions.reading import Opened
    from chalicelib.mail.message import Message
    from chalicelib.mail.names import Inbox
    from chalicelib.mail.telling import Json
    from chalicelib.ports import Backend

FRAME_OCTETS = 128 * 1024
"""The most a WebSocket message may take at API Gateway (its quotas), and so in both worlds."""
PAYLOAD_OCTETS = 512 * 1024
"""The most a webhook is sent; Standard Webhooks advises against more than 20 KB, but there is a link in its place."""
_WRAPPING = 64
"""More than the octets that a frame has around the two copies of its document."""


def told(backend: Backend, inbox: Inbox, message: str, *, octets: int) -> Json:
    """A message's metadata, text, HTML, header fields and raw mail. Raises NotFound, Unavailable.

    `html` is the mail's own HTML, `body` the same without scripts, images and anything remote. What alone is larger
    than `octets` is not even read, and named in `omitted`; `rawUrl` leads to the raw mail without a key, for a day.
    """
    opened = reading.open_message(backend, inbox, message)
    found = opened.message
    parts = body_parts(opened.structure)
    omitted = []
    raw = html = body = text = ""
    if found.mail.size <= octets:
        raw = reading.raw_mail(backend, found).decode("utf-8", "replace")
    else:
        omitted.append("raw")
    if sum(part.length for part in (*parts.text, *parts.html)) <= octets:
        text, body, html = (
            text_of(opened),
            safe_body_of(opened),
            reading.own_html(opened),
        )
    else:
        omitted += ["html", "body", "text"]
    summary = found.mail.summary
    return {
        **telling.message(found),
        "messageId": summary.message_id,
        "date": telling.moment(summary.date) if summary.date else None,
        "receivedDate": telling.moment(found.mail.receipt.received),
        "replyTo": telling.recipients(summary.reply_to),
        "priority": _priority(opened),
        "encryptedInbox": secret_name(backend, inbox),
        "headers": telling.headers(reading.header_fields(opened)),
        "text": text,
        "html": html,
        "body": body,
        "raw": raw,
        "rawUrl": raw_link(backend, found),
        "omitted": omitted,
    }


def frame_of(backend: Backend, message: Message) -> str:
    """The frame that tells of a message, FRAME_OCTETS at most.

    The fields stand in it flat, as older clients read them, and again in `email`, as they are documented.
    """
    half = (FRAME_OCTETS - _WRAPPING) // 2
    document = fitted(told(backend, message.inbox, message.id, octets=half), half)
    return f'{{"status":200,"email":{document},{document[1:]}'


def event_of(backend: Backend, message: Message) -> str:
    """The data of a server-sent event that tells of a message."""
    return fitted(told(backend, message.inbox, message.id, octets=FRAME_OCTETS), FRAME_OCTETS)


def _priority(opened: Opened) -> str:
    """The urgency that the sender gives the mail: "high", "normal" or "low" (RFC 2156, 5.3.6; X-Priority by custom)."""
    said = {field.name.lower(): field.value.strip().lower() for field in reading.header_fields(opened)}
    word = said.get("importance") or said.get("priority") or said.get("x-priority", "")[:1]
    return {"high": "high", "urgent": "high", "1": "high", "2": "high", "low": "low", "non-urgent": "low"}.get(
        word, "low" if word in {"4", "5"} else "normal"
    )
