"""How values look in the API: the JSON of each. Their schemas are in schemas.py; a test holds one to the other.

Names and shapes follow Mailsac's public API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chalicelib.actions.validating import Validation
    from chalicelib.mail.accounts import Account, Key
    from chalicelib.mail.addresses import Address
    from chalicelib.mail.blocking import BlockRule
    from chalicelib.mail.holding import Domain, Reservation
    from chalicelib.mail.message import Message
    from chalicelib.mail.structure import Part, Problem
    from chalicelib.ports.perimeter import EdgeState

Json = dict[str, Any]


def moment(when: datetime) -> str:
    """A time as JavaScript writes it: ISO 8601 with milliseconds, in UTC."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def message(value: Message) -> Json:
    """A message with all that a list shows of it."""
    mail, summary = value.mail, value.mail.summary
    return {
        "_id": value.id,
        "from": _recipients(summary.from_),
        "to": _recipients(summary.to),
        "cc": _recipients(summary.cc),
        "bcc": _recipients(summary.bcc),
        "subject": summary.subject,
        "savedBy": value.starred_by,
        "inbox": value.inbox,
        "originalInbox": value.original_inbox,
        "domain": value.domain,
        "received": moment(mail.receipt.received),
        "size": mail.size,
        "attachments": list(summary.attachments),
        "ip": mail.receipt.envelope.ip,
        "via": mail.receipt.envelope.via,
        "folder": value.folder,
        "labels": list(value.labels),
        "read": value.read,
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


def key(value: Key) -> Json:
    """An API key, without its secret."""
    return {"_id": value.id, "account": value.account, "label": value.label, "created": moment(value.created)}


def account(value: Account) -> Json:
    """An account."""
    return {"_id": value.id, "admin": value.admin, "created": moment(value.created)}


def _recipients(addresses: Iterable[Address]) -> list[Json]:
    return [{"address": address.address, "name": address.name} for address in addresses]


def ip_rule(value: BlockRule) -> Json:
    """A rule about who is shut out."""
    return {
        "_id": value.subject,
        "action": value.action.value,
        "scope": value.scope.value,
        "reason": value.reason,
        "madeBy": value.made_by,
        "created": moment(value.created),
        "expires": moment(value.expires) if value.expires else None,
        "hits": value.hits,
        "lastHit": moment(value.last_hit) if value.last_hit else None,
    }


def edge_state(value: EdgeState) -> Json:
    """How an edge stands."""
    return {
        "_id": value.name,
        "placed": value.placed,
        "room": value.room,
        "left": value.left,
        "succeeded": moment(value.succeeded) if value.succeeded else None,
        "failure": value.failure,
    }
