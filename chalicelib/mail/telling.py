"""How a message is told: the JSON of its metadata, the same in lists of the API, over the WebSocket and in webhooks."""

from __future__ import annotations

import json
from bisect import bisect_right
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
_NEVER_CUT = frozenset({"_id", "inbox", "omitted"})
"""What leads to the message; an inbox's name is bounded by RFC 5321 (mail/addresses.py)."""
_LONGEST_NAME = 100


def fitted(document: Json, octets: int) -> str:
    """The document as JSON of `octets` at most.

    What makes it too long is left out, the raw mail first; "" and {} stand in its place. Where the rest is too long
    all the same, what is longest of it is cut short: texts at their end, lists after what fits. All that is not whole
    is named in `omitted`.
    """
    written = _written(document)
    omitted = list(document.get("omitted", ()))
    for name in _DROPPED_FIRST:
        if len(written) <= octets:
            return written
        if document.get(name):
            omitted.append(name)
            document = {**document, name: type(document[name])(), "omitted": omitted}
            written = _written(document)
    by_length = sorted(document, key=lambda name: len(_written(document[name])), reverse=True)
    for name in by_length:
        if len(written) <= octets:
            break
        if name in _NEVER_CUT or not isinstance(document[name], str | list | dict):
            continue
        omitted.append(name)
        document = {**document, "omitted": omitted}
        room = len(_written(document[name])) - (len(_written(document)) - octets)
        document[name] = _cut(document[name], room)
        written = _written(document)
    return written


def _written(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _cut(value: str | list[Any] | Json, room: int) -> Any:
    """As much of the beginning of a text or a list as can be written in so many letters."""
    if isinstance(value, dict):
        return {}
    if isinstance(value, list):
        # One sender with a name of a megabyte is still to be known by the address.
        value = [{**one, "name": one["name"][:_LONGEST_NAME]} if _has_name(one) else one for one in value]
    most = bisect_right(range(len(value) + 1), room, key=lambda count: len(_written(value[:count]))) - 1
    return value[: max(most, 0)]


def _has_name(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("name"), str)
