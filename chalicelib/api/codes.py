"""What tests wait for: the one-time code or the action link of a mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.actions.owning import require_sight
from chalicelib.actions.waiting import Wanted, newest_code, newest_link
from chalicelib.api import shapes
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import PENDING, Access, Answer, operation
from chalicelib.api.parameters import EMAIL, FROM, SINCE, SUBJECT, WAIT
from chalicelib.api.schemas import ref

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

_TAG = "Codes and links"
_NOTHING = Answer(status=204, meaning="No such mail came within `wait` seconds; Retry-After says when to ask again.")


@operation(
    "GET",
    "/addresses/{email}/code",
    name="GetCode",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[EMAIL, WAIT, FROM, SUBJECT, SINCE],
    answers=[Answer(meaning="The newest one-time code, and the message it stands in.", schema=ref("Code")), _NOTHING],
    waits=True,
)
def code(
    backend: Backend,
    caller: Caller,
    *,
    email: Inbox,
    wait: int,  # noqa: ARG001 - the handler waits
    from_: str | None,
    subject: str | None,
    since: datetime | None,
) -> Any:
    """Get the one-time code of the newest mail that has one, waiting for it if need be.

    Give `since` the moment before your test asked for the code: an older mail's is not taken then.
    """
    require_sight(backend, caller, email)
    found = newest_code(backend, email, Wanted(sender=from_, subject=subject, since=since))
    if found is None:
        return PENDING
    message, code = found
    return {"code": code.value, "reason": code.reason, "message": shapes.message(message)}


@operation(
    "GET",
    "/addresses/{email}/link",
    name="GetActionLink",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[EMAIL, WAIT, FROM, SUBJECT, SINCE],
    answers=[
        Answer(meaning="The newest action link, and the message it stands in.", schema=ref("ActionLink")),
        _NOTHING,
    ],
    waits=True,
)
def link(
    backend: Backend,
    caller: Caller,
    *,
    email: Inbox,
    wait: int,  # noqa: ARG001 - the handler waits
    from_: str | None,
    subject: str | None,
    since: datetime | None,
) -> Any:
    """Get the link that the newest mail asks its reader to follow, waiting for it if need be.

    To verify, confirm, activate, reset, sign in, or accept an invitation.
    """
    require_sight(backend, caller, email)
    found = newest_link(backend, email, Wanted(sender=from_, subject=subject, since=since))
    if found is None:
        return PENDING
    message, link = found
    return {"link": link.url, "action": link.action, "reason": link.reason, "message": shapes.message(message)}


routes = blueprint(__name__, operations := (code, link))
