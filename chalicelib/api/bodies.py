"""What is in a message: text, sanitised and whole HTML, raw mail, headers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.actions import reading
from chalicelib.actions.owning import require_sight
from chalicelib.api.downloads import NOT_MODIFIED, content
from chalicelib.api.fields import BOOLEAN, choice, query
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Access, Answer, Operation, Reply, operation
from chalicelib.api.parameters import DOWNLOAD, EMAIL, MESSAGE_ID
from chalicelib.api.schemas import list_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.actions.admitting import Caller
    from chalicelib.api import shapes
    from chalicelib.api.fields import Parameter
    from chalicelib.mail.headers import Field
    from chalicelib.mail.message import Inbox
    from chalicelib.ports import Backend

_TAG = "Message bodies"
_EXAMPLE_HEADER = "Received: from mx.shop.example ([192.0.2.7])\r\nSubject: Your code is 424242\r\n\r\n"
_EXAMPLE_RAW = _EXAMPLE_HEADER + "Your code is 424242.\r\n"
_MORE_ANSWERS = {
    "GetFullRawMessage": [
        Answer(
            meaning="The raw mail, to be saved.",
            media_type="message/rfc822",
            schema={"type": "string"},
            example=_EXAMPLE_RAW,
        )
    ]
}
_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"


def _body(
    path: str, name: str, meaning: str, media_type: str, example: str, *more: Parameter
) -> Callable[[Callable[..., Any]], Operation]:
    return operation(
        "GET",
        path + "/{email}/{messageId}",
        name=name,
        tag=_TAG,
        access=Access.INBOX,
        parameters=[EMAIL, MESSAGE_ID, DOWNLOAD, *more],
        answers=[
            Answer(
                meaning=meaning, media_type=media_type.partition(";")[0], schema={"type": "string"}, example=example
            ),
            *_MORE_ANSWERS.get(name, ()),
            NOT_MODIFIED,
        ],
        errors=[404],
    )


@_body("/text", "GetBodyPlainText", "The text.", _TEXT, "Your code is 424242.")
def text(backend: Backend, caller: Caller, *, email: Inbox, messageId: str, download: bool) -> Reply:
    """Get a message's text.

    Where the mail has only HTML, the text is made from it.
    """
    opened = _opened(backend, caller, email, messageId)
    return content(
        lambda: _encoded(reading.plain_text(opened)),
        _TEXT,
        etag=f"{opened.message.id}/text",
        file_name=f"{opened.message.id}.txt",
        download=download,
    )


@_body(
    "/body",
    "GetBodySanitized",
    "The sanitised HTML.",
    _HTML,
    "<p>Your code is <b>424242</b>.</p>",
    query("links", BOOLEAN, "Whether links stay, to http, https and mailto only.", default=False, example=True),
    query("images", BOOLEAN, "Whether the images stay that the mail brings itself.", default=False, example=True),
)
def body(
    backend: Backend, caller: Caller, *, email: Inbox, messageId: str, download: bool, links: bool, images: bool
) -> Reply:
    """Get a message's HTML without scripts, links, images and anything remote.

    Where the mail has only text, the HTML is made from it.
    """
    opened = _opened(backend, caller, email, messageId)
    return content(
        lambda: _encoded(reading.safe_html(opened, links=links, images=images)),
        _HTML,
        etag=f"{opened.message.id}/body/{int(links)}{int(images)}",
        file_name=f"{opened.message.id}.html",
        download=download,
    )


@_body("/dirty", "GetBodyDirty", "The HTML, nothing taken out.", _HTML, "<p>Your code is <b>424242</b>.</p>")
def dirty(backend: Backend, caller: Caller, *, email: Inbox, messageId: str, download: bool) -> Reply:
    """Get a message's HTML as it was sent, with its own images put in.

    Nothing is taken out: show it in a sandbox only. The answer carries a Content-Security-Policy that says so.
    """
    opened = _opened(backend, caller, email, messageId)
    return content(
        lambda: _encoded(reading.whole_html(opened)),
        _HTML,
        etag=f"{opened.message.id}/dirty",
        file_name=f"{opened.message.id}.html",
        download=download,
    )


@_body("/raw", "GetFullRawMessage", "The raw mail, byte for byte.", "text/plain", _EXAMPLE_RAW)
def raw(backend: Backend, caller: Caller, *, email: Inbox, messageId: str, download: bool) -> Reply:
    """Get the whole mail as it came, after the trace header of its arrival here."""
    require_sight(backend, caller, email)
    found = reading.find_message(backend, email, messageId)
    return content(
        lambda: reading.raw_mail(backend, found),
        "message/rfc822" if download else "text/plain",
        etag=f"{found.id}/raw",
        file_name=f"{found.id}.eml",
        download=download,
    )


_FORMATS = ("json", "json-ordered", "plain")


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/headers",
    name="GetHeaders",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[
        EMAIL,
        MESSAGE_ID,
        query(
            "messageHeadersFormat",
            choice(*_FORMATS),
            "`json`: lower-case names, each with the list of its values; `json-ordered`: a list of name and value in "
            "order; `plain`: the header as it stands in the mail.",
            default="json",
            example="json",
            aliases=("format",),
        ),
        DOWNLOAD,
    ],
    answers=[
        Answer(
            meaning="The header fields.",
            schema={
                "oneOf": [
                    {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
                    list_of({"type": "object"}),
                ]
            },
            example={"subject": ["Your code is 424242"]},
        ),
        Answer(
            meaning="The header, as `plain` asks for it.",
            media_type="text/plain",
            schema={"type": "string"},
            example=_EXAMPLE_HEADER,
        ),
        NOT_MODIFIED,
    ],
    errors=[404],
)
def headers(
    backend: Backend, caller: Caller, *, email: Inbox, messageId: str, messageHeadersFormat: str, download: bool
) -> Reply:
    """Get a message's header fields."""
    opened = _opened(backend, caller, email, messageId)
    plain = messageHeadersFormat == "plain"
    return content(
        lambda: reading.header_text(opened) if plain else _headers_json(opened, messageHeadersFormat),
        "text/plain" if plain else "application/json",
        etag=f"{opened.message.id}/headers/{messageHeadersFormat}",
        file_name=f"{opened.message.id}.{'txt' if plain else 'json'}",
        download=download,
    )


@operation(
    "GET",
    "/headers/{email}/{messageId}",
    name="GetHeadersOfOldClients",
    tag=_TAG,
    access=Access.INBOX,
    parameters=[EMAIL, MESSAGE_ID],
    answers=[
        Answer(
            meaning="The header fields by lower-case name.",
            schema={"type": "object"},
            example={"subject": "Your code is 424242"},
        )
    ],
    errors=[404],
)
def old_headers(backend: Backend, caller: Caller, *, email: Inbox, messageId: str) -> shapes.Json:
    """Get a message's header fields as older clients read them.

    A field that stands once is a string; one that is repeated is a list.
    """
    opened = _opened(backend, caller, email, messageId)
    named = _by_name(reading.header_fields(opened))
    return {name: values[0] if len(values) == 1 else values for name, values in named.items()}


def _headers_json(opened: reading.Opened, form: str) -> bytes:
    fields = reading.header_fields(opened)
    ordered = [{"name": field.name, "value": field.value} for field in fields]
    document: Any = ordered if form == "json-ordered" else _by_name(fields)
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _by_name(fields: tuple[Field, ...]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for field in fields:
        named.setdefault(field.name.lower(), []).append(field.value)
    return named


def _opened(backend: Backend, caller: Caller, email: Inbox, message: str) -> reading.Opened:
    require_sight(backend, caller, email)
    return reading.open_message(backend, email, message)


def _encoded(rendered: str) -> bytes:
    # A mail may hold half a surrogate pair; no client could read it.
    return rendered.encode("utf-8", "replace")


routes = blueprint(__name__, operations := (text, body, dirty, raw, headers, old_headers))
