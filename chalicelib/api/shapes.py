"""How values look in the API: the JSON of each. Their schemas are in schemas.py; a test holds one to the other.

Names and shapes follow Mailsac's public API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.mail.outgoing import Status

# Told the same way outside of the API.
from chalicelib.mail.telling import message as message  # noqa: PLC0414 - offered to the API from here
from chalicelib.mail.telling import moment as moment  # noqa: PLC0414 - as above

if TYPE_CHECKING:
    from chalicelib.actions.uploading import Upload
    from chalicelib.actions.validating import Validation
    from chalicelib.mail.accounts import Account, Key
    from chalicelib.mail.blocking import BlockRule
    from chalicelib.mail.holding import Domain, Reservation
    from chalicelib.mail.hook import Delivery, Hook
    from chalicelib.mail.job import BuriedJob
    from chalicelib.mail.outgoing import Outgoing, Suppression
    from chalicelib.mail.structure import Part, Problem
    from chalicelib.mail.trace import Hop
    from chalicelib.ports.perimeter import EdgeState

Json = dict[str, Any]


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


def hop(value: Hop) -> Json:
    """A server that a mail passed. `delay` is in seconds, after the hop before."""
    return {
        "from": value.from_,
        "by": value.by,
        "with": value.with_,
        "id": value.id,
        "for": value.for_,
        "date": moment(value.date) if value.date else None,
        "delay": value.delay,
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


def hook(value: Hook) -> Json:
    """A webhook, with its signing secret: it is its owner's."""
    return {
        "_id": value.id,
        "scope": value.scope,
        "url": value.url,
        "implicit": value.implicit,
        "secret": value.secret,
        "paused": value.paused,
        "failingSince": moment(value.failing_since) if value.failing_since else None,
        "created": moment(value.created),
        "updated": moment(value.updated),
    }


def delivery(value: Delivery) -> Json:
    """A try to tell a webhook."""
    return {
        "_id": value.id,
        "webhookId": value.webhook_id,
        "inbox": value.inbox,
        "message": value.message,
        "at": moment(value.moment),
        "status": value.status,
        "seconds": value.seconds,
        "answer": value.answer,
        "failure": value.failure,
        "succeeded": value.succeeded,
    }


def dead_letter(value: BuriedJob) -> Json:
    """A job that was given up."""
    return {
        "_id": value.job.id,
        "kind": value.job.kind,
        "attempts": value.job.attempts,
        "reason": value.reason,
        "created": moment(value.job.created),
        "buried": moment(value.buried),
        "payload": value.job.payload,
    }


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
