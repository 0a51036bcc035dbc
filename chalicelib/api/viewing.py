"""A message as the web page shows it: an overview, and a document for a sandboxed frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chalicelib.actions import reading, viewing
from chalicelib.actions.owning import require_sight
from chalicelib.api import shapes
from chalicelib.api.fields import BOOLEAN, body
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Access, Answer, Reply, operation
from chalicelib.api.parameters import EMAIL, MESSAGE_ID
from chalicelib.api.schemas import ref

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

_TAG = "Message bodies"
# Links open apart, and only when they are clicked: without scripts nothing else can open them.
_FRAME: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; "
)
_CLOSED: Final = "style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:"
_OPEN: Final = (
    "style-src 'unsafe-inline' http: https:; img-src data: http: https:; font-src data: http: https:; "
    "media-src data: http: https:"
)


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/overview",
    name="GetOverview",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[Answer(meaning="The message, its parts and problems, and what it has to show.", schema=ref("Overview"))],
    errors=[404],
)
def get_overview(backend: Backend, caller: Caller, *, email: Inbox, messageId: str) -> shapes.Json:
    """Get all that stands around a message in one answer.

    Its metadata, parts and problems, its one-time code, and how much its HTML would fetch from elsewhere.
    """
    require_sight(backend, caller, email)
    opened = reading.open_message(backend, email, messageId)
    found = viewing.overview(opened)
    return {
        "message": shapes.message(opened.message),
        "hasHtml": found.has_html,
        "hasText": found.has_text,
        "remote": found.remote,
        "code": found.code.value if found.code else None,
        "parts": [shapes.part(part) for part in opened.structure.parts],
        "problems": [shapes.problem(problem) for problem in opened.structure.problems],
    }


@operation(
    "POST",
    "/addresses/{email}/messages/{messageId}/frame",
    name="FrameMessage",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[
        EMAIL,
        MESSAGE_ID,
        body("remote", BOOLEAN, "Whether what the mail names from elsewhere is fetched.", default=False, example=False),
        body("dark", BOOLEAN, "Whether it is shown as on a dark screen.", default=False, example=False),
    ],
    answers=[
        Answer(
            meaning="An HTML document to be shown in a sandboxed frame.",
            media_type="text/html",
            schema={"type": "string"},
            example="<!doctype html><html><body>Your code is <b>424242</b>.</body></html>",
        )
    ],
    errors=[404],
)
def frame(backend: Backend, caller: Caller, *, email: Inbox, messageId: str, remote: bool, dark: bool) -> Reply:
    """Get a message's HTML as a document for a frame: as it was sent, without scripts.

    It changes nothing; it is a POST so that a form can fill a frame, with the key in its body and not in an address.
    The answer's Content-Security-Policy is a sandbox that fetches nothing, unless `remote` asks for it.
    """
    require_sight(backend, caller, email)
    opened = reading.open_message(backend, email, messageId)
    headers = {
        "Content-Security-Policy": _FRAME + (_OPEN if remote else _CLOSED),
        "Referrer-Policy": "no-referrer",
        "X-DNS-Prefetch-Control": "off",
    }
    document = viewing.framed(opened, remote=remote, dark=dark)
    return Reply(body=document.encode("utf-8", "replace"), media_type="text/html; charset=utf-8", headers=headers)


routes = blueprint(__name__, operations := (get_overview, frame))
