"""How a message is told: the JSON of its metadata, the same in lists of the API, over the WebSocket and in webhooks."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chalicelib.mail.addresses import Address
    from chalicelib.mail.headers import Field
    from chalicelib.mail.message import Mail, Message

Json = dict[str, Any]


RECENT_MAILS = 1024
"""Of so many mails the JSON is kept: who lists an inbox once does so again."""


class _Same:
    """A mail as a key that is equal to itself alone: to compare all that is in two mails takes longer than it saves."""

    __slots__ = ("mail",)

    def __init__(self, mail: Mail) -> None:
        self.mail = mail

    def __hash__(self) -> int:
        return id(self.mail)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.mail is other.mail


def moment(when: datetime) -> str:
    """A time as JavaScript writes it: ISO 8601 with milliseconds, in UTC."""
    return when.isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


def message(value: Message) -> Json:
    """A message with all that a list shows of it, in the names and shapes of Mailsac's public API."""
    return {
        "_id": value.id,
        **_mail(_Same(value.mail)),
        "savedBy": value.starred_by,
        "inbox": value.inbox,
        "originalInbox": value.original_inbox,
        "domain": value.domain,
        "folder": value.folder,
        "labels": list(value.labels),
        "read": value.read,
    }


@lru_cache(RECENT_MAILS)
def _mail(key: _Same) -> Json:
    mail, summary = key.mail, key.mail.summary
    return {
        "from": recipients(summary.from_),
        "to": recipients(summary.to),
        "cc": recipients(summary.cc),
        "bcc": recipients(summary.bcc),
        "subject": summary.subject,
        "received": moment(mail.receipt.received),
        "size": mail.size,
        "attachments": list(summary.attachments),
        "ip": mail.receipt.envelope.ip,
        "via": mail.receipt.envelope.via,
        "rtls": mail.receipt.envelope.tls,
        "links": list(mail.links),
        "spam": mail.receipt.spam,
    }


def recipients(addresses: Iterable[Address]) -> list[Json]:
    """Addresses, each with its name."""
    return [{"address": address.address, "name": address.name} for address in addresses]


def headers(fields: Iterable[Field]) -> Json:
    """Header fields by their lower-case names: a string, or a list of those that occur several times."""
    found: dict[str, list[str]] = {}
    for field in fields:
        found.setdefault(field.name.lower(), []).append(field.value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


_DROPPED_FIRST = ("raw", "html", "body", "headers", "text", "links")


def fitted(document: Json, octets: int) -> str:
    """The document as JSON of `octets` at most.

    What makes it too long is left out, the raw mail first, and named in `omitted`; "" and {} stand in its place.
    """
    written = json.dumps(document, separators=(",", ":"))
    omitted = list(document.get("omitted", ()))
    for name in _DROPPED_FIRST:
        if len(written) <= octets:
            break
        if document.get(name):
            omitted.append(name)
            document = {**document, name: type(document[name])(), "omitted": omitted}
            written = json.dumps(document, separators=(",", ":"))
    return written
