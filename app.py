"""Every Lambda entry point of the service. What each does stands in chalicelib/actions and chalicelib/api.

Nothing here touches AWS, or needs a variable, at import: the backend is built when the first event comes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.actions.receiving import index_stored
from chalicelib.api.application import build_app
from chalicelib.aws.backend import AwsBackend, backend_of
from chalicelib.aws.batches import each_record
from chalicelib.aws.notices import stored_mail
from chalicelib.settings import environment, read_settings

if TYPE_CHECKING:
    from chalice.app import SQSEvent


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
    """Index the mail of each record; answers with the records that have to come again."""

    def take(body: str) -> None:
        receipt = stored_mail(body, bucket=world.bucket)
        if receipt is not None and world.raw.adopt(receipt):
            index_stored(world, receipt)

    return each_record(event, take)
