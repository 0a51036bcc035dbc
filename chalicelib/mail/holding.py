"""Who owns an inbox, and who may see it: values and the rule, without asking anybody.

An inbox belongs to whoever reserved its address; else to whoever reserved the catch-all of its domain; else to the
owner of its domain while that is private and verified; else to nobody: it is unreserved, and public within the
installation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from chalicelib.mail.names import Inbox

if TYPE_CHECKING:
    from datetime import datetime

CATCH_ALL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """An address that an account reserved, and where its mail is told of. "*@domain" is the domain's catch-all."""

    inbox: Inbox
    owner: str
    created: datetime
    updated: datetime
    info: str = ""
    forward: str = ""
    enablews: bool = False
    webhook: str = ""
    webhook_slack: str = ""
    webhook_slack_to_from: bool = False

    @property
    def catch_all(self) -> str | None:
        """The domain that it catches mail for; None for an ordinary address."""
        local, _, domain = self.inbox.rpartition("@")
        return domain if local == CATCH_ALL else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain that an account hosts here. Inboxes of a private, verified one that nobody reserved are its owner's."""

    name: str
    owner: str
    created: datetime
    updated: datetime
    verification_txt: str = ""
    private: bool = True
    verified: bool = False
    verified_mx: bool = False
    last_verification_errors: str = ""
    enablews: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What the directory says of an inbox."""

    inbox: Inbox
    reservation: Reservation | None = None
    catch_all: Reservation | None = None
    domain: Domain | None = None

    @property
    def host(self) -> str | None:
        """The account that hosts the inbox's domain and proved that it is theirs."""
        return self.domain.owner if self.domain is not None and self.domain.verified else None

    @property
    def owner(self) -> str | None:
        """The account that the inbox belongs to; None for an unreserved inbox of a public domain."""
        if self.reservation is not None:
            return self.reservation.owner
        if self.catch_all is not None:
            return self.catch_all.owner
        return self.host if self.domain is not None and self.domain.private else None

    @property
    def implicit(self) -> bool:
        """Whether it is owned without having been reserved."""
        return self.reservation is None and self.owner is not None


class Sight(Enum):
    """What a caller is to an inbox."""

    OWNER = "owner"
    """It is theirs."""
    PUBLIC = "public"
    """It is nobody's, and open to them."""
    UNKNOWN = "unknown"
    """It is nobody's, and open only to those who show a key."""
    FOREIGN = "foreign"
    """It is another account's."""


def sight_of(holding: Holding, account: str | None, *, open_to_all: bool) -> Sight:
    """What the caller of that account (None: no key) is to an inbox, where `open_to_all` is the installation's word."""
    owner = holding.owner
    if owner is None:
        return Sight.PUBLIC if account is not None or open_to_all else Sight.UNKNOWN
    return Sight.OWNER if owner == account else Sight.FOREIGN


def catch_all_of(domain: str) -> Inbox:
    """The address that catches a domain's mail to unreserved inboxes."""
    return Inbox(f"{CATCH_ALL}@{domain}")
