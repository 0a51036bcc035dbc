"""Mail that has been kept long enough: by age, and by number, first in first out; starred mail stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.actions.discarding import drop_oldest
from chalicelib.actions.owning import holding_of
from chalicelib.mail.ids import first_id_at
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.mail.message import Inbox
    from chalicelib.ports import Backend


def expire(backend: Backend, *, most: int | None = None) -> int:
    """Delete what is older than the policy keeps, `most` messages of it; answers with how many there were."""
    days = backend.policy.keep_days
    if days is None:
        return 0
    return drop_oldest(backend, None, before=first_id_at(backend.now() - timedelta(days=days)), most=most)


def trim(backend: Backend, inboxes: Iterable[Inbox]) -> int:
    """Delete what these inboxes, and the accounts that own them, hold above what the policy keeps."""
    dropped = 0
    accounts = set()
    for inbox in inboxes:
        owner = holding_of(backend, inbox).owner
        if owner is None:
            dropped += _trim(backend, Shelf.inbox(inbox), backend.policy.keep_unowned)
        else:
            accounts.add(owner)
    for account in accounts:
        dropped += _trim(backend, Shelf.account(account), backend.policy.keep_account)
    return dropped


def _trim(backend: Backend, shelf: Shelf, keep: int | None) -> int:
    if keep is None:
        return 0
    above = backend.index.count(shelf).messages - keep
    return drop_oldest(backend, shelf, most=above) if above > 0 else 0
