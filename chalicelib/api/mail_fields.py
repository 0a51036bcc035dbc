"""The kinds of values of which a mail is put together: mailboxes, attachments, header fields."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from dataclasses import dataclass
from typing import Any

from chalicelib.api.fields import Kind
from chalicelib.mail.addresses import Address, is_address, read_addresses

MOST_ADDRESSES = 1000
MOST_ATTACHMENTS = 100
MOST_FIELDS = 100
_TYPES = mimetypes.MimeTypes(filenames=())
"""What file names say of their content; from Python's own table, not from the machine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentGiven:
    """An attachment as a request has it: with its content, or with the upload that has it."""

    content: bytes = b""
    upload: str = ""
    file_name: str = ""
    media_type: str = ""
    disposition: str = ""
    content_id: str = ""


def _read_mailboxes(given: Any) -> tuple[Address, ...]:
    values = given if isinstance(given, list) else [given]
    found = tuple(address for value in values for address in _mailboxes(value))
    if len(found) > MOST_ADDRESSES:
        raise ValueError(f"expected {MOST_ADDRESSES} addresses at most")
    return found


def _mailboxes(value: Any) -> tuple[Address, ...]:
    if isinstance(value, dict):
        address, name = value.get("address"), value.get("name") or ""
        if not isinstance(address, str) or not isinstance(name, str) or not is_address(address.strip()):
            raise ValueError("expected an object with an email address and a name")
        return (Address(name, address.strip()),)
    if not isinstance(value, str):
        raise ValueError("expected an email address, several with commas between, or a list of them")  # noqa: TRY004 - ValueError is what Kind.read promises
    if any(letter in value for letter in "\r\n\0"):
        raise ValueError("expected no line breaks")
    found = read_addresses(value.encode("utf-8", "replace"))
    for one in found:
        if not is_address(one.address):
            raise ValueError(f"{(one.address or one.name)[:100]!r} is no email address")
    return found


def _read_encoded(given: Any, encoding: Any) -> bytes:
    if not isinstance(given, str):
        raise ValueError("expected text")  # noqa: TRY004 - ValueError is what Kind.read promises
    if encoding in ("byte", "utf-8", "utf8"):
        return given.encode("utf-8", "replace")
    if encoding not in (None, "base64"):
        raise ValueError("expected the encoding base64 or byte")
    return decode_base64(given)


def decode_base64(text: str) -> bytes:
    """What Base64 stands for; line breaks in it are passed over. Raises ValueError for anything else."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("expected Base64, or that the encoding is said to be byte") from None


def _read_attachments(given: Any) -> tuple[AttachmentGiven, ...]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ValueError("expected a list of objects")
    if len(given) > MOST_ATTACHMENTS:
        raise ValueError(f"expected {MOST_ATTACHMENTS} at most")
    return tuple(_attachment(one) for one in given)


def _attachment(given: dict[str, Any]) -> AttachmentGiven:
    texts = {}
    for name in ("upload", "filename", "contentType", "contentDisposition", "cid"):
        value = given.get(name) or ""
        if not isinstance(value, str):
            raise ValueError(f"expected text as {name}")  # noqa: TRY004 - ValueError is what Kind.read promises
        texts[name] = value
    guessed = _TYPES.guess_type(texts["filename"])[0] or "application/octet-stream"
    return AttachmentGiven(
        content=b"" if texts["upload"] else _read_encoded(given.get("content"), given.get("encoding")),
        upload=texts["upload"],
        file_name=texts["filename"],
        media_type=texts["contentType"] or guessed,
        disposition=texts["contentDisposition"].partition(";")[0].strip().lower(),
        content_id=texts["cid"].strip().removeprefix("<").removesuffix(">").rstrip("."),
    )


def _read_texts(given: Any) -> tuple[str, ...]:
    values = given if isinstance(given, list) else [given]
    if len(values) > MOST_FIELDS or not all(isinstance(value, str) for value in values):
        raise ValueError(f"expected text, or a list of {MOST_FIELDS} texts at most")
    return tuple(value for value in values if value.strip())


def _read_fields(given: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, dict):
        raise ValueError("expected an object of names and values")  # noqa: TRY004 - ValueError is what Kind.read promises
    pairs = [(name, one) for name, value in given.items() for one in (value if isinstance(value, list) else [value])]
    if len(pairs) > MOST_FIELDS or not all(isinstance(value, str) for _, value in pairs):
        raise ValueError(f"expected texts, {MOST_FIELDS} at most")
    return tuple(pairs)


_MAILBOX = {
    "type": "object",
    "required": ["address"],
    "properties": {"address": {"type": "string"}, "name": {"type": "string"}},
}
_ONE = {"oneOf": [{"type": "string"}, _MAILBOX]}
MAILBOXES = Kind(schema={"oneOf": [*_ONE["oneOf"], {"type": "array", "items": _ONE}]}, read=_read_mailboxes)
TEXTS = Kind(
    schema={"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": MOST_FIELDS}]},
    read=_read_texts,
)
FIELDS = Kind(
    schema={
        "type": "object",
        "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    },
    read=_read_fields,
)
ATTACHMENTS = Kind(
    schema={
        "type": "array",
        "maxItems": MOST_ATTACHMENTS,
        "items": {
            "type": "object",
            "properties": {
                "content": {"type": "string", "description": "The file's content, in that encoding."},
                "encoding": {"type": "string", "enum": ["base64", "byte"], "default": "base64"},
                "upload": {"type": "string", "description": "The `id` of an upload, instead of content."},
                "filename": {"type": "string"},
                "contentType": {"type": "string", "description": "Guessed from the name when it is missing."},
                "contentDisposition": {"type": "string", "enum": ["attachment", "inline"]},
                "cid": {"type": "string", "description": "Its content id: the HTML shows it as `cid:...`."},
            },
        },
    },
    read=_read_attachments,
)
