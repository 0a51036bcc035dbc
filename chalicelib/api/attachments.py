"""Attachments and parts of a message: list, download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import reading
from chalicelib.api import shapes
from chalicelib.api.downloads import content
from chalicelib.api.fields import TEXT, path
from chalicelib.api.operation import Answer, Reply, blueprint, operation
from chalicelib.api.parameters import EMAIL, MESSAGE_ID

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.actions.reading import Opened
    from chalicelib.mail.message import Inbox
    from chalicelib.mail.structure import Part
    from chalicelib.ports import Backend

_TAG = "Attachments"
_OCTETS = Answer(
    meaning="The content, decoded.",
    media_type="application/octet-stream",
    schema={"type": "string", "format": "binary"},
)


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/attachments",
    name="ListMessageAttachments",
    tag=_TAG,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="The attachments in order.", schema=shapes.listing(shapes.ref("Attachment")))],
    errors=[400, 404],
)
def list_attachments(backend: Backend, _: Caller, *, email: Inbox, messageId: str) -> list[shapes.Json]:
    """List a message's attachments, inline images and embedded messages included."""
    opened = reading.open_message(backend, email, messageId)
    return [shapes.attachment(part) for part in reading.attachments(opened)]


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/attachments/{attachmentIdentifier}",
    name="DownloadAttachment",
    tag=_TAG,
    parameters=[
        EMAIL,
        MESSAGE_ID,
        path("attachmentIdentifier", TEXT, "The attachment's MD5, content id or file name."),
    ],
    answers=[_OCTETS],
    errors=[400, 404],
)
def download_attachment(
    backend: Backend,
    _: Caller,
    *,
    email: Inbox,
    messageId: str,
    attachmentIdentifier: str,
) -> Reply:
    """Download an attachment."""
    opened = reading.open_message(backend, email, messageId)
    return _download(opened, reading.find_attachment(opened, attachmentIdentifier))


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/parts",
    name="GetStructure",
    tag=_TAG,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="All parts in order, and the problems found.", schema=shapes.ref("Structure"))],
    errors=[400, 404],
)
def structure(backend: Backend, _: Caller, *, email: Inbox, messageId: str) -> shapes.Json:
    """Get a message's structure: every part with its byte range, and what is wrong with the mail.

    Parts of embedded messages are listed too: "2.1" is the first part of the message embedded as part "2".
    """
    found = reading.open_message(backend, email, messageId).structure
    return {
        "size": found.size,
        "parts": [shapes.part(part) for part in found.parts],
        "problems": [shapes.problem(problem) for problem in found.problems],
    }


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/parts/{number}",
    name="DownloadPart",
    tag=_TAG,
    parameters=[EMAIL, MESSAGE_ID, path("number", TEXT, "The part's number.", example="1.2")],
    answers=[_OCTETS],
    errors=[400, 404],
)
def download_part(backend: Backend, _: Caller, *, email: Inbox, messageId: str, number: str) -> Reply:
    """Download any part, decoded; a container as it stands in the mail."""
    opened = reading.open_message(backend, email, messageId)
    return _download(opened, reading.find_part(opened, number))


def _download(opened: Opened, part: Part) -> Reply:
    name = part.file_name or f"part-{part.number}"
    return content(opened.content(part), part.media_type, file_name=name, download=True)


routes = blueprint(__name__, operations := (list_attachments, download_attachment, structure, download_part))
