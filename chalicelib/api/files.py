"""Files that ship with the code and that a browser asks for: scripts, style sheets, icons, pages.

Their addresses carry the folder's build, a digest of all its files: what goes by such an address never changes, so a
browser that was here once asks for the page alone. Relative addresses only: on AWS everything is under a stage's path.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Final

from chalicelib.api.operation import Reply
from chalicelib.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
"""The types that are served, by the end of a file's name; any other file of a folder stays unseen."""
BUILD: Final = "@build@"
"""What stands in pages for the build of the files that they ask for."""
SECURITY: Final = {
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Headers of every page and file; `nosniff` stands in every answer anyway."""
_NO_DOCUMENT: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""The policy of what is no page: opened by itself, it may do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file: its content, its media type, and its entity tag (RFC 9110, 8.8.3) with quotation marks."""

    content: bytes
    media_type: str
    etag: str


class Folder:
    """The files of one folder below chalicelib, read when they are first asked for; folders within it stay unseen."""

    def __init__(self, path: str) -> None:
        self._path = path

    @cached_property
    def files(self) -> Mapping[str, File]:
        """The files by name."""
        found = {}
        for entry in resources.files("chalicelib").joinpath(self._path).iterdir():
            media_type = MEDIA_TYPES.get(entry.name.rpartition(".")[2])
            if media_type is not None and entry.is_file():
                content = entry.read_bytes()
                found[entry.name] = File(content=content, media_type=media_type, etag=_etag(content))
        return found

    @cached_property
    def build(self) -> str:
        """A digest of all files, in 16 hexadecimal digits."""
        listed = sorted(f"{name} {file.etag}" for name, file in self.files.items())
        return hashlib.sha256("\n".join(listed).encode()).hexdigest()[:16]

    def file(self, build: str, name: str) -> Reply:
        """The answer with a file; kept for a year where `build` is this folder's. Raises NotFound."""
        found = self._found(name)
        is_current = build == self.build
        headers = {
            **SECURITY,
            "Content-Security-Policy": _NO_DOCUMENT,
            "Cache-Control": "public, max-age=31536000, immutable" if is_current else "no-cache",
            "ETag": found.etag,
        }
        return Reply(body=found.content, media_type=found.media_type, headers=headers)

    def page(self, name: str, *, policy: str) -> Reply:
        """The answer with a page under that Content-Security-Policy: asked for anew each time, sent when it changed.

        Raises NotFound.
        """
        content = self._found(name).content.replace(BUILD.encode(), self.build.encode())
        headers = {**SECURITY, "Content-Security-Policy": policy, "Cache-Control": "no-cache", "ETag": _etag(content)}
        return Reply(body=content, media_type=MEDIA_TYPES["html"], headers=headers)

    def _found(self, name: str) -> File:
        found = self.files.get(name)
        if found is None:
            raise NotFound("There is no such file")
        return found


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
