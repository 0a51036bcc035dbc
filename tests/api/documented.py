"""A backend in which every example of the OpenAPI document is true, and how its operations are asked."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

from chalicelib.actions.admitting import FIRST_ACCOUNT, create_account
from chalicelib.mail.accounts import Key
from chalicelib.mail.blocking import BlockRule
from chalicelib.mail.holding import Domain, Reservation
from chalicelib.mail.hook import Hook, new_secret
from chalicelib.mail.job import Job
from chalicelib.mail.message import Inbox, MailId
from chalicelib.mail.outgoing import Outgoing, Progress, Status, Suppression
from tests.api.mails import arrive

if TYPE_CHECKING:
    from chalicelib.ports import Backend

INBOX, DOMAIN, ACCOUNT = Inbox("signup@mail.example"), "mail.example", "team-a"
SENT = MailId("01jd9x3v7k8q4m2t5w6y1a3b5c")
MAKES = {"CreateDomain": DOMAIN, "CreateAccount": ACCOUNT}
"""Operations whose example makes what all others need."""
NEEDS_RESERVATION = {"UpdateAddress", "UpdateForwardingOfOldClients", "DeleteAddress"}


def _mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "The Shop <welcome@shop.example>", INBOX, "Your code is 424242"
    mail.set_content("Your code is 424242. Or confirm here: https://shop.example/confirm?token=abcdef\n")
    mail.add_attachment(b"hello", "application", "octet-stream", filename="hello.txt")
    return mail.as_bytes()


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
    backend.hooks.add(
        Hook(
            id="hook-0123456789abcdef01234567",
            owner=FIRST_ACCOUNT,
            scope=DOMAIN,
            url="https://ci.example/mail",
            secret=new_secret(bytes(32)),
            created=now,
            updated=now,
        )
    )
    if operation == "DeleteIpRule":
        backend.rules.put(BlockRule(subject="192.0.2.0/24", reason="flood", made_by=FIRST_ACCOUNT, created=now))
    arrive(backend, _mail(), INBOX)
    recipient = Progress(address="you@mail.example", status=Status.DELIVERED, diagnostic="250 2.0.0 OK", updated=now)
    sent = Outgoing(
        id=SENT, account=FIRST_ACCOUNT, sender="me@mail.example", created=now, recipients=(recipient,), subject="Hello"
    )
    backend.outbox.add(sent, b"Subject: Hello\r\n\r\n", Job(id=SENT, kind="send", created=now))
    gone = Suppression(account=FIRST_ACCOUNT, address="gone@mail.example", reason=Status.BOUNCED, created=now)
    backend.suppressions.add(gone)
