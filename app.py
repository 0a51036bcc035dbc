"""Every Lambda entry point of the service. What each does stands in chalicelib/actions and chalicelib/api.

Nothing here touches AWS, or needs a variable, at import: the backend is built when the first event comes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chalice.app import Rate

from chalicelib.actions.discarding import sweep
from chalicelib.actions.dispatching import record
from chalicelib.actions.expiring import expire, trim
from chalicelib.actions.receiving import index_stored
from chalicelib.api.application import build_app
from chalicelib.aws.backend import AwsBackend, backend_of
from chalicelib.aws.batches import each_record
from chalicelib.aws.notices import stored_mail
from chalicelib.aws.sending_events import changes_told
from chalicelib.mail.addresses import inbox_of
from chalicelib.mail.message import Inbox
from chalicelib.settings import environment, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import CloudWatchEvent, SQSEvent

EXPIRED_AT_ONCE = 500
SECONDS_TO_SPARE = 60.0
"""A round of EXPIRED_AT_ONCE takes half of this, each of them in an inbox of its own."""


@cache
def backend() -> AwsBackend:
    """The world on AWS that this environment names."""
    return backend_of(read_settings(environment()))


app = build_app(backend)


@app.on_sqs_message(queue="${MailQueue.QueueName}", batch_size=10, name="on_mail")
def on_mail(event: SQSEvent) -> dict[str, Any]:
    """Take in the mails that SES has put into the bucket."""
    return take_in(event.to_dict(), backend())


def take_in(event: dict[str, Any], world: AwsBackend) -> dict[str, Any]:
    """Index the mail of each record, and trim the inboxes it went to; answers with the records that must come again."""

    def take(body: str) -> None:
        receipt = stored_mail(body, bucket=world.bucket)
        if receipt is not None and world.raw.adopt(receipt):
            index_stored(world, receipt)
            # If this fails the record comes again: the mail is there then, and only this is left to do.
            trim(world, dict.fromkeys(Inbox(inbox_of(recipient)) for recipient in receipt.envelope.recipients))

    return each_record(event, take)


@app.on_sqs_message(queue="${SendingEventQueue.QueueName}", batch_size=10, name="on_sending_event")
def on_sending_event(event: SQSEvent) -> dict[str, Any]:
    """Keep what SES tells of mail that we sent."""
    return note_events(event.to_dict(), backend())


def note_events(event: dict[str, Any], world: AwsBackend) -> dict[str, Any]:
    """Keep the news of each record; answers with the records that must come again."""

    def note(body: str) -> None:
        told = changes_told(body)
        if told is not None:
            record(world, *told)

    return each_record(event, note)


@app.schedule(Rate(1, unit=Rate.HOURS), name="on_hour")
def on_hour(event: CloudWatchEvent) -> dict[str, int]:
    """Delete what has been kept long enough, and what a crash left over."""
    # Chalice's types say dict; what it hands on is Lambda's context object.
    context: Any = event.context
    return let_go(backend(), lambda: context.get_remaining_time_in_millis() / 1000)


def let_go(world: AwsBackend, seconds_left: Callable[[], float]) -> dict[str, int]:
    """Sweep and expire while there is time; what remains is for the next hour."""
    swept, expired = sweep(world), 0
    while seconds_left() > SECONDS_TO_SPARE and (dropped := expire(world, most=EXPIRED_AT_ONCE)):
        expired += dropped
    return {"swept": swept, "expired": expired}
