"""What is in a message: text, sanitised and whole HTML, raw mail, headers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.actions import reading
from chalicelib.actions.linking import require_link
from chalicelib.actions.owning import require_sight
from chalicelib.actions.rendering import rendered
from chalicelib.api.downloads import BEYOND, LINKED, NOT_MODIFIED, PARTIAL, raw_reply, rendering_reply
from chalicelib.api.fields import BOOLEAN, TEXT, choice, integer, query
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Access, Answer, Operation, Reply, operation
from chalicelib.api.parameters import DOWNLOAD, EMAIL, MESSAGE_ID
from chalicelib.api.schemas import list_of
from chalicelib.mail.rendering import Rendering, body_rendering

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.actions.admitting import Caller
    from chalicelib.api import shapes
    from chalicelib.api.fields import Parameter
    from chalicelib.mail.names import Inbox
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
        ),
        PARTIAL,
        BEYOND,
    ]
}
_MORE_PARAMETERS = {
    "GetFullRawMessage": [
        query(
            "expires",
            integer(minimum=0, maximum=1 << 40),
            "Of a link that a webhook was told: when it ends, in seconds since 1970.",
            default=0,
            example=1_800_000_000,
        ),
        query("signature", TEXT, "Of such a link: what opens the mail without a key.", default="", example="0123abcd"),
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
        parameters=[EMAIL, MESSAGE_ID, DOWNLOAD, *more, *_MORE_PARAMETERS.get(name, ())],
        answers=[
            Answer(
                meaning=meaning, media_type=media_type.partition(";")[0], schema={"type": "string"}, example=example
            ),
            *_MORE_ANSWERS.get(name, ()),
            LINKED,
            NOT_MODIFIED,
        ],
        errors=[404],
    )


@_body("/text", "GetBodyPlainText", "The text.", _TEXT, "Your code is 424242.")
def text(backend: Backend, caller: Caller, *, email: Inbox, messageId: str, download: bool) -> Reply:
    """Get a message's text.

    Where the mail has only HTML, the text is made from it; of a very long one it is shortened, and ends with a line
    that says so.
    """
    opened = _opened(backend, caller, email, messageId)
    return rendering_reply(
        opened,
        Rendering.TEXT,
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

    Where the mail has only text, the HTML is made from it. A very long one is shortened, and ends with a paragraph that
    says so.
    """
    opened = _opened(backend, caller, email, messageId)
    return rendering_reply(
        opened,
        body_rendering(links=links, images=images),
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
    return rendering_reply(
        opened,
        Rendering.DIRTY,
        _HTML,
        etag=f"{opened.message.id}/dirty",
        file_name=f"{opened.message.id}.html",
        download=download,
    )


@_body("/raw", "GetFullRawMessage", "The raw mail, byte for byte.", "text/plain", _EXAMPLE_RAW)
def raw(
    backend: Backend, caller: Caller, *, email: Inbox, messageId: str, download: bool, expires: int, signature: str
) -> Reply:
    """Get the whole mail as it came, after the trace header of its arrival here."""
    if signature and caller.account is None:
        require_link(backend, email, messageId, expires=expires, signature=signature)
    else:
        require_sight(backend, caller, email)
    found = reading.find_message(backend, email, messageId)
    return raw_reply(backend, found, download=download)


_FORMATS = {
    "json": Rendering.HEADERS,
    "json-ordered": Rendering.HEADERS_ORDERED,
    "plain": Rendering.HEADER,
}


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
        LINKED,
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
    return rendering_reply(
        opened,
        _FORMATS[messageHeadersFormat],
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
    named = json.loads(rendered(opened, Rendering.HEADERS))
    return {name: values[0] if len(values) == 1 else values for name, values in named.items()}


def _opened(backend: Backend, caller: Caller, email: Inbox, message: str) -> reading.Opened:
    require_sight(backend, caller, email)
    return reading.open_message(backend, email, message)


routes = blueprint(__name__, operations := (text, body, dirty, raw, headers, old_headers))
