"""How values look in the API: the JSON of each. Their schemas are in schemas.py; a test holds one to the other.

Names and shapes follow Mailsac's public API.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chalicelib.mail.outgoing import Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chalicelib.actions.uploading import Upload
    from chalicelib.actions.validating import Validation
    from chalicelib.mail.accounts import Account, Key
    from chalicelib.mail.addresses import Address
    from chalicelib.mail.holding import Domain, Reservation
    from chalicelib.mail.message import Mail, Message
    from chalicelib.mail.outgoing import Outgoing, Suppression
    from chalicelib.mail.structure import Part, Problem

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
    """A message with all that a list shows of it."""
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
        "from": _recipients(summary.from_),
        "to": _recipients(summary.to),
        "cc": _recipients(summary.cc),
        "bcc": _recipients(summary.bcc),
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


def attachment(part: Part) -> Json:
    """An attachment's description."""
    return {
        "checksum": part.md5,
        "contentDisposition": part.disposition,
        "contentId": part.content_id,
        "contentType": part.media_type,
        "fileName": part.file_name,
        "length": part.length,
        "transferEncoding": part.transfer_encoding,
        "part": part.number,
        "sha256": part.sha256,
    }


def part(value: Part) -> Json:
    """A part of a mail's structure."""
    return {
        "number": value.number,
        "role": value.role.value,
        "contentType": value.media_type,
        "parameters": dict(value.parameters),
        "charset": value.charset,
        "transferEncoding": value.transfer_encoding,
        "contentDisposition": value.disposition,
        "contentId": value.content_id,
        "fileName": value.file_name,
        "headerRange": list(value.header),
        "bodyRange": list(value.body),
        "length": value.length,
        "md5": value.md5 or None,
        "sha256": value.sha256 or None,
    }


def problem(value: Problem) -> Json:
    """A problem of a mail."""
    return {"name": value.name, "offset": value.offset, "lossy": value.lossy}


def reservation(value: Reservation, *, encrypted_inbox: str | None = None) -> Json:
    """A reserved address. The live switch goes by both spellings that clients know."""
    return {
        "_id": value.inbox,
        "owner": value.owner,
        "info": value.info,
        "forward": value.forward or None,
        "enablews": value.enablews,
        "enabledws": value.enablews,
        "webhook": value.webhook or None,
        "webhookSlack": value.webhook_slack or None,
        "webhookSlackToFrom": value.webhook_slack_to_from,
        "catchAll": value.catch_all,
        "password": None,
        "created": moment(value.created),
        "updated": moment(value.updated),
        "encryptedInbox": encrypted_inbox,
    }


def domain(value: Domain) -> Json:
    """A hosted domain."""
    return {
        "_id": value.name,
        "owner": value.owner,
        "created": moment(value.created),
        "updated": moment(value.updated),
        "enablews": value.enablews,
        "hosted": False,
        "isDefault": False,
        "isPrivate": value.private,
        "verified": value.verified,
        "verifiedMx": value.verified_mx,
        "verificationTxt": value.verification_txt,
        "lastVerificationErrors": value.last_verification_errors,
    }


def validation(value: Validation) -> Json:
    """What is known of an email address. Clients know two spellings of its validity."""
    return {
        "email": value.email,
        "validFormat": value.valid,
        "isValidFormat": value.valid,
        "local": value.local,
        "domain": value.domain,
        "isDisposable": bool(value.disposable_domains),
        "disposableDomains": list(value.disposable_domains),
        "aliases": list(value.aliases),
    }


def sent(value: Outgoing) -> Json:
    """The answer to a mail that was accepted."""
    return {"from": value.sender, "to": [one.address for one in value.recipients], "id": value.id}


_SHOWN = {Status.SENDING: "queued", Status.DEFERRED: "delayed"}
"""Two states are ours alone: to a client they look as these do."""


def outgoing(value: Outgoing) -> Json:
    """A mail that goes out, and what became of it."""
    return {
        "id": value.id,
        "from": value.sender,
        "to": [one.address for one in value.recipients],
        "subject": value.subject,
        "messageId": value.message_id,
        "created": moment(value.created),
        "size": value.size,
        "status": _SHOWN.get(value.status, value.status.value),
        "recipients": [
            {
                "address": one.address,
                "status": _SHOWN.get(one.status, one.status.value),
                "diagnostic": one.diagnostic,
                "updated": moment(one.updated) if one.updated else None,
            }
            for one in value.recipients
        ],
    }


def suppression(value: Suppression) -> Json:
    """A suppressed address."""
    return {
        "address": value.address,
        "reason": value.reason.value,
        "diagnostic": value.diagnostic,
        "created": moment(value.created),
    }


def upload(value: Upload, *, origin: str) -> Json:
    """A place for a file; `origin` is put before a URL that has no host."""
    url = value.slot.url
    return {
        "id": value.id,
        "method": "PUT",
        "url": origin + url if url.startswith("/") else url,
        "headers": dict(value.slot.headers),
        "expires": moment(value.expires),
    }


def key(value: Key) -> Json:
    """An API key, without its secret."""
    return {"_id": value.id, "account": value.account, "label": value.label, "created": moment(value.created)}


def account(value: Account) -> Json:
    """An account."""
    return {"_id": value.id, "admin": value.admin, "created": moment(value.created)}


def _recipients(addresses: Iterable[Address]) -> list[Json]:
    return [{"address": address.address, "name": address.name} for address in addresses]
