"""Replies that carry a mail's own content: never trusted by a browser, saved under a safe name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chalicelib.actions.reading import raw_stream
from chalicelib.actions.rendering import rendered, small_part
from chalicelib.api.operation import Answer, Reply
from chalicelib.api.schemas import ref
from chalicelib.mail.rendering import VERSION, part_key, rendering_key
from chalicelib.ports.linking import Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.actions.reading import Opened, Stream
    from chalicelib.actions.steps import Steps
    from chalicelib.mail.message import Message
    from chalicelib.mail.rendering import Rendering
    from chalicelib.mail.structure import Part
    from chalicelib.ports import Backend

NOT_MODIFIED = Answer(status=304, meaning="The client has the content already, as its If-None-Match says.")
PARTIAL = Answer(
    status=206,
    meaning="The bytes that the Range header asks for.",
    media_type="*/*",
    schema={"type": "string", "format": "binary"},
    example="hel",
)
BEYOND = Answer(
    status=416,
    meaning="The Range header asks for bytes beyond the end.",
    schema=ref("Error"),
    example={"error": "RangeNotSatisfiable", "message": "The content has 5 bytes"},
)
LINKED = Answer(status=302, meaning="It is too large for a reply: Location is a URL that opens it for a few minutes.")

# Hostile HTML may style itself and show the images it brings, nothing else: no script, no request, no form.
SANDBOX = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")


def rendering_reply(
    opened: Opened, rendering: Rendering, media_type: str, *, etag: str, file_name: str, download: bool
) -> Reply:
    """A reply with a rendering of a mail, shown in a sandbox, or saved as `file_name` when `download` is set.

    What goes by the same `etag` never changes: nothing is rendered for a client that has it.
    """

    def make() -> bytes | Reply:
        made = rendered(opened, rendering)
        links = opened.backend.links
        if links is None or len(made) <= links.most:
            return made
        # Outside of our own pages nothing keeps a browser from running what it shows: there it is saved.
        form = Form(media_type=media_type, disposition=disposition("attachment", file_name))
        return _redirect(links.to_copy(rendering_key(opened.message.mail.id, rendering), lambda: iter((made,)), form))

    return _reply(make, media_type, etag=etag, file_name=file_name, download=download, steps=opened.steps)


def part_reply(opened: Opened, part: Part, *, etag: str | None = None) -> Reply:
    """A reply with the decoded content of a part, to be saved; larger ones go past the API where there is a way."""
    name = part.file_name or f"part-{part.number}"
    media_type = safe_media_type(part.media_type)
    content = opened.stream(part)

    def make() -> bytes | Stream | Reply:
        small = small_part(opened, part)
        if small is not None:
            return small
        links = opened.backend.links
        if links is None or (part.length or part.body.end - part.body.start) <= links.most:
            return content
        form = Form(media_type=media_type, disposition=disposition("attachment", name))
        return _redirect(links.to_copy(part_key(opened.message.mail.id, part), lambda: content.open(None), form))

    etag = etag or f"{opened.message.id}/parts/{part.number}"
    made = _reply(make, media_type, etag=etag, file_name=name, download=True, steps=opened.steps)
    return replace(made, length=content.length)


def raw_reply(backend: Backend, message: Message, *, download: bool) -> Reply:
    """A reply with the whole mail as it is kept."""
    name = f"{message.id}.eml"
    media_type = "message/rfc822" if download else "text/plain"
    content = raw_stream(backend, message)

    def make() -> Stream | Reply:
        if backend.links is None or message.mail.size <= backend.links.most:
            return content
        form = Form(media_type=media_type, disposition=disposition("attachment" if download else "inline", name))
        return _redirect(backend.links.to_raw(message.mail.receipt, form))

    made = _reply(make, media_type, etag=f"{message.id}/raw", file_name=name, download=download)
    return replace(made, length=content.length)


def _redirect(url: str) -> Reply:
    return Reply(status=302, body=b"", headers={"Location": url})


def _reply(
    make: Callable[[], Any], media_type: str, *, etag: str, file_name: str, download: bool, steps: Steps | None = None
) -> Reply:
    headers = {
        "Content-Security-Policy": SANDBOX,
        "X-DNS-Prefetch-Control": "off",
        "Content-Disposition": disposition("attachment" if download else "inline", file_name),
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{quote(etag, safe="-._~+/")}.{VERSION}"',
    }
    return Reply(body=make, media_type=media_type, headers=headers, steps=steps)


def safe_media_type(media_type: str) -> str:
    """The type a mail gave a part, or application/octet-stream when that could not stand in a header."""
    base = media_type.partition(";")[0].strip().lower()
    return media_type if _MEDIA_TYPE.fullmatch(base) else "application/octet-stream"


def disposition(kind: str, file_name: str) -> str:
    """A Content-Disposition (RFC 6266) with a name that no system takes for a path or a device."""
    name = _UNSAFE_IN_NAME.sub("_", file_name).strip(" .")[:200] or "attachment"
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{kind}; filename="{plain}"{extended}'
