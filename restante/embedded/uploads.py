"""The Uploads port on a folder, and the signature that opens a place in it (an HMAC over all that the URL says)."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from chalicelib.errors import Forbidden, NotFound, Unavailable
from chalicelib.ports.sending import Slot

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.ports import Directory

PREFIX = "/uploads/"
SIGNING = "uploads"
KEEP_SECONDS = 24 * 3600.0
"""How long a file stays after it was put."""
_NAME = re.compile(r"[0-9a-f]{16}-[0-9a-z]{26}")


class Uploads:
    """See ports.Uploads. `accept` is the other side of an offer, for the HTTP server."""

    def __init__(self, folder: Path, directory: Directory, now: Callable[[], datetime]) -> None:
        self.folder = folder
        self._directory = directory
        self._now = now

    def offer(self, upload: str, *, size: int, seconds: int) -> Slot:
        self._let_go()
        terms = {"size": str(size), "expires": str(int(self._now().timestamp()) + seconds)}
        query = urlencode({**terms, "signature": self._signature(upload, **terms)})
        return Slot(url=f"{PREFIX}{upload}?{query}")

    def read(self, upload: str) -> bytes:
        try:
            return self._path(upload).read_bytes()
        except FileNotFoundError:
            raise NotFound("There is no such upload") from None
        except OSError as error:
            raise Unavailable(f"The upload cannot be read: {error.strerror}") from error

    def size_offered(self, upload: str, query: str) -> int:
        """How many bytes may be put at this URL. Raises Forbidden when it is none of ours, or its time is over."""
        given = {name: values[-1] for name, values in parse_qs(query).items()}
        size, expires, signature = (given.get(name, "") for name in ("size", "expires", "signature"))
        wanted = self._signature(upload, size=size, expires=expires)
        if not _NAME.fullmatch(upload) or not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise Forbidden("This is no URL for an upload that was given out here")
        if self._now().timestamp() > int(expires):
            raise Forbidden("The time of this upload is over")
        return int(size)

    def accept(self, upload: str, content: bytes) -> None:
        """Keep a file; it is there whole or not at all. Raises Unavailable."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
                file.write(content)
                file.flush()
                os.fdatasync(file.fileno())
            Path(file.name).replace(self._path(upload))
        except OSError as error:
            raise Unavailable(f"The upload cannot be kept: {error.strerror}") from error

    def _path(self, upload: str) -> Path:
        return self.folder / f"{upload}.upload"

    def _signature(self, upload: str, *, size: str, expires: str) -> str:
        said = f"{upload} {size} {expires}".encode()
        return hmac.new(self._directory.secret(SIGNING), said, hashlib.sha256).hexdigest()

    def _let_go(self) -> None:
        oldest = self._now().timestamp() - KEEP_SECONDS
        for path in self.folder.glob("*") if self.folder.is_dir() else ():
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink(missing_ok=True)
            except OSError:
                # Another process was faster, or the next offer tries again.
                continue
