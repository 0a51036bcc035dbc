"""What the two protocols of Amazon SES say of a mail to be sent, read into a draft or a raw mail.

v2: JSON (AWS: Amazon SES API v2 reference, SendEmail). v1: a form of the query protocol (AWS: Amazon SES API
reference, SendEmail and SendRawEmail).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.errors import BadRequest
from chalicelib.mail.addresses import Address, is_address, read_addresses
from chalicelib.mail.composing import Draft, DraftAttachment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MEMBER = re.compile(r"\.member\.(\d{1,4})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class SesMail:
    """A mail as an application gave it: a draft with its blind copies, or a raw mail.

    `recipients` of a raw mail are empty where its own header names them.
    """

    sender: Address | None
    draft: Draft | None = None
    bcc: tuple[Address, ...] = ()
    raw: bytes = b""
    recipients: tuple[str, ...] = ()


def read_json(document: Any) -> SesMail:
    """A SendEmail of v2. Raises BadRequest for what is none, or asks for a template."""
    try:
        content = document["Content"]
        if "Template" in content:
            raise BadRequest("Templates of Amazon SES are not emulated: send Content.Simple or Content.Raw")
        destination = document.get("Destination") or {}
        to, cc, bcc = (_addresses(destination.get(f"{kind}Addresses") or ()) for kind in ("To", "Cc", "Bcc"))
        senders = _addresses([document["FromEmailAddress"]] if document.get("FromEmailAddress") else ())
        sender = senders[0] if senders else None
        if "Raw" in content:
            recipients = tuple(one.address for one in (*to, *cc, *bcc))
            return SesMail(sender=sender, raw=_octets(content["Raw"]["Data"]), recipients=recipients)
        simple = content["Simple"]
        draft = Draft(
            from_=senders,
            to=to,
            cc=cc,
            reply_to=_addresses(document.get("ReplyToAddresses") or ()),
            subject=simple["Subject"]["Data"],
            text=_data(simple["Body"], "Text"),
            html=_data(simple["Body"], "Html"),
            attachments=tuple(_attachment(one) for one in simple.get("Attachments") or ()),
            headers=tuple((one["Name"], one["Value"]) for one in simple.get("Headers") or ()),
        )
    except (KeyError, TypeError, AttributeError) as error:
        # A KeyError's words are only the name of what is missing.
        what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else "a value is of the wrong kind"
        raise BadRequest(f"This is no SendEmail with Content.Simple or Content.Raw: {what}") from None
    return SesMail(sender=sender, draft=draft, bcc=bcc)


def read_form(form: Mapping[str, str]) -> SesMail:
    """A SendEmail or SendRawEmail of v1. Raises BadRequest for anything else."""
    action = form.get("Action")
    senders = _addresses([form["Source"]] if form.get("Source") else ())
    sender = senders[0] if senders else None
    if action == "SendRawEmail":
        recipients = tuple(one.address for one in _addresses(_members(form, "Destinations")))
        return SesMail(sender=sender, raw=_octets(form.get("RawMessage.Data", "")), recipients=recipients)
    if action != "SendEmail":
        raise BadRequest(f"The action {action!r} is not emulated; SendEmail and SendRawEmail are")
    to, cc, bcc = (_addresses(_members(form, f"Destination.{kind}Addresses")) for kind in ("To", "Cc", "Bcc"))
    draft = Draft(
        from_=senders,
        to=to,
        cc=cc,
        reply_to=_addresses(_members(form, "ReplyToAddresses")),
        subject=form.get("Message.Subject.Data", ""),
        text=form.get("Message.Body.Text.Data"),
        html=form.get("Message.Body.Html.Data"),
    )
    return SesMail(sender=sender, draft=draft, bcc=bcc)


def _members(form: Mapping[str, str], name: str) -> list[str]:
    found = {
        int(member[1]): value
        for key, value in form.items()
        if key.startswith(name + ".") and (member := _MEMBER.fullmatch(key, len(name)))
    }
    return [found[number] for number in sorted(found)]


def _addresses(values: Iterable[str]) -> tuple[Address, ...]:
    found = tuple(one for value in values for one in read_addresses(value.encode("utf-8", "replace")))
    for one in found:
        if not is_address(one.address):
            raise BadRequest(f"{(one.address or one.name)[:100]!r} is no email address")
    return found


def _data(body: Mapping[str, Any], kind: str) -> str | None:
    return str(body[kind]["Data"]) if body.get(kind) else None


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("The data is not Base64") from None


def _attachment(given: Mapping[str, Any]) -> DraftAttachment:
    return DraftAttachment(
        content=_octets(given["RawContent"]),
        file_name=given["FileName"],
        media_type=given.get("ContentType") or "application/octet-stream",
        disposition=(given.get("ContentDisposition") or "ATTACHMENT").lower(),
        content_id=(given.get("ContentId") or "").removeprefix("<").removesuffix(">"),
    )
