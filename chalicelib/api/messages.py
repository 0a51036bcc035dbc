"""Messages of an inbox: list, count, one, delete, purge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chalicelib.actions import discarding, reading
from chalicelib.actions.owning import account_id, require_sight
from chalicelib.actions.waiting import Wanted, fitting
from chalicelib.api import shapes
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import PENDING, Access, Answer, Reply, operation
from chalicelib.api.parameters import BEFORE, EMAIL, FROM, LIMIT, MESSAGE_ID, SINCE, SUBJECT, UNTIL, WAIT
from chalicelib.api.schemas import list_of, ref
from chalicelib.errors import Forbidden
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.message import Message
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

_TAG = "Messages"
PAGE_OCTETS = 4 * 1024**2
"""A page of a list is no larger on AWS: what Lambda answers with has 6 MB at most (Lambda quotas, "Payload")."""


@operation(
    "GET",
    "/addresses/starred/messages",
    name="ListStarredMessages",
    tag=_TAG,
    parameters=[LIMIT, UNTIL, BEFORE],
    answers=[Answer(meaning="The starred messages, newest first.", schema=list_of(ref("Message")))],
)
def list_starred(backend: Backend, caller: Caller, *, limit: int, until: datetime | None, before: str | None) -> Reply:
    """List the messages that the account starred, newest first."""
    account = account_id(caller)
    found = reading.list_messages(backend, Shelf.starred(account), limit=limit, until=until, before=before)
    # What was starred while the inbox was nobody's stays starred, but is its owner's alone since then.
    visible = [message for message in found if message.owner in {None, account}]
    return page(backend, found, limit, "/api/addresses/starred/messages", shown=visible)


@operation(
    "GET",
    "/addresses/{email}/messages",
    name="ListMessages",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[EMAIL, LIMIT, UNTIL, BEFORE, WAIT, FROM, SUBJECT, SINCE],
    answers=[
        Answer(meaning="The newest messages, newest first.", schema=list_of(ref("Message"))),
        Answer(status=204, meaning="Nothing that fits came within `wait` seconds; Retry-After says when to ask again."),
    ],
    errors=[403],
    waits=True,
)
def list_messages(
    backend: Backend,
    caller: Caller,
    *,
    email: Inbox,
    limit: int,
    until: datetime | None,
    before: str | None,
    wait: int,
    from_: str | None,
    subject: str | None,
    since: datetime | None,
) -> Any:
    """List the messages of an inbox, newest first.

    With `from`, `subject` or `since` only those of the newest messages that fit are listed. With `wait` an answer is
    given as soon as there is one. The Link header (RFC 8288) leads to the next page.
    """
    require_sight(backend, caller, email, foreign=Forbidden)
    wanted = Wanted(sender=from_, subject=subject, since=since)
    if wanted == Wanted() or not limit:
        found = reading.list_messages(backend, Shelf.inbox(email), limit=limit, until=until, before=before)
    else:
        found = fitting(backend, email, wanted, limit=limit)
    if wait and not found:
        return PENDING
    return page(backend, found, limit, f"/api/addresses/{quote(email, safe='@')}/messages")


@operation(
    "GET",
    "/addresses/{email}/message-count",
    name="CountMessages",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[EMAIL],
    answers=[Answer(meaning="How many messages the inbox holds.", schema=ref("MessageCount"))],
    errors=[403],
)
def count_messages(backend: Backend, caller: Caller, *, email: Inbox) -> shapes.Json:
    """Count the messages of an inbox."""
    require_sight(backend, caller, email, foreign=Forbidden)
    return {"count": backend.index.count(Shelf.inbox(email)).messages, "inbox": email}


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}",
    name="GetMessageMetadata",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="The message.", schema=ref("Message"))],
    errors=[404],
)
def get_message(backend: Backend, caller: Caller, *, email: Inbox, messageId: str) -> shapes.Json:
    """Get one message's metadata."""
    require_sight(backend, caller, email)
    return shapes.message(reading.find_message(backend, email, messageId))


@operation(
    "DELETE",
    "/addresses/{email}/messages/{messageId}",
    name="DeleteMessage",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="The message was deleted.", schema=ref("Deleted"))],
    errors=[404],
)
def delete_message(backend: Backend, caller: Caller, *, email: Inbox, messageId: str) -> shapes.Json:
    """Delete one message for good."""
    require_sight(backend, caller, email)
    deleted = discarding.delete_message(backend, email, messageId)
    return {"_id": deleted, "inbox": email, "message": "Message was deleted."}


@operation(
    "DELETE",
    "/addresses/{email}/messages",
    name="DeleteAllMessages",
    tag=_TAG,
    parameters=[EMAIL],
    answers=[Answer(status=204, meaning="Every message that is not starred was deleted.")],
)
def purge_inbox(backend: Backend, caller: Caller, *, email: Inbox) -> Reply:
    """Delete every message of an inbox that is not starred."""
    require_sight(backend, caller, email)
    discarding.purge(backend, Shelf.inbox(email))
    return Reply(status=204)


def bounded(backend: Backend, messages: Iterable[Message]) -> list[shapes.Json]:
    """Messages as JSON; where answers are bounded (AWS) up to PAGE_OCTETS of it, one message at least."""
    found: list[shapes.Json] = []
    octets = 0
    for message in messages:
        shape = shapes.message(message)
        octets += 0 if backend.links is None else len(json.dumps(shape))
        if found and octets > PAGE_OCTETS:
            break
        found.append(shape)
    return found


def page(
    backend: Backend, messages: Sequence[Message], limit: int, path: str, *, shown: Sequence[Message] | None = None
) -> Reply:
    """A page of a list, with a link to the next one where there may be one; of it only what is to be `shown`.

    Where answers are bounded (AWS) it ends after PAGE_OCTETS of JSON, with one message at least.
    """
    wanted = {message.id for message in (messages if shown is None else shown)}
    found = bounded(backend, (message for message in messages if message.id in wanted))
    last = messages[-1] if messages else None
    if len(found) < len(wanted):
        last = next(message for message in messages if message.id == found[-1]["_id"])
    headers = {}
    if last is not None and (len(messages) == limit or last is not messages[-1]):
        headers["Link"] = f'<{path}?limit={limit}&before={last.id}>; rel="next"'
    return Reply(body=found, headers=headers)


routes = blueprint(
    __name__, operations := (list_messages, count_messages, get_message, delete_message, purge_inbox, list_starred)
)
