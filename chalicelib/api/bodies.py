"""What is in a message: text, sanitised and whole HTML, raw mail, headers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.actions import reading
from chalicelib.api import shapes
from chalicelib.api.downloads import content
from chalicelib.api.fields import choice, query
from chalicelib.api.operation import Answer, Operation, Reply, blueprint, operation
from chalicelib.api.parameters import DOWNLOAD, EMAIL, MESSAGE_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.headers import Field
    from chalicelib.mail.message import Inbox
    from chalicelib.ports import Backend

_TAG = "Message bodies"
_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"


def _body(path: str, name: str, meaning: str, media_type: str) -> Callable[[Callable[..., Any]], Operation]:
    return operation(
        "GET",
        path + "/{email}/{messageId}",
        name=name,
        tag=_TAG,
        parameters=[EMAIL, MESSAGE_ID, DOWNLOAD],
        answers=[Answer(meaning=meaning, media_type=media_type.partition(";")[0], schema={"type": "string"})],
        errors=[400, 404],
    )


@_body("/text", "GetBodyPlainText", "The text.", _TEXT)
def text(backend: Backend, _: Caller, *, email: Inbox, messageId: str, download: bool) -> Reply:
    """Get a message's text.

    Where the mail has only HTML, the text is made from it.
    """
    opened = reading.open_message(backend, email, messageId)
    return content(_encoded(reading.plain_text(opened)), _TEXT, file_name=f"{messageId}.txt", download=download)


@_body("/body", "GetBodySanitized", "The sanitised HTML.", _HTML)
def body(backend: Backend, _: Caller, *, email: Inbox, messageId: str, download: bool) -> Reply:
    """Get a message's HTML without scripts, images and anything remote.

    Where the mail has only text, the HTML is made from it.
    """
    opened = reading.open_message(backend, email, messageId)
    return content(_encoded(reading.safe_html(opened)), _HTML, file_name=f"{messageId}.html", download=download)


@_body("/dirty", "GetBodyDirty", "The HTML, nothing taken out.", _HTML)
def dirty(backend: Backend, _: Caller, *, email: Inbox, messageId: str, download: bool) -> Reply:
    """Get a message's HTML as it was sent, with its own images put in.

    Nothing is taken out: show it in a sandbox only. The answer carries a Content-Security-Policy that says so.
    """
    opened = reading.open_message(backend, email, messageId)
    return content(_encoded(reading.whole_html(opened)), _HTML, file_name=f"{messageId}.html", download=download)


@_body("/raw", "GetFullRawMessage", "The raw mail, byte for byte.", "text/plain")
def raw(backend: Backend, _: Caller, *, email: Inbox, messageId: str, download: bool) -> Reply:
    """Get the whole mail as it came, after the trace header of its arrival here."""
    octets = reading.raw_mail(backend, email, messageId)
    media_type = "message/rfc822" if download else "text/plain"
    return content(octets, media_type, file_name=f"{messageId}.eml", download=download)


_FORMATS = ("json", "json-ordered", "plain")


@operation(
    "GET",
    "/addresses/{email}/messages/{messageId}/headers",
    name="GetHeaders",
    tag=_TAG,
    parameters=[
        EMAIL,
        MESSAGE_ID,
        query(
            "messageHeadersFormat",
            choice(*_FORMATS),
            "`json`: lower-case names, each with the list of its values; `json-ordered`: a list of name and value in "
            "order; `plain`: the header as it stands in the mail.",
            default="json",
            aliases=("format",),
        ),
        DOWNLOAD,
    ],
    answers=[
        Answer(
            meaning="The header fields.",
            schema={
                "oneOf": [
                    {
                        "type": "object",
                        "additionalProperties": {"type": "array", "items": {"type": "string"}},
                    },
                    shapes.listing({"type": "object"}),
                ]
            },
        ),
        Answer(meaning="The header, as `plain` asks for it.", media_type="text/plain", schema={"type": "string"}),
    ],
    errors=[400, 404],
)
def headers(
    backend: Backend,
    _: Caller,
    *,
    email: Inbox,
    messageId: str,
    messageHeadersFormat: str,
    download: bool,
) -> Reply:
    """Get a message's header fields."""
    opened = reading.open_message(backend, email, messageId)
    if messageHeadersFormat == "plain":
        return content(reading.header_text(opened), "text/plain", file_name=f"{messageId}.txt", download=download)
    fields = reading.header_fields(opened)
    ordered = [{"name": field.name, "value": field.value} for field in fields]
    document: Any = ordered if messageHeadersFormat == "json-ordered" else _by_name(fields)
    octets = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return content(octets, "application/json", file_name=f"{messageId}.json", download=download)


def _by_name(fields: tuple[Field, ...]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for field in fields:
        named.setdefault(field.name.lower(), []).append(field.value)
    return named


def _encoded(rendered: str) -> bytes:
    # A mail may hold half a surrogate pair; no client could read it.
    return rendered.encode("utf-8", "replace")


routes = blueprint(__name__, operations := (text, body, dirty, raw, headers))
