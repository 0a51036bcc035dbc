"""Where a recipient's mail goes: to which inbox, and whose that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.mail.addresses import inbox_of
from chalicelib.mail.names import Inbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.mail.holding import Holding
    from chalicelib.ports import Backend

_ALIAS = re.compile(r"inbox-([0-9a-f]{40})@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A recipient as the sender wrote it, the inbox it leads to, and whose that is."""

    recipient: str
    holding: Holding

    @property
    def inbox(self) -> Inbox:
        return self.holding.inbox

    @property
    def owner(self) -> str | None:
        """The account that owns the inbox."""
        return self.holding.owner


def routes_of(backend: Backend, recipients: Sequence[str]) -> tuple[Route, ...]:
    """The routes of recipients, in their order: without plus tags, and through secret other names."""
    inboxes = [_inbox(backend, recipient) for recipient in recipients]
    holdings = {holding.inbox: holding for holding in backend.addresses.holdings(tuple(dict.fromkeys(inboxes)))}
    return tuple(
        Route(recipient=recipient, holding=holdings[inbox])
        for recipient, inbox in zip(recipients, inboxes, strict=True)
    )


def alias_in(recipient: str) -> str | None:
    """The token of the secret other name (reserving.secret_name) by which a recipient is called; None if by none."""
    alias = _ALIAS.match(inbox_of(recipient))
    return alias[1] if alias else None


def _inbox(backend: Backend, recipient: str) -> Inbox:
    token = alias_in(recipient)
    return (token and backend.addresses.inbox_of_alias(token)) or Inbox(inbox_of(recipient))
