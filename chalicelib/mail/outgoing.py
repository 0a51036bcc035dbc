"""Mail that goes out: what is kept of it, and what may become of it at each of its recipients.

What may follow on what, and who says so:

queued      accepted, and waiting for its turn                      the API
sending     being handed to the provider; after a crash, again      the worker
deferred    the provider would not take it now; we try again        the worker
sent        the provider took it over                               the worker
delayed     the provider could not deliver it yet, and tries again  an event
delivered   the recipient's server took it                          the worker (local inboxes), an event
bounced     the recipient's server refused it                       the worker (SMTP), an event
complained  the recipient called it spam                            an event
failed      it was given up: refused as a whole, or too old         the worker, an event
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.mail.addresses import wire_address

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chalicelib.mail.names import MailId


class Status(StrEnum):
    """What became of a mail at a recipient."""

    QUEUED = "queued"
    SENDING = "sending"
    DEFERRED = "deferred"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"


_REPORTED = frozenset({Status.DELAYED, Status.DELIVERED, Status.BOUNCED, Status.COMPLAINED, Status.FAILED})
FOLLOWERS: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.SENDING, Status.FAILED}),
    # An event may be faster than our own record of the provider's answer.
    Status.SENDING: frozenset({Status.SENDING, Status.DEFERRED, Status.SENT}) | _REPORTED,
    Status.DEFERRED: frozenset({Status.SENDING, Status.FAILED}),
    Status.SENT: _REPORTED,
    Status.DELAYED: _REPORTED,
    # A server may take a mail and send it back later.
    Status.DELIVERED: frozenset({Status.BOUNCED, Status.COMPLAINED}),
    Status.BOUNCED: frozenset(),
    Status.COMPLAINED: frozenset(),
    Status.FAILED: frozenset(),
}
"""Which states may follow on which; anything else that is said comes too late, and changes nothing."""
WAITING = frozenset({Status.QUEUED, Status.SENDING, Status.DEFERRED})
"""The states in which the mail is still ours to send."""
ACCEPTED = frozenset({Status.SENT, Status.DELAYED, Status.DELIVERED, Status.BOUNCED, Status.COMPLAINED})
_OVERALL = (
    Status.DEFERRED,
    Status.SENDING,
    Status.QUEUED,
    Status.FAILED,
    Status.COMPLAINED,
    Status.BOUNCED,
    Status.DELAYED,
    Status.SENT,
    Status.DELIVERED,
)
"""Of a mail to several, the first of these that one of them is in counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a mail has come at one recipient. `diagnostic` is what a server said of it."""

    address: str
    status: Status = Status.QUEUED
    diagnostic: str = ""
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """News of a recipient. `lasting` says that mail to the address will never be taken: it is to be suppressed."""

    address: str
    status: Status
    diagnostic: str = ""
    lasting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What a provider answered to one mail: the name it goes by there, and the news of each recipient.

    A change to SENDING says that nobody knows yet; `wait` is how many seconds news may take, before it is tried again.
    """

    provider_id: str = ""
    changes: tuple[Change, ...] = ()
    wait: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A mail that was accepted for sending. Its bytes are kept apart until nobody waits for them.

    `sender` is the reverse-path (RFC 5321, 2.3.1). `key` is what the client named it by, so that a second
    request with it is no second mail, and `fingerprint` the digest of what was asked for. `version` counts changes.
    """

    id: MailId
    account: str
    sender: str
    created: datetime
    recipients: tuple[Progress, ...]
    subject: str = ""
    message_id: str = ""
    size: int = 0
    provider_id: str = ""
    key: str = ""
    fingerprint: str = ""
    version: int = 0

    @property
    def status(self) -> Status:
        """The state of the mail as a whole: see _OVERALL."""
        there = {progress.status for progress in self.recipients}
        return next(status for status in _OVERALL if status in there)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The recipients that it is still to be sent to."""
        return tuple(progress.address for progress in self.recipients if progress.status in WAITING)

    @property
    def accepted(self) -> bool:
        """Whether it left for anybody at all."""
        return any(progress.status in ACCEPTED for progress in self.recipients)


def advance(outgoing: Outgoing, changes: Iterable[Change], *, now: datetime, provider_id: str = "") -> Outgoing:
    """The mail after this news; what may not follow on the state a recipient is in is passed over."""
    news = {mailbox_of(change.address): change for change in changes}
    return replace(
        outgoing,
        provider_id=provider_id or outgoing.provider_id,
        recipients=tuple(
            _after(progress, news.get(mailbox_of(progress.address)), now) for progress in outgoing.recipients
        ),
        version=outgoing.version + 1,
    )


def _after(progress: Progress, change: Change | None, now: datetime) -> Progress:
    if change is None or change.status not in FOLLOWERS[progress.status]:
        return progress
    return replace(progress, status=change.status, diagnostic=change.diagnostic, updated=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address that an account sends no more mail to, because it bounced or complained."""

    account: str
    address: str
    reason: Status
    created: datetime
    diagnostic: str = ""


def mailbox_of(address: str) -> str:
    """The name under which mail to an address is counted as refused: lower case, tags kept, the domain as A-labels."""
    return wire_address(address).lower()
