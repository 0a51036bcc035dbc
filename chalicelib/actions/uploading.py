"""Large files of a mail: put beside the API, then named in it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.actions.owning import account_id
from chalicelib.errors import NotFound, TooLarge, Unprocessable

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.actions.admitting import Caller
    from chalicelib.ports import Backend
    from chalicelib.ports.sending import Slot

OPEN_SECONDS = 3600
"""How long a file may be put, and is then there to be named at least."""
_UPLOAD = re.compile(r"[0-9a-z]{26}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A place for a file: by `id` a mail names it."""

    id: str
    slot: Slot
    expires: datetime


def offer_upload(backend: Backend, caller: Caller, *, size: int) -> Upload:
    """A place for a file of exactly `size` bytes. Raises TooLarge for more than a mail may have."""
    if size > backend.policy.send_size:
        raise TooLarge(f"A mail may have {backend.policy.send_size} bytes")
    upload = backend.new_id()
    slot = backend.uploads.offer(_name(caller, upload), size=size, seconds=OPEN_SECONDS)
    return Upload(id=upload, slot=slot, expires=backend.now() + timedelta(seconds=OPEN_SECONDS))


def read_upload(backend: Backend, caller: Caller, upload: str) -> bytes:
    """What the caller put there. Raises Unprocessable when nothing is there."""
    if not _UPLOAD.fullmatch(upload):
        raise Unprocessable("There is no such upload")
    try:
        return backend.uploads.read(_name(caller, upload))
    except NotFound:
        raise Unprocessable(f"Nothing was put at the upload {upload} yet, or its time is over") from None


def _name(caller: Caller, upload: str) -> str:
    # The account is part of the name: nobody reaches what another put.
    return f"{hashlib.sha256(account_id(caller).encode()).hexdigest()[:16]}-{upload}"
