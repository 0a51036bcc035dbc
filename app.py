"""Every Lambda entry point of the service. What each does stands in chalicelib/actions and chalicelib/api.

Nothing here touches AWS, or needs a variable, at import: the backend is built when the first event comes.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from chalice.app import Rate

from chalicelib.actions.discarding import sweep
from chalicelib.actions.expiring import expire, trim
from chalicelib.actions.placing import place
from chalicelib.actions.receiving import index_stored
from chalicelib.actions.sifting import Sieve
from chalicelib.api.application import build_app
from chalicelib.aws.backend import AwsBackend, backend_of
from chalicelib.aws.batches import each_record
from chalicelib.aws.metrics import metric_line
from chalicelib.aws.notices import stored_mail
from chalicelib.mail.addresses import inbox_of
from chalicelib.mail.blocking import Scope
from chalicelib.mail.message import Inbox, Receipt
from chalicelib.settings import environment, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import CloudWatchEvent, DynamoDBEvent, SQSEvent

EXPIRED_AT_ONCE = 500
SECONDS_TO_SPARE = 60.0
"""A round of EXPIRED_AT_ONCE takes half of this, each of them in an inbox of its own."""


@cache
def backend() -> AwsBackend:
    """The world on AWS that this environment names."""
    return backend_of(read_settings(environment()))


@cache
def sieve() -> Sieve:
    """This process's copy of the rules about mail."""
    return Sieve(backend(), Scope.MAIL)


app = build_app(backend)


@app.on_sqs_message(queue="${MailQueue.QueueName}", batch_size=10, name="on_mail")
def on_mail(event: SQSEvent) -> dict[str, Any]:
    """Take in the mails that SES has put into the bucket."""
    return take_in(event.to_dict(), backend(), sieve())


def take_in(event: dict[str, Any], world: AwsBackend, sieve: Sieve | None = None) -> dict[str, Any]:
    """Index the mail of each record, and trim the inboxes it went to; answers with the records that must come again.

    Mail of those who are shut out is deleted, unless it was taken before they were.
    """
    sifting = sieve or Sieve(world, Scope.MAIL)
    unwanted: list[Receipt] = []

    def take(body: str) -> None:
        receipt = stored_mail(body, bucket=world.bucket)
        if receipt is None:
            return
        if sifting.refuses(receipt.envelope.ip) and not world.raw.is_adopted(receipt):
            unwanted.append(receipt)
            return
        sifting.count(receipt.envelope.ip)
        if world.raw.adopt(receipt):
            index_stored(world, receipt)
            # If this fails the record comes again: the mail is there then, and only this is left to do.
            trim(world, dict.fromkeys(Inbox(inbox_of(recipient)) for recipient in receipt.envelope.recipients))

    answer = each_record(event, take)
    if unwanted:
        # If this fails the whole batch comes again: what was indexed is not indexed twice.
        world.raw.delete(unwanted)
    sifting.keep_hits()
    return answer


@app.on_dynamodb_record(
    # The ARN is not known before the table is: infra/perimeter.yaml puts it here, with the filter and a schedule.
    stream_arn="arn:aws:dynamodb:stream-of-the-table",
    batch_size=1000,
    maximum_batching_window_in_seconds=1,
    name="on_rules_change",
)
def on_rules_change(_event: DynamoDBEvent) -> dict[str, float]:
    """Make the edges equal to the rules: when a rule has changed, and each minute."""
    return follow_rules(backend())


def follow_rules(world: AwsBackend) -> dict[str, float]:
    """Make the edges equal to the rules, and tell CloudWatch how it went. Raises Unavailable where another is at it."""
    placed = place(world)
    now = world.now()
    said = {"PerimeterAge": (placed.age(now), "Seconds"), "RulesNotPlaced": (float(placed.left), "Count")}
    sys.stdout.write(metric_line(said, now) + "\n")
    return {name: value for name, (value, _) in said.items()}


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
