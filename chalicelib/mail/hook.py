"""Webhooks: who is told of which mail, how the telling is signed, and when a receiver is given up for a while."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from standardwebhooks import Webhook

if TYPE_CHECKING:
    from chalicelib.mail.holding import Holding
    from chalicelib.mail.names import Inbox, MessageId

PAUSE_AFTER = timedelta(days=2)
"""A hook that has not taken anything for so long, though it was tried, is paused."""
REST = timedelta(seconds=20)
"""A receiver that failed is left alone for so long: with a thousand mails for it, they do not fill every worker."""
SECRETS_OVERLAP = timedelta(hours=24)
"""For so long after a rotation the secret before it signs too, so that a receiver can change over without a gap."""
SECRET_BYTES = 32
_SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A URL that is told of mail. `scope` is what for: an address, "*@domain" for its catch-all, or a domain.

    Secrets are in the form of the Standard Webhooks specification. `previous_secret` signs too until `overlap_ends`.
    `failing_since` is when the first of the tries was that have all failed since; None when the last went well.
    """

    id: str
    owner: str
    scope: str
    url: str
    secret: str
    created: datetime
    updated: datetime
    implicit: bool = False
    """Whether it stands for the `webhook` of a reserved address, and goes with it."""
    previous_secret: str = ""
    overlap_ends: datetime | None = None
    failing_since: datetime | None = None
    rests_until: datetime | None = None
    """After a failure nobody asks it again before this: its mail waits, not the workers."""
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One try to tell a hook of a message. `status` is HTTP's, None when there was no answer; `seconds` it took.

    `answer` is how the answer begins, `failure` why there was none. A test has no message.
    """

    id: str
    hook: str
    moment: datetime
    webhook_id: str
    inbox: Inbox | None
    message: MessageId | None
    status: int | None
    seconds: float
    answer: str = ""
    failure: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it: any 2xx says so."""
        return self.status is not None and 200 <= self.status < 300


def new_secret(entropy: bytes) -> str:
    """A signing secret of these bytes, as receivers' libraries take it."""
    return _SECRET_PREFIX + b64encode(entropy).decode("ascii")


def signed_headers(hook: Hook, webhook_id: str, body: str, now: datetime) -> dict[str, str]:
    """The headers that prove a body (https://github.com/standard-webhooks/standard-webhooks, spec, "Signature").

    While two secrets overlap there is a signature of each.
    """
    secrets = [hook.secret]
    if hook.previous_secret and hook.overlap_ends is not None and now < hook.overlap_ends:
        secrets.append(hook.previous_secret)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(webhook_id, now, body) for secret in secrets),
    }


def webhook_id(hook: str, what: str) -> str:
    """The id by which a receiver knows a telling again, however often it comes. It has no dot, as the spec asks."""
    return f"msg_{what}_{hook}"


def implicit_hook_id(inbox: str, owner: str) -> str:
    """The id of the hook that stands for the `webhook` of an address that an account reserved."""
    return "hook-" + hashlib.sha256(f"{owner}\n{inbox}".encode("utf-8", "surrogatepass")).hexdigest()[:24]


def rotated(hook: Hook, secret: str, now: datetime) -> Hook:
    """The hook with a new secret; the one before goes on signing for SECRETS_OVERLAP."""
    return replace(hook, secret=secret, previous_secret=hook.secret, overlap_ends=now + SECRETS_OVERLAP, updated=now)


def after_try(hook: Hook, now: datetime, *, succeeded: bool) -> Hook:
    """The hook as the outcome of a try leaves it: well again, failing, or paused. Unchanged is the same value."""
    if succeeded:
        return replace(hook, failing_since=None, rests_until=None, paused=False)
    since = hook.failing_since or now
    return replace(hook, failing_since=since, rests_until=now + REST, paused=hook.paused or now - since >= PAUSE_AFTER)


def scopes_of(holding: Holding) -> tuple[str, ...]:
    """The scopes whose hooks are told of mail to an inbox: its address, or else its catch-all; and its domain."""
    scopes: list[str] = []
    if holding.reservation is not None:
        scopes.append(holding.reservation.inbox)
    elif holding.catch_all is not None:
        scopes.append(holding.catch_all.inbox)
    if holding.domain is not None and holding.domain.verified:
        scopes.append(holding.domain.name)
    return tuple(scopes)


def may_be_told(holding: Holding, account: str) -> bool:
    """Whether an account may be told of an inbox's mail: it is theirs, or nobody's in a domain that they host."""
    return holding.owner == account or (holding.owner is None and holding.host == account)
