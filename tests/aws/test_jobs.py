"""From a message of the queue to a job that is done, tried again, or given up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.actions.admitting import create_account
from chalicelib.actions.forwarding import forward
from chalicelib.actions.receiving import Arrival, receive
from chalicelib.aws.arrivals import ARRIVED
from chalicelib.aws.backend import AwsBackend
from chalicelib.errors import Unavailable
from chalicelib.functions.on_hour import LEFT_OVER, tidy
from chalicelib.mail.holding import Reservation
from chalicelib.mail.job import Job
from chalicelib.mail.message import Envelope
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from chalicelib.ports.hooks import Answer
from tests.aws.poller import polled, work, work_off
from tests.stopped import StoppedClock
from tests.worlds import BUCKET, TABLE, queue_url, wake_queue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.aws.clients import Clients

BO, CY = Inbox("bo@rest.example"), Inbox("cy@rest.example")
RAW = b"From: ana@sender.example\r\nSubject: Weekly\r\n\r\nHello.\r\n"


class Scripted:
    """A messenger that answers as it is told, and notes what was posted."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.posted: list[tuple[str, dict[str, str], bytes]] = []

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.posted.append((url, dict(headers), body))
        status = self.statuses.pop(0) if self.statuses else 204
        return Answer(status=status, seconds=0.1, failure="" if status else "Nobody answered in time")

    def never(self, url: str) -> str | None:
        return f"{url} is never asked" if "never" in url else None


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def messenger() -> Scripted:
    return Scripted()


@pytest.fixture
def live(clients: Clients, clock: StoppedClock, messenger: Scripted) -> AwsBackend:
    return AwsBackend(
        table=TABLE, bucket=BUCKET, queue=queue_url(clients), clients=clients, clock=clock, messenger=messenger
    )


def reserve(world: AwsBackend, inbox: Inbox = BO, **settings: Any) -> None:
    now = world.now()
    world.addresses.reserve(Reservation(inbox=inbox, owner="ana", created=now, updated=now, **settings))


def arrive(world: AwsBackend) -> None:
    receive(world, [Arrival(envelope=Envelope(sender="ana@sender.example", recipients=(BO,)), content=RAW)])


def test_mail_that_arrives_is_told_to_its_webhook_signed(
    live: AwsBackend, clients: Clients, messenger: Scripted
) -> None:
    reserve(live, webhook="https://ci.example/mail")
    arrive(live)
    failed = work(live, clients)
    ((url, headers, body),) = messenger.posted

    assert failed == 0
    assert url == "https://ci.example/mail"
    assert headers["webhook-signature"].startswith("v1,")
    assert json.loads(body)["subject"] == "Weekly"
    assert polled(clients)["Records"] == []
    assert list(live.table.query(ARRIVED)) == []


def test_a_delivery_that_fails_comes_again_when_it_is_due_and_not_before(
    live: AwsBackend, clients: Clients, clock: StoppedClock, messenger: Scripted
) -> None:
    messenger.statuses = [500, None]
    reserve(live, webhook="https://ci.example/mail")
    arrive(live)
    first = work(live, clients)
    too_early = work(live, clients)
    wake_queue()
    put_off = work(live, clients)
    tries_before = len(messenger.posted)
    for _ in range(4):
        clock.move(timedelta(minutes=5))
        wake_queue()
        work(live, clients)

    assert (first, too_early, put_off, tries_before) == (1, 0, 1, 1)
    assert len(messenger.posted) == 3
    assert len({headers["webhook-id"] for _, headers, _ in messenger.posted}) == 1
    assert polled(clients)["Records"] == []


def test_a_job_that_cannot_be_done_is_a_dead_letter_and_its_message_is_gone(live: AwsBackend, clients: Clients) -> None:
    live.jobs.put([Job(id="odd", kind="unheard of", created=live.now())])
    failed = work(live, clients)
    wake_queue()

    assert failed == 0
    assert [one.reason for one in live.jobs.buried(limit=10)] == ["Nobody knows how to do unheard of"]
    assert polled(clients)["Records"] == []


@pytest.mark.parametrize("body", ["no JSON", "[]", "{}", '{"job": 7}', '{"job": "unknown"}', "null"])
def test_a_message_that_names_no_job_is_thrown_away(live: AwsBackend, clients: Clients, body: str) -> None:
    clients.sqs.send_message(QueueUrl=queue_url(clients), MessageBody=body)
    failed = work(live, clients)
    wake_queue()

    assert failed == 0
    assert polled(clients)["Records"] == []


def test_each_lane_is_a_message_group_of_its_own(live: AwsBackend, clients: Clients) -> None:
    live.jobs.put([Job(id=f"job-{lane}-{n}", kind="k", created=live.now(), lane=lane) for lane in "ab" for n in "12"])
    answer = clients.sqs.receive_message(
        QueueUrl=queue_url(clients), MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    )
    groups = [one["Attributes"]["MessageGroupId"] for one in answer["Messages"]]

    assert len(groups) == 4
    assert len(set(groups)) == 2


class _BrokenQueue:
    """A queue that is out of reach."""

    def __call__(self, *_: object, **__: object) -> None:
        raise Unavailable("The queue cannot be reached")


def test_a_crash_between_the_mail_and_its_jobs_loses_none(live: AwsBackend, clients: Clients) -> None:
    """The queue is out of reach once the mail is kept: whoever delivers comes again, and the jobs with them."""
    reserve(live, webhook="https://ci.example/mail")
    broken = AwsBackend(
        table=TABLE, bucket=BUCKET, queue="http://127.0.0.1:1/none", clients=_without_queue(clients), clock=live.now
    )
    from chalicelib.actions.receiving import index_stored  # noqa: PLC0415 - what on_mail does with a notice

    with pytest.raises(Unavailable):
        arrive(broken)
    left = list(live.table.query(ARRIVED))
    (message,) = live.index.messages(Shelf.inbox(BO), limit=9)
    index_stored(live, message.mail.receipt)

    assert len(left) == 1
    assert list(live.table.query(ARRIVED)) == []
    assert len(polled(clients)["Records"]) == 1


def test_what_nobody_delivers_again_is_put_by_the_hour(
    live: AwsBackend, clients: Clients, clock: StoppedClock, messenger: Scripted
) -> None:
    reserve(live, webhook="https://ci.example/mail")
    broken = AwsBackend(
        table=TABLE, bucket=BUCKET, queue="http://127.0.0.1:1/none", clients=_without_queue(clients), clock=live.now
    )
    with pytest.raises(Unavailable):
        arrive(broken)
    tidy(live)
    too_early = work_off(live, clients)
    clock.move(LEFT_OVER + timedelta(seconds=1))
    tidy(live)
    in_time = work_off(live, clients)

    # One of them is the job that looks for what is old.
    assert (too_early, in_time) == (1, 2)
    assert len(messenger.posted) == 1


def _without_queue(clients: Clients) -> Any:
    class Without:
        dynamodb, s3 = clients.dynamodb, clients.s3

        class sqs:  # noqa: N801 - it stands where the client stands
            send_message_batch = _BrokenQueue()

    return Without


def test_forwarded_mail_is_indexed_in_the_other_inbox(live: AwsBackend, clients: Clients) -> None:
    reserve(live, forward=CY)
    arrive(live)
    work(live, clients)
    (forwarded,) = live.index.messages(Shelf.inbox(CY), limit=9)

    assert forwarded.original_inbox == BO
    assert live.raw.read(forwarded.mail.receipt).endswith(RAW)


def test_mail_that_was_forwarded_to_the_outside_is_sent_though_its_job_could_not_be_put_at_first(
    live: AwsBackend, clients: Clients
) -> None:
    create_account(live, "ana")
    live.policy = replace(live.policy, domains=("rest.example",))
    reserve(live, forward="dee@outside.example")
    arrive(live)
    (job,) = live.jobs.take(limit=1, lease=90.0)
    broken = AwsBackend(
        table=TABLE, bucket=BUCKET, queue="http://127.0.0.1:1/none", clients=_without_queue(clients), clock=live.now
    )
    broken.policy = live.policy
    with pytest.raises(Unavailable):
        forward(broken, job)
    # What was written of the job is lost as well: the process died before.
    (mail,) = live.outbox.sent_by("ana", limit=9)
    live.jobs.finish(replace(job, id=f"send-{mail.id}"))
    forward(live, job)
    forward(live, job)
    wake_queue()

    assert [one.id for one in live.outbox.sent_by("ana", limit=9)] == [mail.id]
    assert [one.payload for one in live.jobs.take(limit=9, lease=90.0)] == [{"outgoing": mail.id}]


class _QueueThatFails:
    """The queue, whose sends of these numbers fail."""

    def __init__(self, clients: Clients, *numbers: int) -> None:
        self._sqs, self._numbers, self._sends = clients.sqs, numbers, 0

    def send_message_batch(self, **asked: Any) -> Any:
        self._sends += 1
        if self._sends in self._numbers:
            raise Unavailable("The queue cannot be reached")
        return self._sqs.send_message_batch(**asked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sqs, name)


def _failing_at(live: AwsBackend, clients: Clients, *numbers: int) -> AwsBackend:
    class Failing:
        dynamodb, s3, sqs = clients.dynamodb, clients.s3, _QueueThatFails(clients, *numbers)

    failing: Any = Failing
    return AwsBackend(table=TABLE, bucket=BUCKET, queue=queue_url(clients), clients=failing, clock=live.now)


def test_a_dead_letter_that_the_queue_does_not_take_stays_one(live: AwsBackend, clients: Clients) -> None:
    for name in "ab":
        live.jobs.keep_letter(Job(id=name, kind="k", created=live.now()), reason="no")
    failing = _failing_at(live, clients, 3)
    with pytest.raises(Unavailable):
        failing.jobs.redrive()
    left = [one.job.id for one in live.jobs.buried(limit=9)]
    live.jobs.redrive()
    wake_queue()

    assert left == ["b"]
    assert sorted(one.id for one in live.jobs.take(limit=9, lease=90.0)) == ["a", "b"]


def test_a_letter_that_is_redriven_while_the_queue_fails_is_done_a_little_later(
    live: AwsBackend, clients: Clients
) -> None:
    live.jobs.keep_letter(Job(id="a", kind="k", created=live.now()), reason="no")
    redriven = _failing_at(live, clients, 2).jobs.redrive()
    at_once = live.jobs.take(limit=9, lease=90.0)
    wake_queue()

    assert (redriven, at_once) == (1, ())
    assert [one.id for one in live.jobs.take(limit=9, lease=90.0)] == ["a"]


def _in_flight_and_delayed(clients: Clients) -> tuple[int, int]:
    names: Any = ["ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
    found: Any = clients.sqs.get_queue_attributes(QueueUrl=queue_url(clients), AttributeNames=names)["Attributes"]
    return int(found[names[0]]), int(found[names[1]])


@pytest.mark.parametrize(("wait", "held"), [(300, (1, 0)), (301, (0, 1)), (4 * 3600, (0, 1))])
def test_a_job_that_waits_long_is_a_delayed_message_and_none_in_flight(
    live: AwsBackend, clients: Clients, wait: int, held: tuple[int, int]
) -> None:
    live.jobs.put([Job(id="a", kind="k", created=live.now())])
    (job,) = live.jobs.take(limit=1, lease=90.0)
    live.jobs.retry(job, delay=wait, reason="busy")

    assert _in_flight_and_delayed(clients) == held


def test_a_job_that_is_long_not_due_is_delayed_again_and_done_when_it_is(
    live: AwsBackend, clients: Clients, clock: StoppedClock, messenger: Scripted
) -> None:
    reserve(live, webhook="https://ci.example/mail")
    arrive(live)
    (job,) = live.jobs.take(limit=1, lease=90.0)
    live.jobs.retry(job, delay=3600, reason="busy")
    seen = []
    for _ in range(3):
        clock.move(timedelta(minutes=15))
        wake_queue()
        seen.append((work(live, clients), *_in_flight_and_delayed(clients)))
    clock.move(timedelta(minutes=15))
    wake_queue()
    failed = work(live, clients)
    wake_queue()

    assert seen == [(0, 0, 1)] * 3
    assert (failed, len(messenger.posted)) == (0, 1)
    assert polled(clients)["Records"] == []


def test_a_job_whose_new_message_the_queue_does_not_take_keeps_its_old_one(
    live: AwsBackend, clients: Clients, clock: StoppedClock
) -> None:
    live.jobs.put([Job(id="a", kind="k", created=live.now())])
    failing = _failing_at(live, clients, 1).jobs
    (job,) = failing.take(limit=1, lease=90.0)
    with pytest.raises(Unavailable):
        failing.retry(job, delay=3600, reason="busy")
    clock.move(timedelta(hours=1))
    wake_queue()

    assert [one.id for one in live.jobs.take(limit=9, lease=90.0)] == ["a"]
