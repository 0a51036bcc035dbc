"""Accounts and their API keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who owns keys and addresses. An admin manages accounts, keys and rules."""

    id: str
    created: datetime
    admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key, of which only the SHA-256 in hex is kept. `id` may be shown, `label` is the owner's word for it."""

    id: str
    account: str
    digest: str
    label: str
    created: datetime
