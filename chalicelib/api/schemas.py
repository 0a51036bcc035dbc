"""The schemas of what the API answers with, for the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.api.fields import Schema


def ref(name: str) -> Schema:
    """A reference to one of SCHEMAS."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(of: Schema) -> Schema:
    """The schema of a list."""
    return {"type": "array", "items": of}


def _nullable(kind: str, **more: Any) -> Schema:
    return {"type": [kind, "null"], **more}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_RANGE: Schema = {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}
_STATUS: Schema = {
    "type": "string",
    "enum": ["queued", "sent", "delivered", "bounced", "complained", "delayed", "failed"],
}

SCHEMAS: dict[str, Schema] = {
    "Recipient": _object(address=_TEXT, name=_TEXT),
    "Message": _object(
        _id={**_TEXT, "description": "The message's id: it sorts by arrival, and nobody can guess it."},
        **{"from": list_of(ref("Recipient"))},
        to=list_of(ref("Recipient")),
        cc=list_of(ref("Recipient")),
        bcc=list_of(ref("Recipient")),
        subject=_TEXT,
        savedBy=_nullable("string", description="The account that starred the message."),
        inbox={**_TEXT, "description": "The address in whose inbox the message is."},
        originalInbox={**_TEXT, "description": "The recipient as the sender wrote it, plus tag included."},
        domain=_TEXT,
        received={**_TEXT, "format": "date-time", "description": "When it arrived here."},
        size={**_COUNT, "description": "Bytes of the raw mail, trace header included."},
        attachments={**list_of(_TEXT), "description": "The MD5 of each attachment."},
        ip={**_TEXT, "description": "The address that delivered the mail to us."},
        via={**_TEXT, "description": "The server that took the mail."},
        folder=_TEXT,
        labels=list_of(_TEXT),
        read=_nullable("boolean", description="Null until somebody marks it."),
        rtls={"type": "boolean", "description": "Whether the mail came over TLS."},
        links={**list_of(_TEXT), "description": "The web addresses in its text and HTML."},
        spam=_nullable(
            "number", minimum=0, maximum=1, description="How much it looks like spam, where somebody said so."
        ),
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
    "Hop": _object(
        **{"from": _TEXT, "by": _TEXT, "with": _TEXT, "id": _TEXT, "for": _TEXT},
        date=_nullable("string", format="date-time"),
        delay={"type": "number", "description": "Seconds after the hop before."},
    ),
    "Structure": _object(size=_COUNT, parts=list_of(ref("Part")), problems=list_of(ref("Problem"))),
    "Overview": _object(
        message=ref("Message"),
        hasHtml={"type": "boolean"},
        hasText={"type": "boolean"},
        remote={**_COUNT, "description": "How much the HTML would fetch from elsewhere."},
        code=_nullable("string", description="The one-time code, where there is one."),
        parts=list_of(ref("Part")),
        problems=list_of(ref("Problem")),
    ),
    "Labelled": _object(_id=_TEXT, labels=list_of(_TEXT)),
    "Foldered": _object(_id=_TEXT, folder=_TEXT),
    "ReadStatus": _object(_id=_TEXT, read={"type": "boolean"}),
    "AccountInbox": _object(messages=list_of(ref("Message")), unread=_COUNT, limit=_COUNT, skip=_COUNT),
    "Filtered": _object(messages=list_of(ref("Message"))),
    "Found": _object(query=_TEXT, messages=list_of(ref("Message"))),
    "Address": {
        "type": "object",
        "required": ["_id"],
        "properties": {
            "_id": _TEXT,
            "owner": _nullable("string", description="The account; absent when nobody owns the address."),
            "info": _TEXT,
            "forward": _nullable("string"),
            "enablews": {"type": "boolean"},
            "enabledws": {"type": "boolean"},
            "webhook": _nullable("string"),
            "webhookSlack": _nullable("string"),
            "webhookSlackToFrom": {"type": "boolean"},
            "catchAll": _nullable("string", description="The domain that this address catches mail for."),
            "password": {"type": "null"},
            "created": {**_TEXT, "format": "date-time"},
            "updated": {**_TEXT, "format": "date-time"},
            "encryptedInbox": _nullable("string", description="Another address that leads to this inbox unnamed."),
            "implicit": {"type": "boolean", "description": "Owned by the domain's owner without being reserved."},
        },
    },
    "Availability": _object(available={"type": "boolean"}, email=_TEXT, owned={"type": "boolean"}),
    "Domain": _object(
        _id=_TEXT,
        owner=_TEXT,
        created={**_TEXT, "format": "date-time"},
        updated={**_TEXT, "format": "date-time"},
        enablews={"type": "boolean"},
        hosted={"type": "boolean"},
        isDefault={"type": "boolean"},
        isPrivate={"type": "boolean"},
        verified={"type": "boolean"},
        verifiedMx={"type": "boolean"},
        verificationTxt=_TEXT,
        lastVerificationErrors=_TEXT,
    ),
    "DomainInfo": _object(
        domain=ref("Domain"),
        totalMessages=_COUNT,
        catchAllAddress={"oneOf": [ref("Address"), {"type": "null"}]},
        records={
            **list_of(_object(type={"type": "string", "enum": ["TXT", "MX"]}, name=_TEXT, value=_TEXT)),
            "description": "What its DNS has to say: that it is the account's, and that its mail comes here.",
        },
    ),
    "Validation": _object(
        email=_TEXT,
        validFormat={"type": "boolean"},
        isValidFormat={"type": "boolean"},
        local=_TEXT,
        domain=_TEXT,
        isDisposable={"type": "boolean"},
        disposableDomains=list_of(_TEXT),
        aliases=list_of(_TEXT),
    ),
    "Account": _object(_id=_TEXT, admin={"type": "boolean"}, created={**_TEXT, "format": "date-time"}),
    "Key": _object(_id=_TEXT, account=_TEXT, label=_TEXT, created={**_TEXT, "format": "date-time"}),
    "NewKey": _object(
        _id=_TEXT,
        account=_TEXT,
        label=_TEXT,
        created={**_TEXT, "format": "date-time"},
        key={**_TEXT, "description": "The secret, shown this once."},
    ),
    "Me": _object(
        _id=_TEXT,
        email=_nullable("string"),
        admin={"type": "boolean"},
        labels=list_of(_TEXT),
        recents=list_of(_TEXT),
        messageLimit=_nullable("integer"),
        moAPICount=_COUNT,
        moAPIDisabled={"type": "boolean"},
        apiMonthlyLimit=_nullable("integer"),
        privateAddressCredits=_COUNT,
        privateDomain=_COUNT,
        apiAccess=_COUNT,
        capturePrivate={"type": "boolean"},
        smtp={**_nullable("string"), "description": "Where mail is handed in by SMTP; null where MX records lead it."},
        mailDomains={**list_of(_TEXT), "description": "The domains whose mail is taken; empty takes every domain."},
        pausedHooks={**list_of(_TEXT), "description": "Webhooks that failed for so long that they are told no more."},
    ),
    "Hook": _object(
        _id=_TEXT,
        scope={**_TEXT, "description": "The address, `*@domain` catch-all or domain that it is told of."},
        url=_TEXT,
        implicit={"type": "boolean", "description": "Whether it is the `webhook` of a reserved address."},
        secret={**_TEXT, "description": "What payloads are signed with: see docs/webhooks.md."},
        paused={"type": "boolean"},
        failingSince=_nullable("string", format="date-time"),
        created={**_TEXT, "format": "date-time"},
        updated={**_TEXT, "format": "date-time"},
    ),
    "Delivery": _object(
        _id=_TEXT,
        webhookId={**_TEXT, "description": "The `webhook-id` that the receiver was given: the same at each try."},
        inbox=_nullable("string"),
        message=_nullable("string", description="The message; null for a test."),
        at={**_TEXT, "format": "date-time"},
        status=_nullable("integer", description="The status of the answer; null when there was none."),
        seconds={"type": "number", "minimum": 0},
        answer={**_TEXT, "description": "How the answer begins."},
        failure={**_TEXT, "description": "Why there was no answer."},
        succeeded={"type": "boolean"},
    ),
    "Queued": _object(job=_TEXT),
    "DeadLetter": _object(
        _id=_TEXT,
        kind=_TEXT,
        attempts=_COUNT,
        reason=_TEXT,
        created={**_TEXT, "format": "date-time"},
        buried={**_TEXT, "format": "date-time"},
        payload={"type": "object"},
    ),
    "Redriven": _object(count=_COUNT),
    "Usage": _object(
        addresses=list_of(_TEXT),
        domains=list_of(_TEXT),
        starredMessages=_COUNT,
        storedMessages=_COUNT,
        inboxBytes=_COUNT,
        lastMonthOps=_COUNT,
        defaultDomain=_nullable("string"),
    ),
    "DailyUsage": _object(
        days=list_of(_object(day={**_TEXT, "format": "date"}, messages=_COUNT, bytes=_COUNT, operations=_COUNT)),
        senders=list_of(_object(_id=_TEXT, n=_COUNT)),
        sizes=list_of(_object(below=_nullable("integer", description="Bytes; null for any."), n=_COUNT)),
        counted={**_COUNT, "description": "How many messages were counted."},
        complete={"type": "boolean", "description": "Whether these are all of the days' messages."},
        cache=list_of(_object(tier={"type": "string", "enum": ["process", "shared"]}, hits=_COUNT, misses=_COUNT)),
    ),
    "Ranking": list_of(_object(_id=_TEXT, n=_COUNT)),
    "AttachmentCount": _object(n=_COUNT),
    "Denied": _object(blacklisted={"type": "boolean"}),
    "IpRule": _object(
        _id={**_TEXT, "description": "The address, network or domain."},
        action={"type": "string", "enum": ["block", "allow"]},
        scope={"type": "string", "enum": ["mail", "api", "both"]},
        reason=_TEXT,
        madeBy={**_TEXT, "description": "An account, `command line`, or `detector`."},
        created={**_TEXT, "format": "date-time"},
        expires=_nullable("string", format="date-time"),
        hits={**_COUNT, "description": "How often it shut somebody out."},
        lastHit=_nullable("string", format="date-time"),
    ),
    "EdgeState": _object(
        _id=_TEXT,
        placed={**_COUNT, "description": "How many rules or networks it refuses."},
        room=_nullable("integer", description="How many it has room for; null for any number."),
        left={**_COUNT, "description": "Rules it has no room for, which are enforced at arrival."},
        succeeded=_nullable("string", format="date-time", description="When it was last equal to the rules."),
        failure=_TEXT,
    ),
    "Code": _object(code=_TEXT, reason=_TEXT, message=ref("Message")),
    "ActionLink": _object(link=_TEXT, action=_TEXT, reason=_TEXT, message=ref("Message")),
    "MessageCount": _object(count=_COUNT, inbox=_TEXT),
    "Deleted": _object(_id=_TEXT, inbox=_TEXT, message=_TEXT),
    "Released": _object(_id=_TEXT, message=_TEXT),
    "Sent": _object(**{"from": _TEXT}, to=list_of(_TEXT), id=_TEXT),
    "OutgoingMessage": _object(
        id=_TEXT,
        **{"from": _TEXT},
        to=list_of(_TEXT),
        subject=_TEXT,
        messageId=_TEXT,
        created={**_TEXT, "format": "date-time"},
        size=_COUNT,
        status=_STATUS,
        recipients=list_of(
            _object(
                address=_TEXT,
                status=_STATUS,
                diagnostic={**_TEXT, "description": "What a server said of it."},
                updated=_nullable("string", format="date-time"),
            )
        ),
    ),
    "Suppression": _object(
        address=_TEXT,
        reason={"type": "string", "enum": ["bounced", "complained"]},
        diagnostic=_TEXT,
        created={**_TEXT, "format": "date-time"},
    ),
    "Upload": _object(
        id=_TEXT,
        method={"type": "string", "const": "PUT"},
        url=_TEXT,
        headers={"type": "object", "additionalProperties": _TEXT},
        expires={**_TEXT, "format": "date-time"},
    ),
    "Health": _object(status=_TEXT),
    "Error": {
        "type": "object",
        "required": ["error", "message"],
        "properties": {
            "error": {**_TEXT, "description": "The kind of error, a word that stays the same."},
            "message": {**_TEXT, "description": "What is wrong, for people."},
            "validationErrors": list_of(_TEXT),
        },
    },
}
