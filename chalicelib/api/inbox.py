"""All messages of an account: list, filter, search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import reading
from chalicelib.actions.owning import account_id
from chalicelib.api.fields import TEXT, query
from chalicelib.api.handling import blueprint
from chalicelib.api.messages import bounded
from chalicelib.api.operation import Answer, operation
from chalicelib.api.parameters import LIMIT, SINCE, SKIP
from chalicelib.api.schemas import ref
from chalicelib.errors import BadRequest
from chalicelib.mail.searching import SearchField, query_of
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chalicelib.actions.admitting import Caller
    from chalicelib.api import shapes
    from chalicelib.mail.searching import Term
    from chalicelib.ports import Backend

_TAG = "Messages"
MOST_FOUND = 100


@operation(
    "GET",
    "/inbox",
    name="ListInboxMessages",
    tag=_TAG,
    parameters=[LIMIT, SKIP, SINCE],
    answers=[Answer(meaning="The newest messages, and how many are unread in all.", schema=ref("AccountInbox"))],
)
def list_account(backend: Backend, caller: Caller, *, limit: int, skip: int, since: datetime | None) -> shapes.Json:
    """List the messages of all inboxes of the account, newest first.

    On AWS a list ends at 4 MB: the next one has as many more to skip as there were messages in this one.
    """
    shelf = Shelf.account(account_id(caller))
    messages = reading.list_messages(backend, shelf, limit=skip + limit)[skip:]
    return {
        "messages": bounded(backend, (one for one in messages if since is None or one.mail.receipt.received >= since)),
        "unread": backend.index.count(shelf).unread,
        "limit": limit,
        "skip": skip,
    }


@operation(
    "GET",
    "/inbox-filter",
    name="FilterInboxMessages",
    tag=_TAG,
    parameters=[
        query("andTo", TEXT, "Words of a recipient, or of the inbox.", example="signup"),
        query("andFrom", TEXT, "Words of the sender.", example="shop.example"),
        query("andSubjectIncludes", TEXT, "Words of the subject.", example="welcome"),
    ],
    answers=[Answer(meaning="The newest messages that fit, 100 at most.", schema=ref("Filtered"))],
    errors=[400],
)
def filter_account(
    backend: Backend, caller: Caller, *, andTo: str | None, andFrom: str | None, andSubjectIncludes: str | None
) -> shapes.Json:
    """Find messages of the account by recipient, sender and subject: all that is given must fit.

    A word fits where a word of the mail begins with it; case does not count.
    """
    given = {SearchField.TO: andTo, SearchField.FROM: andFrom, SearchField.SUBJECT: andSubjectIncludes}
    terms = [term for field, text in given.items() if text for term in query_of(text, field)]
    if not terms:
        raise BadRequest("One of andTo, andFrom and andSubjectIncludes is required", field="andTo")
    return {"messages": _found(backend, caller, terms)}


@operation(
    "GET",
    "/inbox-search",
    name="SearchInboxMessages",
    tag=_TAG,
    parameters=[query("query", TEXT, "Words of recipients, sender, subject or text.", example="order 1234")],
    answers=[Answer(meaning="The newest messages that fit, 100 at most.", schema=ref("Found"))],
    errors=[400],
)
def search_account(backend: Backend, caller: Caller, *, query: str | None) -> shapes.Json:
    """Find messages of the account: each word must stand in a recipient, the sender, the subject or the text.

    A word fits where a word of the mail begins with it; case does not count.
    """
    return {"query": query or "", "messages": _found(backend, caller, query_of(query)) if query else []}


def _found(backend: Backend, caller: Caller, terms: Sequence[Term]) -> list[shapes.Json]:
    return bounded(backend, backend.index.find(account_id(caller), terms, limit=MOST_FOUND))


routes = blueprint(__name__, operations := (list_account, filter_account, search_account))
