"""Messages of an inbox: list, count, one, delete, purge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import discarding, reading
from chalicelib.api import shapes
from chalicelib.api.fields import MOMENT, query
from chalicelib.api.operation import Answer, Reply, blueprint, operation
from chalicelib.api.parameters import EMAIL, LIMIT, MESSAGE_ID

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.message import Inbox
    from chalicelib.ports import Backend

_TAG = "Messages"


@operation(
    "GET",
    "/addresses/{email}/messages",
    name="ListMessages",
    tag=_TAG,
    parameters=[
        EMAIL,
        LIMIT,
        query("until", MOMENT, "Only messages that came before this moment.", example="2026-01-31T12:00:00Z"),
    ],
    answers=[Answer(meaning="The newest messages, newest first.", schema=shapes.listing(shapes.ref("Message")))],
    errors=[400],
)
def list_messages(
    backend: Backend, _: Caller, *, email: Inbox, limit: int, until: datetime | None
) -> list[shapes.Json]:
    """List the messages of an inbox, newest first."""
    return [shapes.message(found) for found in reading.list_messages(backend, email, limit=limit, until=until)]


@operation(
    "GET",
    "/addresses/{email}/message-count",
    name="CountMessages",
    tag=_TAG,
    parameters=[EMAIL],
    answers=[Answer(meaning="How many messages the inbox holds.", schema=shapes.ref("MessageCount"))],
    errors=[400],
)
def count_messages(backend: Backend, _: Caller, *, email: Inbox) -> shapes.Json:
    """Count the messages of an inbox."""
    return {"count": backend.index.count(email), "inbox": email}


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}",
    name="GetMessageMetadata",
    tag=_TAG,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="The message.", schema=shapes.ref("Message"))],
    errors=[400, 404],
)
def get_message(backend: Backend, _: Caller, *, email: Inbox, messageId: str) -> shapes.Json:
    """Get one message's metadata."""
    return shapes.message(reading.find_message(backend, email, messageId))


@operation(
    "DELETE",
    "/addresses/{email}/messages/{messageId}",
    name="DeleteMessage",
    tag=_TAG,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="The message was deleted.", schema=shapes.ref("Deleted"))],
    errors=[400, 404],
)
def delete_message(backend: Backend, _: Caller, *, email: Inbox, messageId: str) -> shapes.Json:
    """Delete one message for good."""
    discarding.delete_message(backend, email, messageId)
    return {"_id": messageId, "inbox": email, "message": "Message was deleted."}


@operation(
    "DELETE",
    "/addresses/{email}/messages",
    name="DeleteAllMessages",
    tag=_TAG,
    parameters=[EMAIL],
    answers=[Answer(status=204, meaning="Every message that is not starred was deleted.")],
    errors=[400],
)
def purge_inbox(backend: Backend, _: Caller, *, email: Inbox) -> Reply:
    """Delete every message of an inbox that is not starred."""
    discarding.purge_inbox(backend, email)
    return Reply(status=204)


routes = blueprint(__name__, operations := (list_messages, count_messages, get_message, delete_message, purge_inbox))
