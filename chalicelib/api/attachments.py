"""Attachments and parts of a message: list, download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import reading
from chalicelib.actions.owning import require_sight
from chalicelib.api import shapes
from chalicelib.api.downloads import BEYOND, LINKED, NOT_MODIFIED, PARTIAL, part_reply
from chalicelib.api.fields import TEXT, path
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Access, Answer, Reply, operation
from chalicelib.api.parameters import EMAIL, MESSAGE_ID
from chalicelib.api.schemas import list_of, ref

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.actions.reading import Opened
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

_TAG = "Attachments"
_OCTETS = Answer(
    meaning="The content, decoded.",
    media_type="*/*",
    schema={"type": "string", "format": "binary"},
    example="hello",
)


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/attachments",
    name="ListMessageAttachments",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="The attachments in order.", schema=list_of(ref("Attachment")))],
    errors=[404],
)
def list_attachments(backend: Backend, caller: Caller, *, email: Inbox, messageId: str) -> list[shapes.Json]:
    """List a message's attachments, inline images and embedded messages included."""
    opened = _opened(backend, caller, email, messageId)
    return [shapes.attachment(part) for part in reading.attachments(opened)]


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/attachments/{attachmentIdentifier}",
    name="DownloadAttachment",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[
        EMAIL,
        MESSAGE_ID,
        path("attachmentIdentifier", TEXT, "The attachment's MD5, content id or file name.", example="hello.txt"),
    ],
    answers=[_OCTETS, PARTIAL, LINKED, NOT_MODIFIED, BEYOND],
    errors=[404],
)
def download_attachment(
    backend: Backend,
    caller: Caller,
    *,
    email: Inbox,
    messageId: str,
    attachmentIdentifier: str,
) -> Reply:
    """Download an attachment."""
    opened = _opened(backend, caller, email, messageId)
    return part_reply(opened, reading.find_attachment(opened, attachmentIdentifier))


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/parts",
    name="GetStructure",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="All parts in order, and the problems found.", schema=ref("Structure"))],
    errors=[404],
)
def structure(backend: Backend, caller: Caller, *, email: Inbox, messageId: str) -> shapes.Json:
    """Get a message's structure: every part with its byte range, and what is wrong with the mail.

    Parts of embedded messages are listed too: "2.1" is the first part of the message embedded as part "2".
    """
    found = _opened(backend, caller, email, messageId).structure
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
    access=Access.INBOX,
    parameters=[EMAIL, MESSAGE_ID, path("number", TEXT, "The part's number.", example="1")],
    answers=[_OCTETS, PARTIAL, LINKED, NOT_MODIFIED, BEYOND],
    errors=[404],
)
def download_part(backend: Backend, caller: Caller, *, email: Inbox, messageId: str, number: str) -> Reply:
    """Download any part, decoded; a container as it stands in the mail."""
    opened = _opened(backend, caller, email, messageId)
    return part_reply(opened, reading.find_part(opened, number))


def _opened(backend: Backend, caller: Caller, email: Inbox, message: str) -> Opened:
    require_sight(backend, caller, email)
    return reading.open_message(backend, email, message)


routes = blueprint(__name__, operations := (list_attachments, download_attachment, structure, download_part))
