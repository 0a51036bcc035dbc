"""Links that open one raw mail without a key, for a while."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from chalicelib.errors import Unauthorized

if TYPE_CHECKING:
    from chalicelib.mail.message import Message
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

LINK_SECONDS = 24 * 3600


def raw_link(backend: Backend, message: Message) -> str:
    """A URL of the raw mail that works for LINK_SECONDS; without a host where the settings name none."""
    expires = int(backend.now().timestamp()) + LINK_SECONDS
    signature = _signature(backend, message.inbox, message.id, expires)
    path = f"/api/raw/{quote(message.inbox.encode('utf-8', 'surrogatepass'), safe='@')}/{message.id}"
    return f"{backend.policy.url}{path}?expires={expires}&signature={signature}"


def require_link(backend: Backend, inbox: Inbox, message: str, *, expires: int, signature: str) -> None:
    """See that a link is ours and not over. Raises Unauthorized."""
    right = _signature(backend, inbox, message, expires)
    given = signature.encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(right.encode(), given) or backend.now().timestamp() > expires:
        raise Unauthorized("This link is not valid, or not any more")


def _signature(backend: Backend, inbox: str, message: str, expires: int) -> str:
    said = f"raw\n{inbox}\n{message}\n{expires}".encode("utf-8", "surrogatepass")
    return hmac.new(backend.directory.secret("links"), said, hashlib.sha256).hexdigest()
