"""Mail that SES put into the bucket and nobody was told of: its notice was lost, or given up and never redriven.

An object's name leads to the mail's item (items.mail_key), so that a page of a thousand objects is ten reads of the
table, and only what is missing there is read. SES's own hop names a recipient and the client; the rest of the envelope
is lost with the notice. Should the notice come later still, it finds the mail there, and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.aws.items import mail_key
from chalicelib.aws.notices import SETUP, ses_mail_id
from chalicelib.mail.guessed_envelope import guessed_envelope, guessed_recipients, told_recipient
from chalicelib.mail.ids import moment_of
from chalicelib.mail.message import Envelope, Receipt
from chalicelib.mail.structure import Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chalicelib.aws.raw_objects import RawObjects
    from chalicelib.aws.table import Table
    from chalicelib.mail.names import MailId

INBOUND = "inbound/"
"""Where SES puts mail (infra: the receipt rule)."""
STRAY = timedelta(hours=2)
"""Mail whose notice has not come so long after it was written will not be told of any more."""
RECIPIENTS = 100
RECIPIENT_OCTETS = 320
"""Of the recipients that a header claims so many are believed, and none that is longer than an address can be.

RFC 5321, 4.5.3.1: a local part has 64 octets, a domain 255, and a mail 100 recipients that every server takes.
"""
_HEADER = Span(0, 256 * 1024)
"""As much of a mail as is read for its envelope."""


def strays(table: Table, raw: RawObjects, *, before: datetime) -> Iterator[Receipt | None]:
    """The mails in the bucket that the table knows nothing of and that were written before that moment.

    Their receipts lack the envelope: see `with_envelope`. After each page of the bucket comes None, so that whoever has
    little time may leave. Raises Unavailable.
    """
    for page in stray_pages(table, raw, before=before):
        yield from page.strays
        yield None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayPage:
    """A page of the bucket: its last key, how many objects it has, and those that the table knows nothing of."""

    last: str
    objects: int
    strays: tuple[Receipt, ...]


def stray_pages(
    table: Table, raw: RawObjects, *, before: datetime, since: datetime | None = None, after: str = ""
) -> Iterator[StrayPage]:
    """The pages of the bucket after that key; what was not written from `since` until `before` is no stray.

    Only what was written then is asked of the table. Raises Unavailable.
    """
    for page in raw.pages(INBOUND, after):
        named = {
            key: ses_mail_id(written, key.removeprefix(INBOUND))
            for key, written in page
            if written < before and (since is None or written >= since) and not key.endswith(SETUP)
        }
        # What the table has learned within the last moments may be missing: none of it is of so long ago.
        known = table.get_all(map(mail_key, named.values()), consistent=False)
        found = (_without_envelope(mail, key) for key, mail in named.items() if mail_key(mail) not in known)
        yield StrayPage(last=page[-1][0] if page else after, objects=len(page), strays=tuple(found))


def _without_envelope(mail: MailId, key: str) -> Receipt:
    return Receipt(id=mail, received=moment_of(mail), envelope=Envelope(sender="", recipients=()), location=key)


def with_envelope(raw: RawObjects, receipt: Receipt) -> Receipt:
    """The receipt of a stray with what its header says of its envelope; if there are recipients, it is kept.

    Raises NotFound, Unavailable.
    """
    header = raw.read(receipt, _HEADER)
    told = told_recipient(header)
    claimed = (told,) if told else guessed_recipients(header)
    recipients = [one for one in claimed if len(one.encode("utf-8", "surrogatepass")) <= RECIPIENT_OCTETS][:RECIPIENTS]
    found = replace(receipt, envelope=guessed_envelope(header, recipients))
    if recipients:
        # With its receipt it is a mail, whatever happens next.
        raw.adopt([found])
    return found
