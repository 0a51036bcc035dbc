"""Block rules: which addresses are shut out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRule:
    """A network or domain that is shut out, in its canonical form ("192.0.2.0/24", "bad.example"), and why."""

    subject: str
    reason: str
    made_by: str
    created: datetime
    expires: datetime | None = None
