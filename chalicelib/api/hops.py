"""The way of a message: the servers that it passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import reading
from chalicelib.actions.owning import require_sight
from chalicelib.api import shapes
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Access, Answer, operation
from chalicelib.api.parameters import EMAIL, MESSAGE_ID
from chalicelib.api.schemas import list_of, ref

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/hops",
    name="ListHops",
    tag="Message bodies",
    access=Access.INBOX,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="The hops, the newest first.", schema=list_of(ref("Hop")))],
    errors=[404],
)
def list_hops(backend: Backend, caller: Caller, *, email: Inbox, messageId: str) -> list[shapes.Json]:
    """List the servers that a message passed, as its Received fields tell.

    Only the newest is known to be true: it was written here. Those before it anybody can have made up.
    """
    require_sight(backend, caller, email)
    opened = reading.open_message(backend, email, messageId)
    return [shapes.hop(one) for one in reading.hops(opened)]


routes = blueprint(__name__, operations := (list_hops,))
