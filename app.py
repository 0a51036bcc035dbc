"""Every Lambda entry point of the service: its table of contents.

What each does stands in chalicelib/functions, and for the API in chalicelib/api. A function imports its own module of
these and no other: importing all of them would be a third of every cold start. Nothing here touches AWS, or needs a
variable, at import: the backend is built when the first event comes.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from chalice.app import Chalice, ConvertToMiddleware, Rate

from chalicelib.aws.observing import ColdStart, logger, told
from chalicelib.settings import environment, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import CloudWatchEvent, DynamoDBEvent, Request, Response, SQSEvent, WebsocketEvent

    from chalicelib.aws.backend import AwsBackend


@cache
def backend() -> AwsBackend:
    """The world on AWS that this environment names."""
    from chalicelib.aws.backend import backend_of

    return backend_of(read_settings(environment()))


OWN = environment().get("_HANDLER", "app.app").removeprefix("app.")
"""The handler that this function calls; Lambda names it ("Defined runtime environment variables")."""


def application() -> Chalice:
    """The app with the API's routes; without them in a function that nobody asks over HTTP."""
    if OWN != "app":
        return Chalice("restante", configure_logs=False)
    from chalicelib.api.application import build_app

    return build_app(backend)


app = application()
# Chalice calls its WebSocket handlers an experiment: without this no command of it works.
app.experimental_feature_flags.add("WEBSOCKETS")
app.log = logging.getLogger("chalicelib.app")
for around in (logger.inject_lambda_context(clear_state=True), told, ColdStart().measured):
    app.register_middleware(ConvertToMiddleware(around))


@app.middleware("http")
def count_operation(request: Request, answer: Callable[[Request], Response]) -> Response:
    """Count an operation of the API, and how it ended."""
    from chalicelib.functions.api import count_operation

    response = answer(request)
    count_operation(request, response, backend())
    return response


@app.on_sqs_message(queue="${MailQueue.QueueName}", batch_size=10, name="on_mail")
def on_mail(event: SQSEvent) -> dict[str, Any]:
    """Take in the mails that SES has put into the bucket."""
    from chalicelib.functions.on_mail import sieve_of, take_in

    return take_in(event.to_dict(), backend(), sieve_of(backend()))


@app.on_dynamodb_record(
    # The ARN is not known before the table is: infra/perimeter.yaml puts it here, with the filter and a schedule.
    stream_arn="arn:aws:dynamodb:stream-of-the-table",
    batch_size=1000,
    maximum_batching_window_in_seconds=1,
    name="on_rules_change",
)
def on_rules_change(_event: DynamoDBEvent) -> dict[str, float]:
    """Make the edges equal to the rules: when a rule has changed, and each minute."""
    from chalicelib.functions.on_rules_change import follow_rules

    return follow_rules(backend())


@app.on_sqs_message(queue="${SendingEventQueue.QueueName}", batch_size=10, name="on_sending_event")
def on_sending_event(event: SQSEvent) -> dict[str, Any]:
    """Keep what SES tells of mail that we sent."""
    from chalicelib.functions.on_sending_event import note_events

    return note_events(event.to_dict(), backend())


@app.schedule(Rate(1, unit=Rate.HOURS), name="on_hour")
def on_hour(event: CloudWatchEvent) -> dict[str, int]:
    """Have deleted what has been kept long enough, and done what a crash left over; look for mail that was missed."""
    from chalicelib.functions.on_hour import mend, tidy

    # Chalice's types say dict; what it hands on is Lambda's context object.
    context: Any = event.context
    return {**tidy(backend()), **mend(backend(), lambda: context.get_remaining_time_in_millis() / 1000)}


@app.on_sqs_message(queue="${JobQueue.QueueName}", batch_size=1, name="on_job")
def on_job(event: SQSEvent) -> dict[str, Any]:
    """Do the job that a message names. One at a time: a slow receiver keeps nobody else's job waiting."""
    from chalicelib.functions.on_job import do

    return do(event.to_dict(), backend())


@app.on_dynamodb_record(stream_arn="arn:aws:dynamodb:region:account:table/t/stream/s", name="on_table_change")
def on_table_change(event: DynamoDBEvent) -> None:
    """Tell listeners of the messages that came into the table."""
    from chalicelib.functions.on_table_change import tell

    tell(event.to_dict(), backend())


@app.on_ws_connect(name="on_ws_connect")
def on_ws_connect(event: WebsocketEvent) -> dict[str, Any]:
    """Let a client listen, or refuse it with the status that says why."""
    from chalicelib.functions.on_ws_connect import connect

    return connect(event.to_dict(), backend())


@app.on_ws_message(name="on_ws_message")
def on_ws_message(_: WebsocketEvent) -> dict[str, Any]:
    """Take what a client says: nothing of it is of interest."""
    return {"statusCode": 200}


@app.on_ws_disconnect(name="on_ws_disconnect")
def on_ws_disconnect(event: WebsocketEvent) -> dict[str, Any]:
    """Forget a connection."""
    backend().connections.remove(event.connection_id)
    return {"statusCode": 200}


@app.lambda_function(name="on_rule_set")
def on_rule_set(event: dict[str, Any], _context: object) -> None:
    """Make our receipt rule set the active one while the stack is deployed, or let go of it when it is removed."""
    from chalicelib.aws.clients import Clients
    from chalicelib.aws.rule_set import put, settle

    settle(event, Clients().ses, put)


# Until its import ends a function has a whole processor, and afterwards the share that its memory buys.
OWN_MODULE = f"chalicelib.functions.{'api' if OWN == 'app' else OWN}"
if find_spec(OWN_MODULE):
    import_module("chalicelib.aws.backend")
    import_module(OWN_MODULE)
