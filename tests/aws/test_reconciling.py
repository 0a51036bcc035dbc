"""Mail whose notice was lost or given up, and raw mail and index that a fault has parted."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.actions.reconciling import claim, reconcile
from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.batches import LAST_TRY
from chalicelib.aws.items import mail_key
from chalicelib.aws.notices import ses_mail_id
from chalicelib.aws.rounds import Pace
from chalicelib.aws.strays import strays
from chalicelib.aws.table import READ_KEYS
from chalicelib.composition import system_clock
from chalicelib.functions.on_hour import mend
from chalicelib.functions.on_mail import take_in
from chalicelib.mail.accounts import Account
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Marks
from tests.aws.events import batch, notice
from tests.aws.poller import work
from tests.contract.samples import BO, BOS
from tests.stopped import StoppedClock
from tests.worlds import BUCKET, TABLE, queue_url

if TYPE_CHECKING:
    from chalicelib.aws.clients import Clients

HOP = (
    b"Received: from mx.sender.example (mx.sender.example [192.0.2.25])\r\n"
    b" by inbound-smtp.us-east-1.amazonaws.com with SMTP id abc\r\n"
    b" for bo@rest.example;\r\n Tue, 24 Nov 2026 09:00:00 +0000 (UTC)\r\n"
)
RAW = HOP + b"From: News <news@sender.example>\r\nTo: everybody@rest.example\r\nSubject: Weekly\r\n\r\nHello.\r\n"
LATER, HOUR = timedelta(hours=3), timedelta(hours=1)


@pytest.fixture
def clock() -> StoppedClock:
    """It is ahead of the bucket's: what is written now was written three hours ago."""
    ahead = StoppedClock()
    ahead.move(system_clock() + LATER - ahead())
    return ahead


@pytest.fixture
def world(clients: Clients, clock: StoppedClock) -> AwsBackend:
    return AwsBackend(table=TABLE, bucket=BUCKET, queue=queue_url(clients), clients=clients, clock=clock)


def _put(clients: Clients, name: str, raw: bytes = RAW) -> None:
    clients.s3.put_object(Bucket=BUCKET, Key=f"inbound/{name}", Body=raw)


def _hour(world: AwsBackend) -> dict[str, int]:
    return mend(world, lambda: 900.0)


def test_mail_that_nobody_was_told_of_is_indexed_for_whom_the_last_server_names(
    world: AwsBackend, clients: Clients, clock: StoppedClock
) -> None:
    _put(clients, "lost")
    first = _hour(world)
    clock.move(HOUR)
    second = _hour(world)
    (found,) = world.index.messages(BOS, limit=9)

    assert (first["mended"], second["mended"]) == (1, 0)
    assert found.mail.receipt.envelope.ip == "192.0.2.25"
    assert world.raw.read(found.mail.receipt) == RAW
    assert [receipt.id for receipt in world.raw.receipts()] == [found.mail.id]


@pytest.fixture
def listed(world: AwsBackend, clients: Clients) -> list[str]:
    """A bucket of two pages, with a stray on the second one: the keys after which it is listed from then on."""
    for number in range(1001):
        name = f"n{number:04}"
        _put(clients, name, b"")
        world.table.put_all({mail_key(ses_mail_id(world.now(), name)): {"held": 0}})
    _put(clients, "n9999")
    after: list[str] = []
    clients.s3.meta.events.register(
        "provide-client-params.s3.ListObjectsV2", lambda params, **_: after.append(params["StartAfter"])
    )
    return after


def test_a_look_that_ran_out_of_time_goes_on_where_it_was_an_hour_later(
    world: AwsBackend, clock: StoppedClock, listed: list[str]
) -> None:
    first = mend(world, iter((900.0, 900.0, 450.0, 0.0)).__next__)
    clock.move(HOUR)
    second = _hour(world)

    assert (first["mended"], second["mended"]) == (0, 1)
    assert listed[0] == ""
    assert listed[1] == "inbound/n0999"


def test_a_look_that_failed_goes_on_where_it_was_an_hour_later(
    world: AwsBackend, clients: Clients, clock: StoppedClock, listed: list[str]
) -> None:
    asked = 0

    def refuse_the_second_page(**_: object) -> None:
        nonlocal asked
        asked += 1
        if asked > 1000 / READ_KEYS:
            raise ValueError("the table is away")

    clients.dynamodb.meta.events.register("before-call.dynamodb.BatchGetItem", refuse_the_second_page)
    with pytest.raises(ValueError, match="away"):
        _hour(world)
    clients.dynamodb.meta.events.unregister("before-call.dynamodb.BatchGetItem", refuse_the_second_page)
    before = len(listed)
    clock.move(HOUR)

    assert _hour(world)["mended"] == 1
    assert listed[before] == "inbound/n0999"


def test_mail_that_was_looked_for_is_not_asked_of_the_table_again(
    world: AwsBackend, clients: Clients, clock: StoppedClock
) -> None:
    for name in ("a", "b", "c"):
        _put(clients, name)
    _hour(world)
    asked: list[Any] = []
    clients.dynamodb.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem", lambda params, **_: asked.append(params)
    )
    for _ in range(5):
        clock.move(HOUR)
        _hour(world)

    assert asked == []


def test_index_and_raw_mail_are_compared_bit_by_bit_where_an_hour_is_not_enough(
    world: AwsBackend, clients: Clients, clock: StoppedClock
) -> None:
    world.directory.add_account(Account(id="ana", created=world.now()))
    for name in ("one", "two", "three", "four"):
        _put(clients, name)
        take_in(batch(json.dumps(notice(name, recipients=[BO]))), world)
    newest, *_, oldest = world.index.messages(BOS, limit=9)
    world.register.mark(BO, newest.id, Marks(starred_by="ana"))
    for lost in (newest, oldest):
        clients.s3.delete_object(Bucket=BUCKET, Key=lost.mail.receipt.location)
    found = 0
    # Each hour has time for one mail.
    for _ in range(12):
        found += mend(world, iter((900.0, 450.0, 450.0, 0.0)).__next__)["lost"]
        clock.move(HOUR)

    assert found == 2


def test_a_large_store_is_gone_through_at_a_steady_pace() -> None:
    pace = Pace(an_hour=100, least=timedelta(hours=1), most=timedelta(days=1))

    assert [pace.interval(seen) for seen in (0, 100, 500, 10**12)] == [HOUR, HOUR, 5 * HOUR, timedelta(days=1)]


def test_a_notice_that_comes_after_all_changes_nothing(world: AwsBackend, clients: Clients) -> None:
    _put(clients, "late")
    _hour(world)
    answer = take_in(batch(json.dumps(notice("late"))), world)

    assert answer == {"batchItemFailures": []}
    assert world.index.count(BOS).messages == 1
    assert world.index.count(Shelf.inbox(Inbox("cy@rest.example"))).messages == 0


def test_mail_that_was_told_of_or_that_is_young_or_that_ses_wrote_for_itself_is_left_alone(
    world: AwsBackend, clients: Clients, clock: StoppedClock
) -> None:
    clock.move(-LATER)
    _put(clients, "young")
    assert _hour(world)["mended"] == 0

    clock.move(LATER)
    _put(clients, "told")
    _put(clients, "AMAZON_SES_SETUP_NOTIFICATION")
    take_in(batch(json.dumps(notice("told"))), world)
    assert _hour(world)["mended"] == 1
    assert clients.s3.list_objects_v2(Bucket=BUCKET, Prefix="inbound/")["KeyCount"] == 3


def test_mail_that_was_deleted_does_not_come_back(world: AwsBackend, clients: Clients) -> None:
    _put(clients, "gone")
    take_in(batch(json.dumps(notice("gone", recipients=[BO]))), world)
    (message,) = world.index.messages(BOS, limit=1)
    world.register.remove(BO, [message.id])
    world.register.forget([message.mail.id])

    assert _hour(world)["mended"] == 0
    assert world.index.count(BOS).messages == 0


@pytest.mark.parametrize(
    ("raw", "after"), [(b"Subject: x\r\n\r\n", timedelta(0)), (RAW, timedelta(days=31))], ids=["for nobody", "old"]
)
def test_mail_for_nobody_and_old_mail_is_let_go(
    world: AwsBackend, clients: Clients, clock: StoppedClock, raw: bytes, after: timedelta
) -> None:
    _put(clients, "lost", raw)
    clock.move(after)

    assert _hour(world)["mended"] == 0
    assert world.index.count(BOS).messages == 0
    assert clients.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_of_the_recipients_that_a_header_claims_no_more_are_believed_than_an_envelope_has(
    world: AwsBackend, clients: Clients
) -> None:
    hop = HOP.replace(b" for bo@rest.example;", b" ;")
    claimed = b",\r\n ".join([b"a" * 9000 + b"@rest.example", *(b"r%d@rest.example" % n for n in range(2000))])
    _put(clients, "many", hop + b"From: ana@sender.example\r\nTo: bo@rest.example,\r\n " + claimed + b"\r\n\r\nHi\r\n")
    mended = _hour(world)["mended"]
    (found,) = world.index.messages(BOS, limit=9)

    assert mended == 1
    assert found.mail.receipt.envelope.recipients == (BO, *(f"r{n}@rest.example" for n in range(99)))


def test_a_mail_that_cannot_be_indexed_is_logged_and_keeps_no_other_from_it(
    world: AwsBackend, clients: Clients, clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b", "c"):
        _put(clients, name)

    def refuse(params: dict[str, Any], **_: object) -> None:
        # Its header can be read, the whole of it is more than we can take.
        if params["url_path"].endswith("inbound/b") and "Range" not in params["headers"]:
            raise ValueError("what a stranger wrote")

    clients.s3.meta.events.register("before-call.s3.GetObject", refuse)
    first = _hour(world)
    clock.move(HOUR)
    second = _hour(world)
    *_, whole = reconcile(world)
    clients.s3.meta.events.unregister("before-call.s3.GetObject", refuse)

    assert (first, second) == ({"mended": 2, "lost": 0, "failed": 1}, {"mended": 0, "lost": 0, "failed": 1})
    assert (whole.failed, len(whole.failed_mails)) == (1, 1)
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    assert {getattr(record, "mail_id", None) for record in logged} == set(whole.failed_mails)
    clock.move(HOUR)
    assert _hour(world) == {"mended": 1, "lost": 0, "failed": 0}


def test_who_looks_at_a_sound_bucket_is_asked_for_the_time_after_each_page_and_each_message(
    world: AwsBackend, clients: Clients
) -> None:
    for name in ("one", "two", "three"):
        _put(clients, name)
    _hour(world)

    assert [done.seen for done in claim(world, strays(world.table, world.raw, before=world.now()))] == [0]
    assert [done.seen for done in reconcile(world)] == [1, 2, 3, 3, 3, 3]


def test_raw_mail_without_messages_is_indexed_and_messages_without_raw_mail_are_told(
    world: AwsBackend, clients: Clients
) -> None:
    for name in ("one", "two", "three"):
        _put(clients, name)
    take_in(batch(*(json.dumps(notice(name)) for name in ("one", "two", "three"))), world)
    found = sorted(world.index.messages(BOS, limit=9), key=lambda message: message.mail.receipt.location)
    lost = next(message for message in found if message.mail.receipt.location == "inbound/one")
    clients.s3.delete_object(Bucket=BUCKET, Key="inbound/one")
    forgotten = next(message for message in found if message.mail.receipt.location == "inbound/two")
    for item in clients.dynamodb.scan(TableName=TABLE, ProjectionExpression="pk, sk")["Items"]:
        if forgotten.mail.id in item["sk"]["S"] or forgotten.mail.id[10:] in item["pk"]["S"]:
            clients.dynamodb.delete_item(TableName=TABLE, Key=item)
    *_, done = reconcile(world)

    assert (done.mended, done.lost, done.lost_mails) == (1, 1, (lost.mail.id,))
    assert forgotten in world.index.messages(BOS, limit=9)


def _tried(body: str, times: int) -> dict[str, Any]:
    event = batch(body)
    event["Records"][0]["attributes"] = {"ApproximateReceiveCount": str(times)}
    return event


def _refuse(**_: object) -> None:
    raise ValueError("what a stranger wrote")


class _Killed(BaseException):
    """The end of a process: nothing of ours runs after it."""


def test_a_mail_that_kills_its_process_is_given_up_and_its_neighbours_are_taken(
    world: AwsBackend, clients: Clients
) -> None:
    names = [f"n{number}" for number in range(10)]
    for name in names:
        _put(clients, name)

    def kill(params: dict[str, Any], **_: object) -> None:
        if params["url_path"].endswith(("inbound/n4", "inbound/n7")):
            raise _Killed

    clients.s3.meta.events.register("before-call.s3.GetObject", kill)
    event = batch(*(json.dumps(notice(name, recipients=[BO])) for name in names))
    deaths, answer = 0, None
    while answer is None:
        for record in event["Records"]:
            record["attributes"] = {"ApproximateReceiveCount": str(deaths + 1)}
        try:
            answer = take_in(event, world)
        except _Killed:
            deaths += 1

    assert (deaths, answer) == (4, {"batchItemFailures": []})
    assert world.index.count(BOS).messages == 8
    assert {letter.job.id for letter in world.jobs.buried(limit=99)} == {"notice:record-4", "notice:record-7"}


def test_an_innocent_notice_is_tried_before_it_is_given_up(world: AwsBackend, clients: Clients) -> None:
    _put(clients, "late")

    assert take_in(_tried(json.dumps(notice("late")), LAST_TRY), world) == {"batchItemFailures": []}
    assert world.index.count(BOS).messages == 1
    assert world.jobs.buried(limit=9) == ()


def test_a_notice_that_fails_each_time_becomes_a_dead_letter_and_is_redriven(
    world: AwsBackend, clients: Clients
) -> None:
    body = json.dumps(notice("late"))
    early = take_in(_tried('{"poison": 1}', LAST_TRY - 1), world)
    clients.s3.meta.events.register("before-call.s3.GetObject", _refuse)
    given_up = take_in(_tried(body, LAST_TRY), world)
    clients.s3.meta.events.unregister("before-call.s3.GetObject", _refuse)
    (letter,) = world.jobs.buried(limit=9)
    before = world.index.count(BOS).messages
    _put(clients, "late")
    redriven = world.jobs.redrive()
    work(world, clients)

    assert len(early["batchItemFailures"]) == 1
    assert given_up == {"batchItemFailures": []}
    assert letter.job.kind == "notice"
    assert (before, redriven, world.index.count(BOS).messages) == (0, 1, 1)
    assert world.jobs.buried(limit=9) == ()


def test_a_notice_that_fails_again_when_it_is_redriven_is_a_dead_letter_again(
    world: AwsBackend, clients: Clients
) -> None:
    take_in(_tried("{poison", LAST_TRY), world)
    world.jobs.redrive()
    work(world, clients)

    assert [letter.reason for letter in world.jobs.buried(limit=9)] == ["It failed again; the log of on_job says why"]
