"""An example of each schema, for the OpenAPI document: what the reference shows that an answer looks like.

A test holds every example to its schema (schemas.py), and every operation to having one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.api.fields import Schema

_WHEN = "2026-01-31T12:00:00.000Z"
_MD5 = "5d41402abc4b2a76b9719d911017c592"
_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
_ID = "01jd9x3v7k8q4m2t5w6y1a3b5c-0"
_RECIPIENT = {"address": "signup@mail.example", "name": "New User"}
_MESSAGE = {
    "_id": _ID,
    "from": [{"address": "welcome@shop.example", "name": "The Shop"}],
    "to": [_RECIPIENT],
    "cc": [],
    "bcc": [],
    "subject": "Your code is 424242",
    "savedBy": None,
    "inbox": "signup@mail.example",
    "originalInbox": "signup+run17@mail.example",
    "domain": "mail.example",
    "received": _WHEN,
    "size": 2381,
    "attachments": [_MD5],
    "ip": "192.0.2.7",
    "via": "198.51.100.1",
    "folder": "inbox",
    "labels": [],
    "read": None,
    "rtls": True,
    "links": ["https://shop.example/confirm?token=abcdef"],
    "spam": None,
}
_ADDRESS = {
    "_id": "signup@mail.example",
    "owner": "team-a",
    "info": "sign-up tests",
    "forward": None,
    "enablews": True,
    "enabledws": True,
    "webhook": "https://ci.example/mail",
    "webhookSlack": None,
    "webhookSlackToFrom": False,
    "catchAll": None,
    "password": None,
    "created": _WHEN,
    "updated": _WHEN,
    "encryptedInbox": "inbox-2fd4e1c67a2d28fced849ee1bb76e7391b93eb12@mail.example",
}
_DOMAIN = {
    "_id": "mail.example",
    "owner": "team-a",
    "created": _WHEN,
    "updated": _WHEN,
    "enablews": False,
    "hosted": False,
    "isDefault": False,
    "isPrivate": True,
    "verified": True,
    "verifiedMx": True,
    "verificationTxt": "restante-verification=9b74c9897bac770ffc029102a200c5de",
    "lastVerificationErrors": "",
}
_ATTACHMENT = {
    "checksum": _MD5,
    "contentDisposition": "attachment",
    "contentId": None,
    "contentType": "text/plain",
    "fileName": "hello.txt",
    "length": 5,
    "transferEncoding": "base64",
    "part": "2",
    "sha256": _SHA256,
}
_PART = {
    "number": "2",
    "role": "attachment",
    "contentType": "text/plain",
    "parameters": {"name": "hello.txt"},
    "charset": None,
    "transferEncoding": "base64",
    "contentDisposition": "attachment",
    "contentId": None,
    "fileName": "hello.txt",
    "headerRange": [1804, 1950],
    "bodyRange": [1950, 1958],
    "length": 5,
    "md5": _MD5,
    "sha256": _SHA256,
}
_KEY = {"_id": "key-0123456789ab", "account": "team-a", "label": "ci", "created": _WHEN}

EXAMPLES: dict[str, Any] = {
    "Recipient": _RECIPIENT,
    "Message": _MESSAGE,
    "Attachment": _ATTACHMENT,
    "Part": _PART,
    "Problem": {"name": "no-terminator", "offset": 2381, "lossy": False},
    "Structure": {"size": 2381, "parts": [_PART], "problems": []},
    "Overview": {
        "message": _MESSAGE,
        "hasHtml": True,
        "hasText": True,
        "remote": 2,
        "code": "424242",
        "parts": [_PART],
        "problems": [],
    },
    "Labelled": {"_id": _ID, "labels": ["to do"]},
    "Foldered": {"_id": _ID, "folder": "spam"},
    "ReadStatus": {"_id": _ID, "read": True},
    "AccountInbox": {"messages": [_MESSAGE], "unread": 1, "limit": 20, "skip": 0},
    "Filtered": {"messages": [_MESSAGE]},
    "Found": {"query": "code 424242", "messages": [_MESSAGE]},
    "Address": _ADDRESS,
    "Availability": {"available": True, "email": "signup@mail.example", "owned": False},
    "Domain": _DOMAIN,
    "DomainInfo": {
        "domain": _DOMAIN,
        "totalMessages": 17,
        "catchAllAddress": None,
        "records": [
            {"type": "TXT", "name": "mail.example", "value": _DOMAIN["verificationTxt"]},
            {"type": "MX", "name": "mail.example", "value": "mx.restante.example"},
        ],
    },
    "Validation": {
        "email": "somebody@mail.example",
        "validFormat": True,
        "isValidFormat": True,
        "local": "somebody",
        "domain": "mail.example",
        "isDisposable": False,
        "disposableDomains": [],
        "aliases": [],
    },
    "Account": {"_id": "team-a", "admin": False, "created": _WHEN},
    "Key": _KEY,
    "NewKey": {**_KEY, "key": "k_0123456789abcdefghijklmnopqrstuv"},
    "Me": {
        "_id": "team-a",
        "email": None,
        "admin": False,
        "labels": [],
        "recents": [],
        "messageLimit": 100_000,
        "moAPICount": 1042,
        "moAPIDisabled": False,
        "apiMonthlyLimit": None,
        "privateAddressCredits": 1_000_000,
        "privateDomain": 1_000_000,
        "apiAccess": 1,
        "capturePrivate": False,
        "smtp": "127.0.0.1:1025",
        "mailDomains": [],
        "pausedHooks": [],
    },
    "Hook": {
        "_id": "hook-0123456789abcdef01234567",
        "scope": "mail.example",
        "url": "https://ci.example/mail",
        "implicit": False,
        "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "paused": False,
        "failingSince": None,
        "created": _WHEN,
        "updated": _WHEN,
    },
    "Delivery": {
        "_id": "01jd9x3v7k8q4m2t5w6y1a3b5d",
        "webhookId": f"msg_{_ID}_hook-0123456789abcdef01234567",
        "inbox": "signup@mail.example",
        "message": _ID,
        "at": _WHEN,
        "status": 204,
        "seconds": 0.038,
        "answer": "",
        "failure": "",
        "succeeded": True,
    },
    "Queued": {"job": f"{_ID}:hook-0123456789abcdef01234567:0123456789abcdef"},
    "DeadLetter": {
        "_id": f"{_ID}:slack",
        "kind": "slack",
        "attempts": 14,
        "reason": "Slack answered 500",
        "created": _WHEN,
        "buried": _WHEN,
        "payload": {"inbox": "signup@mail.example", "message": _ID},
    },
    "Redriven": {"count": 1},
    "Usage": {
        "addresses": ["signup@mail.example"],
        "domains": ["mail.example"],
        "starredMessages": 1,
        "storedMessages": 17,
        "inboxBytes": 40_477,
        "lastMonthOps": 1042,
        "defaultDomain": None,
    },
    "DailyUsage": {
        "days": [{"day": "2026-01-31", "messages": 17, "bytes": 40477, "operations": 212}],
        "senders": [{"_id": "welcome@shop.example", "n": 17}],
        "sizes": [{"below": 10000, "n": 17}, {"below": None, "n": 0}],
        "counted": 17,
        "complete": True,
        "cache": [{"tier": "process", "hits": 40, "misses": 8}, {"tier": "shared", "hits": 6, "misses": 2}],
    },
    "Ranking": [{"_id": "mail.example", "n": 17}],
    "AttachmentCount": {"n": 3},
    "Denied": {"blacklisted": False},
    "IpRule": {
        "_id": "192.0.2.0/24",
        "action": "block",
        "scope": "both",
        "reason": "flood",
        "madeBy": "admin",
        "created": "2026-01-31T12:00:00.000Z",
        "expires": "2026-01-31T13:00:00.000Z",
        "hits": 4711,
        "lastHit": "2026-01-31T12:30:00.000Z",
    },
    "EdgeState": {
        "_id": "ses_filters",
        "placed": 100,
        "room": 100,
        "left": 3,
        "succeeded": "2026-01-31T12:00:00.000Z",
        "failure": "",
    },
    "Code": {"code": "424242", "reason": "a number beside the word code", "message": _MESSAGE},
    "ActionLink": {
        "link": "https://shop.example/confirm?token=abcdef",
        "action": "confirm",
        "reason": "the word confirm",
        "message": _MESSAGE,
    },
    "Hop": {
        "from": "mx.shop.example ([192.0.2.7])",
        "by": "localhost (Restante)",
        "with": "ESMTPS",
        "id": _ID[:-2],
        "for": "<signup@mail.example>",
        "date": _WHEN,
        "delay": 2.0,
    },
    "Sent": {"from": "me@mail.example", "to": ["you@mail.example"], "id": _ID[:-2]},
    "OutgoingMessage": {
        "id": _ID[:-2],
        "from": "me@mail.example",
        "to": ["you@mail.example"],
        "subject": "Hello",
        "messageId": "01jd9x3v7k8q4m2t5w6y1a3b5c@mail.example",
        "created": _WHEN,
        "size": 812,
        "status": "delivered",
        "recipients": [
            {"address": "you@mail.example", "status": "delivered", "diagnostic": "250 2.0.0 OK", "updated": _WHEN}
        ],
    },
    "Suppression": {
        "address": "gone@mail.example",
        "reason": "bounced",
        "diagnostic": "550 5.1.1 No such user",
        "created": _WHEN,
    },
    "Upload": {
        "id": _ID[:-2],
        "method": "PUT",
        "url": "http://127.0.0.1:8025/uploads/01jd9x3v7k8q4m2t5w6y1a3b5c?signature=2cf24dba5fb0a30e",
        "headers": {"Content-Length": "12000000"},
        "expires": _WHEN,
    },
    "MessageCount": {"count": 17, "inbox": "signup@mail.example"},
    "Deleted": {"_id": _ID, "inbox": "signup@mail.example", "message": "Message was deleted."},
    "Released": {"_id": "signup@mail.example", "message": "Address was released."},
    "Health": {"status": "ok"},
    "Error": {"error": "NotFound", "message": "There is no such message in this inbox"},
}


def example_of(schema: Schema) -> Any:
    """An example of what fits a schema that is one of SCHEMAS or a list; None for any other."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        return EXAMPLES[name]
    if schema.get("type") == "array":
        item = example_of(schema["items"])
        return None if item is None else [item]
    return None
