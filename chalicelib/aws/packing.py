"""Documents as the table keeps them: compressed JSON. Writes are billed by the kilobyte; this takes about a third."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any


def pack(document: dict[str, Any]) -> bytes:
    """A document of JSON values, compressed."""
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 6)


def unpack(packed: bytes) -> dict[str, Any]:
    """The document that was packed."""
    document: dict[str, Any] = json.loads(zlib.decompress(packed))
    return document


def digest(packed: bytes) -> bytes:
    """The SHA-256 of what was packed, which is the same whatever release of zlib packed it."""
    return hashlib.sha256(zlib.decompress(packed)).digest()
