"""Many mails in the table, fast: the items that the adapters write for them, put as batches instead of transactions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.actions.receiving import entry_of
from chalicelib.aws.adding import mail_item
from chalicelib.aws.counts import counted
from chalicelib.aws.finding import finding_items
from chalicelib.aws.items import key_of, mail_key, message_item
from chalicelib.aws.packed_mail import pack_mail
from chalicelib.mail.ids import ENTROPY_BYTES, mail_id, message_id
from chalicelib.mail.message import Envelope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from bench.costing.service import Service
    from chalicelib.aws.wire import Item
    from chalicelib.aws.writes import ItemKey
    from chalicelib.mail.message import Entry
    from chalicelib.mail.names import Inbox

AT_ONCE = 500


def fill(service: Service, inbox: Inbox, raw: bytes, mails: int, *, since: timedelta) -> None:
    """Let so many mails with these bytes have come to an inbox since then; the bytes are not put into the bucket."""
    first = entry_of(service.world, service.receipt(), raw)
    described = mail_item(first, pack_mail(first.mail))
    moments = [service.moment - since * (1 - number / mails) for number in range(mails)]
    for start in range(0, mails, AT_ONCE):
        entries = [_entry(service, first, inbox, moment) for moment in moments[start : start + AT_ONCE]]
        items = {key: item for entry in entries for key, item in _items(entry, described)}
        service.world.table.put_all(items)
        # All that is counted together is counted by one counter of each shelf.
        for change in counted((None, entry.messages[0]) for entry in entries):
            service.world.table.estimate(change)


def _entry(service: Service, first: Entry, inbox: Inbox, moment: datetime) -> Entry:
    mail = mail_id(moment, service.world.entropy(ENTROPY_BYTES))
    # As the benchmark's own mails are addressed, so that their items are as long.
    recipient = inbox.replace("@", f"+{service.number:06}@")
    service.number += 1
    envelope = Envelope(sender="a@b.example", recipients=(recipient,))
    receipt = replace(first.mail.receipt, id=mail, received=moment, envelope=envelope)
    message = replace(
        first.messages[0],
        id=message_id(mail, 0),
        mail=replace(first.mail, receipt=receipt),
        inbox=inbox,
        original_inbox=recipient,
    )
    return replace(first, mail=message.mail, messages=(message,))


def _items(entry: Entry, described: Item) -> Iterator[tuple[ItemKey, Item]]:
    """What adding.add writes of a mail. `described` is the mail's item: the same for all, but for a digest."""
    (message,) = entry.messages
    yield mail_key(entry.mail.id), described | {"held": 1, "added": 1, "recipients": 1}
    yield key_of(message), message_item(message, pack_mail(entry.mail))
    yield from finding_items(message, entry.words).items()
