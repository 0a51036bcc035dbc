"""How long mail is kept on AWS: inboxes are trimmed as mail comes, and every hour what is old goes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.items import mail_key
from chalicelib.aws.removal import REMEMBERED
from chalicelib.aws.table import Table
from chalicelib.functions.on_hour import tidy
from chalicelib.functions.on_mail import NOTICE, take_in
from chalicelib.mail.job import Job
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Count, Marks, Policy
from tests.aws.events import batch, notice
from tests.aws.poller import work_off
from tests.contract.samples import BO, BOS, BYTES, added, on, reserve
from tests.stopped import StoppedClock
from tests.worlds import BUCKET, TABLE, queue_url

if TYPE_CHECKING:
    from chalicelib.aws.clients import Clients

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def world(clients: Clients, clock: StoppedClock) -> AwsBackend:
    policy = Policy(keep_days=4, keep_unowned=2, keep_account=3)
    return AwsBackend(table=TABLE, bucket=BUCKET, queue=queue_url(clients), clients=clients, policy=policy, clock=clock)


def _tidy(world: AwsBackend, clients: Clients) -> int:
    """What on_hour puts is done, and what that puts in turn; answers with how many jobs that were."""
    tidy(world)
    return work_off(world, clients)


def _kept(world: AwsBackend) -> int:
    """A mail with its bytes."""
    new = added(world)
    world.raw.put([(new.mail.receipt, BYTES)])
    return new.mail.size


def _arrive(world: AwsBackend, clients: Clients, *names: str) -> None:
    said = []
    for name in names:
        clients.s3.put_object(Bucket=BUCKET, Key=f"inbound/{name}", Body=BYTES)
        said.append(json.dumps(notice(name)))
    assert take_in(batch(*said), world) == {"batchItemFailures": []}


def test_an_unowned_inbox_keeps_its_newest_messages(world: AwsBackend, clients: Clients) -> None:
    _arrive(world, clients, "one", "two", "three", "four")

    assert world.index.count(BOS).messages == 2
    assert len(list(world.raw.receipts())) == 2


def test_an_account_keeps_its_newest_messages_in_all_its_inboxes(world: AwsBackend, clients: Clients) -> None:
    reserve(world, "ana", BO)
    _arrive(world, clients, "one", "two", "three", "four")

    assert world.index.count(Shelf.account("ana")).messages == 3


def test_an_account_keeps_no_more_when_a_notice_is_redriven(world: AwsBackend, clients: Clients) -> None:
    reserve(world, "ana", BO)
    _arrive(world, clients, "one", "two", "three")
    clients.s3.put_object(Bucket=BUCKET, Key="inbound/four", Body=BYTES)
    letter = Job(id="notice:4", kind=NOTICE, created=world.now(), payload={"body": json.dumps(notice("four"))})
    world.jobs.keep_letter(letter, reason="The index could not be reached")
    world.jobs.redrive()
    work_off(world, clients)

    assert world.jobs.buried(limit=9) == ()
    assert world.index.count(Shelf.account("ana")).messages == 3


def test_what_is_older_than_the_policy_goes_every_hour_with_its_bytes(
    world: AwsBackend, clients: Clients, clock: StoppedClock
) -> None:
    _kept(world)
    clock.move(96 * HOUR)
    size = _kept(world)
    _tidy(world, clients)
    early = world.index.count(BOS)
    clock.move(HOUR)
    _tidy(world, clients)

    assert early.messages == 2
    assert world.index.count(BOS) == Count(1, 1, size)
    assert len(list(world.raw.receipts())) == 1
    assert world.register.discarded() == ()


def test_what_is_starred_is_kept(world: AwsBackend, clients: Clients, clock: StoppedClock) -> None:
    message = added(world).messages[0]
    world.register.mark(BO, message.id, Marks(starred_by="ana"))
    clock.move(1000 * HOUR)

    assert _tidy(world, clients) == 1
    assert on(world, BOS) == [message.id]


def test_bytes_that_a_crash_left_over_are_swept_up(world: AwsBackend, clients: Clients) -> None:
    new = added(world)
    world.raw.put([(new.mail.receipt, BYTES)])
    world.register.remove(BO, [new.messages[0].id])
    _tidy(world, clients)

    assert list(world.raw.receipts()) == []
    assert world.register.discarded() == ()


def test_that_a_mail_was_deleted_is_known_for_a_year(world: AwsBackend, clients: Clients, clock: StoppedClock) -> None:
    new = added(world)
    world.register.remove(BO, [new.messages[0].id])
    item = Table(clients, TABLE).get(mail_key(new.mail.id))

    assert item is not None
    assert item["expires"] == int((clock() + REMEMBERED).timestamp())
