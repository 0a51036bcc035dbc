"""Every Lambda entry point of the service. What each does stands in chalicelib/actions and chalicelib/api.

Nothing here touches AWS, or needs a variable, at import: the backend is built when the first event comes.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from chalice.app import Chalice, ConvertToMiddleware, Rate

from chalicelib.actions.admitting import Caller, admit, digest_of
from chalicelib.actions.expiring import plan_expiry, trim_for
from chalicelib.actions.owning import NO_KEY, holding_of
from chalicelib.actions.placing import place
from chalicelib.actions.receiving import index_stored
from chalicelib.actions.reconciling import Reconciled, claim, reconcile
from chalicelib.actions.sifting import Sieve
from chalicelib.actions.working import NeverError, Outcome, work
from chalicelib.aws.arrivals import put_left_over
from chalicelib.aws.backend import AwsBackend, backend_of
from chalicelib.aws.batches import LAST_TRY, each_record
from chalicelib.aws.changes import added_messages
from chalicelib.aws.clients import Clients
from chalicelib.aws.connections import Connection
from chalicelib.aws.notices import stored_mail, stored_mails
from chalicelib.aws.observing import ColdStart, count, logger, metrics, tell_taken, told
from chalicelib.aws.rule_set import put, settle
from chalicelib.aws.sending_events import changes_told
from chalicelib.aws.strays import strays
from chalicelib.errors import NotFound, RestanteError, Unauthorized
from chalicelib.mail.blocking import Scope
from chalicelib.mail.ids import first_id_at
from chalicelib.mail.job import Job
from chalicelib.settings import environment, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalice.app import CloudWatchEvent, DynamoDBEvent, Request, Response, SQSEvent, WebsocketEvent

    from chalicelib.mail.message import MailId, Message, Receipt

LEASE_SECONDS = 90.0
"""Longer than a job may take (.chalice/config.json: on_job's timeout)."""
GREETING = "greeting"
"""The kind of job that sends a connection its first frame: API Gateway takes none before $connect was answered."""
NOTICE = "notice"
"""The kind of dead letter that holds SES's notice of a mail that could not be taken in."""
GREETING_SECONDS = 1.0
LEFT_OVER = timedelta(minutes=10)
"""Jobs of mail that arrived so long ago, and were not put, were left by a crash."""
STRAY = timedelta(hours=2)
"""Mail whose notice has not come so long after it was written will not be told of any more."""
WHOLE_LOOK_HOUR = 3
"""In this hour of the day, UTC, index and raw mail are compared whole."""
SECONDS_TO_SPARE = 15.0
"""Looks end when no more of the function's time is left; the next hour's begin anew."""
_OUTCOMES = {Outcome.DONE: "JobsDone", Outcome.RETRIED: "JobsRetried", Outcome.BURIED: "JobsBuried"}

log = logging.getLogger("chalicelib.app")


@cache
def backend() -> AwsBackend:
    """The world on AWS that this environment names."""
    return backend_of(read_settings(environment()))


@cache
def sieve() -> Sieve:
    """This process's copy of the rules about mail."""
    return Sieve(backend(), Scope.MAIL)


def application() -> Chalice:
    """The app with the API's routes; without them in a function that nobody asks over HTTP.

    Lambda names a function's handler in _HANDLER ("Defined runtime environment variables"). To import the API costs
    the others a sixth of their cold start.
    """
    if environment().get("_HANDLER", "app.app") != "app.app":
        return Chalice("restante", configure_logs=False)
    from chalicelib.api.application import build_app  # noqa: PLC0415 - see above

    return build_app(backend)


@cache
def operation_names() -> dict[tuple[str, str], str]:
    """What the operations are called, by method and path."""
    from chalicelib.api.application import OPERATIONS  # noqa: PLC0415 - only where there are requests

    return {(one.method, one.path): one.name for one in OPERATIONS}


app = application()
# Chalice calls its WebSocket handlers an experiment: without this no command of it works.
app.experimental_feature_flags.add("WEBSOCKETS")
app.log = log
for around in (logger.inject_lambda_context(clear_state=True), told, ColdStart().measured):
    app.register_middleware(ConvertToMiddleware(around))


@app.middleware("http")
def count_operation(request: Request, answer: Callable[[Request], Response]) -> Response:
    """Count an operation of the API, and how it ended; its name and status stand beside the numbers."""
    response = answer(request)
    asked = request.context["httpMethod"], request.context["resourcePath"]
    metrics.add_metadata("operation", operation_names().get(asked, "unknown"))
    metrics.add_metadata("status", response.status_code)
    metrics.add_metadata("request", request.context.get("requestId"))
    count("ApiOperations")
    if response.status_code >= 400:
        count("ApiFailures" if response.status_code >= 500 else "ApiRefusals")
    count_cache(backend(), _counted)
    return response


_counted: dict[str, int] = {}
"""What the cache of this process had counted when it was last told."""


def count_cache(world: AwsBackend, told_before: dict[str, int]) -> None:
    """Tell how often each tier of the cache had what was asked for, since it was told before."""
    tiers = {source.value: numbers for source, numbers in world.cache.counts().items()}
    for name, number in {
        "CacheProcessHits": tiers["process"].hits,
        "CacheSharedHits": tiers["shared"].hits,
        "CacheRenderings": tiers["range"].renderings,
        "CacheCorrupt": sum(numbers.corrupt for numbers in tiers.values()),
    }.items():
        more, told_before[name] = number - told_before.get(name, 0), number
        if more:
            count(name, more)


@app.on_sqs_message(queue="${MailQueue.QueueName}", batch_size=10, name="on_mail")
def on_mail(event: SQSEvent) -> dict[str, Any]:
    """Take in the mails that SES has put into the bucket."""
    return take_in(event.to_dict(), backend(), sieve())


def take_in(event: dict[str, Any], world: AwsBackend, sieve: Sieve | None = None) -> dict[str, Any]:
    """Index the mail of each record, and trim the inboxes it went to; answers with the records that must come again.

    Mail of those who are shut out is deleted, unless it was taken before they were.
    """
    sifting = sieve or Sieve(world, Scope.MAIL)
    # Asked when the first mail is refused, so that a store out of reach fails records, and one by one.
    held = cache(partial(_held, world, sifting, event))
    unwanted: list[Receipt] = []
    taken: list[Receipt] = []

    def give_up(record: str, body: str) -> None:
        letter = Job(id=f"{NOTICE}:{record}", kind=NOTICE, created=world.now(), payload={"body": body}, lane=NOTICE)
        world.jobs.keep_letter(letter, reason=f"It failed {LAST_TRY - 1} times; the log of on_mail says why")
        count("JobsBuried")

    def take(body: str) -> None:
        receipt = stored_mail(body, bucket=world.bucket)
        if receipt is None:
            return
        with logger.append_context_keys(mail_id=receipt.id, ip=receipt.envelope.ip):
            if sifting.refuses(receipt.envelope.ip) and receipt.id not in held():
                unwanted.append(receipt)
                return
            sifting.count(receipt.envelope.ip)
            try:
                entry = index_stored(world, receipt)
            except NotFound:
                # SES tells of a mail after it has written it.
                log.warning("The bytes of the mail are gone: it was deleted before this notice of it")
                return
            taken.append(receipt)
            tell_taken(entry)
            # If this fails the record comes again: the mail is there then, and only this is left to do.
            trim_for(world, entry.messages)

    answer = each_record(event, take, give_up)
    # As with what follows: if this fails the whole batch comes again.
    world.raw.adopt(taken)
    if unwanted:
        count("MailsRefused", len(unwanted))
        # If this fails the whole batch comes again: what was indexed is not indexed twice.
        world.raw.delete(unwanted)
    sifting.keep_hits()
    return answer


def _held(world: AwsBackend, sifting: Sieve, event: dict[str, Any]) -> frozenset[MailId]:
    """The mails of those who are shut out that were taken in before they were: one question for the whole batch."""
    receipts = stored_mails(event, bucket=world.bucket)
    doubtful = [one.id for one in receipts if sifting.shuts_out(one.envelope.ip)]
    return world.index.held(doubtful) if doubtful else frozenset()


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
    said = {"PerimeterAge": placed.age(world.now()), "RulesNotPlaced": float(placed.left)}
    count("PerimeterAge", said["PerimeterAge"], unit="Seconds")
    count("RulesNotPlaced", said["RulesNotPlaced"])
    return said


@app.on_sqs_message(queue="${SendingEventQueue.QueueName}", batch_size=10, name="on_sending_event")
def on_sending_event(event: SQSEvent) -> dict[str, Any]:
    """Keep what SES tells of mail that we sent."""
    return note_events(event.to_dict(), backend())


def note_events(event: dict[str, Any], world: AwsBackend) -> dict[str, Any]:
    """Keep the news of each record; answers with the records that must come again."""
    from chalicelib.actions.dispatching import record  # noqa: PLC0415 - only here, and costs a cold start 20 ms

    def note(body: str) -> None:
        told = changes_told(body)
        if told is not None:
            record(world, *told)

    return each_record(event, note)


@app.schedule(Rate(1, unit=Rate.HOURS), name="on_hour")
def on_hour(event: CloudWatchEvent) -> dict[str, int]:
    """Have deleted what has been kept long enough, and done what a crash left over; look for mail that was missed."""
    # Chalice's types say dict; what it hands on is Lambda's context object.
    context: Any = event.context
    return {**tidy(backend()), **mend(backend(), lambda: context.get_remaining_time_in_millis() / 1000)}


def tidy(world: AwsBackend) -> dict[str, int]:
    """Put the job that lets go of what is old, and the jobs that a crash kept from being put; says how many mails'."""
    left_over = put_left_over(world.table, world.jobs.put, before=first_id_at(world.now() - LEFT_OVER))
    plan_expiry(world)
    return {"left_over": left_over}


def mend(world: AwsBackend, seconds_left: Callable[[], float]) -> dict[str, int]:
    """Index mail that nobody was told of; once a day, also look whether index and raw mail agree. While there is time.

    A notice is given up after less than an hour of tries, and its dead letter may be redriven: what is found here is
    what no notice is left of.
    """
    whole = reconcile(world) if world.now().hour == WHOLE_LOOK_HOUR else iter(())
    untold = claim(world, strays(world.table, world.raw, before=world.now() - STRAY))
    done = [_last(look, seconds_left) for look in (untold, whole)]
    mended, lost = sum(one.mended for one in done), sum(one.lost for one in done)
    if mended or lost:
        log.warning("Index and raw mail had parted", extra={"mended": mended, "lost": done[-1].lost_mails})
        count("MailsMended", mended)
        count("MailsLost", lost)
    return {"mended": mended, "lost": lost}


def _last(look: Iterator[Reconciled], seconds_left: Callable[[], float]) -> Reconciled:
    last = Reconciled()
    while seconds_left() > SECONDS_TO_SPARE and (further := next(look, None)):
        last = further
    return last


@app.on_sqs_message(queue="${JobQueue.QueueName}", batch_size=1, name="on_job")
def on_job(event: SQSEvent) -> dict[str, Any]:
    """Do the job that a message names. One at a time: a slow receiver keeps nobody else's job waiting."""
    return do(event.to_dict(), backend())


def do(event: dict[str, Any], world: AwsBackend) -> dict[str, Any]:
    """Do the job of each record; answers with those that must come again, each when it is due."""
    from chalicelib.actions.handlers import HANDLERS  # noqa: PLC0415 - only here, and costs a cold start 20 ms

    handlers = {
        **HANDLERS,
        GREETING: lambda _, job: _greet(world, job),
        NOTICE: lambda _, job: _take_again(world, job),
    }
    failures = []
    for message in event["Records"]:
        job = world.jobs.claim(message["body"], message["receiptHandle"], lease=LEASE_SECONDS)
        if job is not None:
            count(_OUTCOMES[work(world, handlers, job)])
            metrics.add_metadata("job", job.id)
        if not world.jobs.is_settled(message["body"]):
            failures.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failures}


@app.on_dynamodb_record(stream_arn="arn:aws:dynamodb:region:account:table/t/stream/s", name="on_table_change")
def on_table_change(event: DynamoDBEvent) -> None:
    """Tell listeners of the messages that came into the table."""
    tell(event.to_dict(), backend())


def tell(event: dict[str, Any], world: AwsBackend) -> int:
    """Tell every connection that may hear of the new messages; answers with how many frames were sent."""
    return sum(_tell_of(world, message) for message in added_messages(event))


@app.on_ws_connect(name="on_ws_connect")
def on_ws_connect(event: WebsocketEvent) -> dict[str, Any]:
    """Let a client listen, or refuse it with the status that says why."""
    return connect(event.to_dict(), backend())


def connect(event: dict[str, Any], world: AwsBackend) -> dict[str, Any]:
    """Keep a connection of $connect with what it listens to; its first frame follows a moment later."""
    from chalicelib.actions import watching  # noqa: PLC0415 - only here and below, and costs a cold start 20 ms

    query = event.get("queryStringParameters") or {}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    connection = event["requestContext"]["connectionId"]
    ip = event["requestContext"].get("identity", {}).get("sourceIp", "")
    key = query.get("key") or query.get("_mailsacKey") or headers.get("mailsac-key")
    try:
        watching.require_not_shut_out(world, ip)
        if not key:
            raise Unauthorized(NO_KEY)
        caller = Caller(account=admit(world, key), ip=ip)
        watched = watching.watch(world, caller, (query.get("addresses") or "").split(","))
    except RestanteError as error:
        count("ListenersRefused")
        refused = watching.refused(error)
        return {"statusCode": refused["status"], "body": json.dumps(refused)}
    made = Connection(id=connection, account=watched.account, key=digest_of(key))
    world.connections.add(made, [ear.name for ear in watched.ears])
    payload = {"connection": connection, "frame": watching.listening(watched)}
    greeting = Job(id=f"{GREETING}:{connection}", kind=GREETING, created=world.now(), payload=payload, lane=GREETING)
    world.jobs.put([greeting], delay=GREETING_SECONDS)
    return {"statusCode": 200}


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
    settle(event, Clients().ses, put)


def _take_again(world: AwsBackend, job: Job) -> None:
    """Take in the mail of a notice that was given up once, and is redriven."""
    again = {"Records": [{"messageId": job.id, "body": job.payload["body"]}]}
    if take_in(again, world)["batchItemFailures"]:
        raise NeverError("It failed again; the log of on_job says why")


def _greet(world: AwsBackend, job: Job) -> None:
    world.connections.tell(job.payload["connection"], json.dumps(job.payload["frame"]))


def _tell_of(world: AwsBackend, message: Message) -> int:
    from chalicelib.actions import watching  # noqa: PLC0415 - as in `connect`

    ears = watching.ears_of(holding_of(world, message.inbox))
    listening = {
        connection
        for ear in ears
        for connection in world.connections.listening(ear.name)
        if connection.account == ear.account
    }
    revoked = watching.revoked_of(world, {connection.key for connection in listening})
    hearing = [connection.id for connection in listening if connection.key not in revoked]
    if not hearing:
        return 0
    # It may have been deleted meanwhile.
    with suppress(NotFound):
        frame = watching.frame_of(world, message)
        return sum(world.connections.tell(connection, frame) for connection in hearing)
    return 0
