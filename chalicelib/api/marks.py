"""What readers do with messages: star, label, folder, read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import marking
from chalicelib.actions.owning import account_id, require_sight
from chalicelib.api import shapes
from chalicelib.api.fields import BOOLEAN, TEXT, body, choice, listing, path
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Answer, operation
from chalicelib.api.parameters import EMAIL, MESSAGE_ID
from chalicelib.api.schemas import ref
from chalicelib.ports import Marks

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

_TAG = "Messages"
_MESSAGE = "/addresses/{email}/messages/{messageId}"
_LABEL = path("label", TEXT, "The label.", example="to do")
_LABELLED = Answer(meaning="The message's labels.", schema=ref("Labelled"))


@operation(
    "PUT",
    _MESSAGE + "/star",
    name="ToggleMessageStar",
    tag=_TAG,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="The message.", schema=ref("Message"))],
    errors=[404],
)
def star(backend: Backend, caller: Caller, *, email: Inbox, messageId: str) -> shapes.Json:
    """Star a message, or take the star away.

    Starred messages are kept: neither a purge nor expiry takes them.
    """
    require_sight(backend, caller, email)
    return shapes.message(marking.toggle_star(backend, email, messageId, account_id(caller)))


@operation(
    "PUT",
    _MESSAGE + "/labels/{label}",
    name="AddMessageLabel",
    tag=_TAG,
    parameters=[EMAIL, MESSAGE_ID, _LABEL],
    answers=[_LABELLED],
    errors=[404],
)
def add_label(backend: Backend, caller: Caller, *, email: Inbox, messageId: str, label: str) -> shapes.Json:
    """Add a label to a message."""
    require_sight(backend, caller, email)
    marked = marking.add_label(backend, email, messageId, label)
    return {"_id": marked.id, "labels": list(marked.labels)}


@operation(
    "DELETE",
    _MESSAGE + "/labels/{label}",
    name="DeleteMessageLabel",
    tag=_TAG,
    parameters=[EMAIL, MESSAGE_ID, _LABEL],
    answers=[_LABELLED],
    errors=[404],
)
def remove_label(backend: Backend, caller: Caller, *, email: Inbox, messageId: str, label: str) -> shapes.Json:
    """Take a label from a message."""
    require_sight(backend, caller, email)
    marked = marking.remove_label(backend, email, messageId, label)
    return {"_id": marked.id, "labels": list(marked.labels)}


@operation(
    "PUT",
    _MESSAGE + "/labels",
    name="SetMessageLabels",
    tag=_TAG,
    parameters=[
        EMAIL,
        MESSAGE_ID,
        body("labels", listing(TEXT, most=marking.LABELS), "The labels.", required=True, example=["to do"]),
    ],
    answers=[_LABELLED],
    errors=[404],
)
def set_labels(
    backend: Backend, caller: Caller, *, email: Inbox, messageId: str, labels: tuple[str, ...]
) -> shapes.Json:
    """Give a message these labels and no others."""
    require_sight(backend, caller, email)
    marked = marking.set_labels(backend, email, messageId, labels)
    return {"_id": marked.id, "labels": list(marked.labels)}


@operation(
    "PUT",
    _MESSAGE + "/folder/{folder}",
    name="SetMessageFolder",
    tag=_TAG,
    parameters=[EMAIL, MESSAGE_ID, path("folder", choice(*marking.FOLDERS), "The folder.", example="spam")],
    answers=[Answer(meaning="The message's folder.", schema=ref("Foldered"))],
    errors=[404],
)
def set_folder(backend: Backend, caller: Caller, *, email: Inbox, messageId: str, folder: str) -> shapes.Json:
    """Put a message into a folder."""
    require_sight(backend, caller, email)
    marked = marking.mark(backend, email, messageId, Marks(folder=folder))
    return {"_id": marked.id, "folder": marked.folder}


@operation(
    "PUT",
    _MESSAGE + "/read/{readBoolean}",
    name="SetMessageReadStatus",
    tag=_TAG,
    parameters=[EMAIL, MESSAGE_ID, path("readBoolean", BOOLEAN, "Whether it was read.", example="true")],
    answers=[Answer(meaning="Whether the message was read.", schema=ref("ReadStatus"))],
    errors=[404],
)
def set_read(backend: Backend, caller: Caller, *, email: Inbox, messageId: str, readBoolean: bool) -> shapes.Json:
    """Mark a message as read or unread."""
    require_sight(backend, caller, email)
    marked = marking.mark(backend, email, messageId, Marks(read=readBoolean))
    return {"_id": marked.id, "read": marked.read}


routes = blueprint(__name__, operations := (star, add_label, remove_label, set_labels, set_folder, set_read))
