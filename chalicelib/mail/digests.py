"""The second look at a mail: length, MD5 and SHA-256 of decoded content, streamed, within a budget of bytes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from . import transfer

if TYPE_CHECKING:
    from .structure import Octets
    from .transfer import Damage


class Digest(NamedTuple):
    """What identifies decoded content: its length in bytes, its digests in hex."""

    length: int = 0
    md5: str = ""
    sha256: str = ""


class Digests:
    """Makes digests of ranges of one mail until as many bytes were read as the budget allows."""

    def __init__(self, raw: Octets, budget: int) -> None:
        self._raw = raw
        self._budget = budget

    def read(self, start: int, end: int, encoding: str, damage: Damage) -> Digest | None:
        """Digest a range with its transfer encoding undone, noting damage; None when the budget does not reach."""
        self._budget -= end - start
        if self._budget < 0:
            return None
        length = 0
        # MD5 names attachments in the API; nothing rests on it being hard to forge.
        md5 = hashlib.md5(usedforsecurity=False)
        sha256 = hashlib.sha256()
        for piece in transfer.decode_stream(transfer.slices(self._raw, start, end), encoding, damage):
            length += len(piece)
            md5.update(piece)
            sha256.update(piece)
        return Digest(length, md5.hexdigest(), sha256.hexdigest())
