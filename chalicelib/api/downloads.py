"""Replies that carry a mail's own content: never trusted by a browser, saved under a safe name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from chalicelib.api.operation import Answer, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_MODIFIED = Answer(status=304, meaning="The client has the content already, as its If-None-Match says.")
RENDERING = "1"
"""The version of what is made of a mail. Raise it when a rendering changes, so that no client keeps the old one."""

# Hostile HTML may style itself and show the images it brings, nothing else: no script, no request, no form.
SANDBOX = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")


def content(make: Callable[[], bytes], media_type: str, *, etag: str, file_name: str, download: bool) -> Reply:
    """A reply with content of a mail, shown in a sandbox, or saved as `file_name` when `download` is set.

    What goes by the same `etag` never changes: `make` is not called for a client that has it.
    """
    headers = {
        "Content-Security-Policy": SANDBOX,
        "X-DNS-Prefetch-Control": "off",
        "Content-Disposition": disposition("attachment" if download else "inline", file_name),
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{quote(etag, safe="-._~+/")}.{RENDERING}"',
    }
    return Reply(body=make, media_type=safe_media_type(media_type), headers=headers)


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
