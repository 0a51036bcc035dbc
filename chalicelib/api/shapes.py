"""How values look in the API: the JSON of each, and its schema in the OpenAPI document.

Names and shapes follow Mailsac's public API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chalicelib.api.fields import Schema
    from chalicelib.mail.addresses import Address
    from chalicelib.mail.message import Message
    from chalicelib.mail.structure import Part, Problem

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


def _recipients(addresses: Iterable[Address]) -> list[Json]:
    return [{"address": address.address, "name": address.name} for address in addresses]


def ref(name: str) -> Schema:
    """A reference to one of SCHEMAS."""
    return {"$ref": f"#/components/schemas/{name}"}


def listing(of: Schema) -> Schema:
    """The schema of a list."""
    return {"type": "array", "items": of}


def _nullable(kind: str, **more: Any) -> Schema:
    return {"type": [kind, "null"], **more}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_RANGE: Schema = {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}

SCHEMAS: dict[str, Schema] = {
    "Recipient": _object(address=_TEXT, name=_TEXT),
    "Message": _object(
        _id=_TEXT,
        **{"from": listing(ref("Recipient"))},
        to=listing(ref("Recipient")),
        cc=listing(ref("Recipient")),
        bcc=listing(ref("Recipient")),
        subject=_TEXT,
        savedBy=_nullable("string", description="The account that starred the message."),
        inbox=_TEXT,
        originalInbox={**_TEXT, "description": "The recipient as the sender wrote it, plus tag included."},
        domain=_TEXT,
        received={**_TEXT, "format": "date-time"},
        size={**_COUNT, "description": "Bytes of the raw mail, trace header included."},
        attachments={**listing(_TEXT), "description": "The MD5 of each attachment."},
        ip={**_TEXT, "description": "The address that delivered the mail to us."},
        via={**_TEXT, "description": "The server that took the mail."},
        folder=_TEXT,
        labels=listing(_TEXT),
        read=_nullable("boolean"),
        rtls={"type": "boolean", "description": "Whether the mail came over TLS."},
        links=listing(_TEXT),
        spam=_nullable("number", minimum=0, maximum=1),
    ),
    "Attachment": _object(
        checksum={**_TEXT, "description": "MD5 of the decoded content."},
        contentDisposition=_nullable("string"),
        contentId=_nullable("string"),
        contentType=_TEXT,
        fileName=_nullable("string"),
        length={**_COUNT, "description": "Bytes of the decoded content."},
        transferEncoding=_TEXT,
        part={**_TEXT, "description": "The number of the part in the mail's structure."},
        sha256=_TEXT,
    ),
    "Part": _object(
        number=_TEXT,
        role={"type": "string", "enum": ["container", "text", "html", "attachment"]},
        contentType=_TEXT,
        parameters={"type": "object", "additionalProperties": _TEXT},
        charset=_nullable("string"),
        transferEncoding=_TEXT,
        contentDisposition=_nullable("string"),
        contentId=_nullable("string"),
        fileName=_nullable("string"),
        headerRange=_RANGE,
        bodyRange=_RANGE,
        length=_COUNT,
        md5=_nullable("string"),
        sha256=_nullable("string"),
    ),
    "Problem": _object(name=_TEXT, offset=_COUNT, lossy={"type": "boolean"}),
    "Structure": _object(size=_COUNT, parts=listing(ref("Part")), problems=listing(ref("Problem"))),
    "MessageCount": _object(count=_COUNT, inbox=_TEXT),
    "Deleted": _object(_id=_TEXT, inbox=_TEXT, message=_TEXT),
    "Health": _object(status=_TEXT),
    "Error": {
        "type": "object",
        "required": ["error", "message"],
        "properties": {
            "error": {**_TEXT, "description": "The kind of error, a word that stays the same."},
            "message": {**_TEXT, "description": "What is wrong, for people."},
            "validationErrors": listing(_object(field=_TEXT, message=_TEXT)),
        },
    },
}
