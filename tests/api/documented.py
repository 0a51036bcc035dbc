"""A backend in which every example of the OpenAPI document is true, and how its operations are asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.actions.admitting import FIRST_ACCOUNT, create_account
from chalicelib.actions.marking import toggle_star
from chalicelib.mail.accounts import Key
from chalicelib.mail.blocking import BlockRule, Scope
from chalicelib.mail.holding import Domain, Reservation
from chalicelib.mail.hook import Delivery, Hook, new_secret, webhook_id
from chalicelib.mail.job import Job
from chalicelib.mail.names import Inbox, MailId, MessageId
from chalicelib.mail.outgoing import Outgoing, Progress, Status, Suppression
from chalicelib.ports.perimeter import EdgeState
from tests.api.mails import arrive

if TYPE_CHECKING:
    from chalicelib.ports import Backend

INBOX, DOMAIN, ACCOUNT = Inbox("signup@mail.example"), "mail.example", "team-a"
HOOK = "hook-0123456789abcdef01234567"
SENT = MailId("01jd9x3v7k8q4m2t5w6y1a3b5c")
MAKES = {"CreateDomain": DOMAIN, "CreateAccount": ACCOUNT}
"""Operations whose example makes what all others need."""
NEEDS_RESERVATION = {
    "UpdateAddress",
    "UpdateForwardingOfOldClients",
    "DeleteAddress",
    "ListAddresses",
    "GetAddress",
    "ListInboxMessages",
    "FilterInboxMessages",
    "SearchInboxMessages",
    "AccountStats",
}
"""Operations that answer for reserved addresses alone."""

MAIL = b"""\
Received: from app.shop.example ([198.51.100.4])
\tby mx.shop.example with ESMTP id 4711;
\tSat, 31 Jan 2026 11:59:58 +0000
Date: Sat, 31 Jan 2026 11:59:58 +0000
From: The Shop <welcome@shop.example>
To: New User <signup@mail.example>
Subject: Your code is 424242
Message-ID: <welcome-1@shop.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="mixed"

--mixed
Content-Type: multipart/alternative; boundary="either"

--either
Content-Type: text/plain; charset=utf-8

Your code is 424242. Or confirm here: https://shop.example/confirm?token=abcdef

--either
Content-Type: text/html; charset=utf-8

<p>Your code is <b>424242</b>.</p>
<p><a href="https://shop.example/confirm?token=abcdef">Confirm</a></p>
<img src="https://shop.example/open.gif" alt="">

--either--
--mixed
Content-Type: text/plain; name="hello.txt"
Content-Disposition: attachment; filename="hello.txt"
Content-Transfer-Encoding: base64

aGVsbG8=

--mixed--
""".replace(b"\n", b"\r\n")


def prepare(backend: Backend, operation: str) -> None:
    """Make what the examples speak of, but for what this operation makes itself."""
    now = backend.now()
    made = MAKES.get(operation)
    if made != DOMAIN:
        backend.domains.add(
            Domain(name=DOMAIN, owner=FIRST_ACCOUNT, created=now, updated=now, private=False, verified=True)
        )
    if made != ACCOUNT:
        create_account(backend, ACCOUNT)
        backend.directory.add_key(Key(id="key-0123456789ab", account=ACCOUNT, digest="0", label="ci", created=now))
    if operation in NEEDS_RESERVATION:
        backend.addresses.reserve(Reservation(inbox=INBOX, owner=FIRST_ACCOUNT, created=now, updated=now))
    _shut_out(backend, operation)
    message = MessageId(arrive(backend, MAIL, INBOX, sender="bounce@shop.example"))
    if operation == "ListStarredMessages":
        toggle_star(backend, INBOX, message, FIRST_ACCOUNT)
    _tell(backend, message)
    _send(backend)


def _shut_out(backend: Backend, operation: str) -> None:
    now = backend.now()
    if operation != "CreateIpRule":
        backend.rules.put(
            BlockRule(
                subject="192.0.2.0/24", reason="flood", made_by=FIRST_ACCOUNT, created=now, scope=Scope.MAIL, hits=4711
            )
        )
    backend.perimeter.record(EdgeState(name="smtp", placed=1, succeeded=now))


def _tell(backend: Backend, message: MessageId) -> None:
    now = backend.now()
    backend.hooks.add(
        Hook(
            id=HOOK,
            owner=FIRST_ACCOUNT,
            scope=DOMAIN,
            url="https://ci.example/mail",
            secret=new_secret(bytes(32)),
            created=now,
            updated=now,
        )
    )
    told = webhook_id(HOOK, message)
    backend.deliveries.record(
        Delivery(
            id=SENT,
            hook=HOOK,
            moment=now,
            webhook_id=told,
            inbox=INBOX,
            message=message,
            status=204,
            seconds=0.038,
        )
    )
    given_up = Job(
        id="01jd9x3v7k8q4m2t5w6y1a3b5c-0:slack",
        kind="slack",
        created=now - timedelta(days=1),
        payload={"inbox": INBOX, "message": message},
    )
    backend.jobs.put([given_up])
    for job in backend.jobs.take(limit=10, lease=60.0):
        if job.id == given_up.id:
            backend.jobs.bury(job, reason="Slack answered 500")
        else:
            backend.jobs.finish(job)


def _send(backend: Backend) -> None:
    now = backend.now()
    recipient = Progress(address="you@mail.example", status=Status.DELIVERED, diagnostic="250 2.0.0 OK", updated=now)
    sent = Outgoing(
        id=SENT, account=FIRST_ACCOUNT, sender="me@mail.example", created=now, recipients=(recipient,), subject="Hello"
    )
    backend.outbox.add(sent, b"Subject: Hello\r\n\r\n", Job(id=SENT, kind="send", created=now))
    gone = Suppression(
        account=FIRST_ACCOUNT,
        address="gone@mail.example",
        reason=Status.BOUNCED,
        diagnostic="550 5.1.1 No such user",
        created=now,
    )
    backend.suppressions.add(gone)
