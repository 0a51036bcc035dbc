"""Hooks and deliveries for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.mail.hook import SECRET_BYTES, Delivery, Hook, new_secret

if TYPE_CHECKING:
    from chalicelib.ports import Backend


def hook(backend: Backend, name: str = "hook-1", *, owner: str = "ana", scope: str = "bo@rest.example") -> Hook:
    """A hook that has not been tried."""
    return Hook(
        id=name,
        owner=owner,
        scope=scope,
        url="https://ci.example/mail",
        secret=new_secret(backend.entropy(SECRET_BYTES)),
        created=backend.now(),
        updated=backend.now(),
    )


def delivery(backend: Backend, name: str = "hook-1", *, status: int = 204) -> Delivery:
    """A delivery that happens now."""
    return Delivery(
        id=backend.new_id(),
        hook=name,
        moment=backend.now(),
        webhook_id="msg_1_hook-1",
        inbox=None,
        message=None,
        status=status,
        seconds=0.25,
    )
