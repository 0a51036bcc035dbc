"""From SES's notice to a message that can be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.actions.discarding import delete_message
from chalicelib.actions.reindexing import reindex
from chalicelib.functions.on_mail import take_in
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from tests.aws.events import batch, enveloped, notice, recorded
from tests.worlds import BUCKET

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend
    from chalicelib.aws.clients import Clients

BO, CY = Inbox("bo@rest.example"), Inbox("cy@rest.example")
RAW = b"From: News <news@sender.example>\r\nTo: everybody@rest.example\r\nSubject: Weekly\r\n\r\nHello.\r\n"
NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}


@pytest.fixture
def stored(clients: Clients) -> str:
    """The body of a record whose mail is in the bucket, as SES put it there."""
    return _stored(clients, notice())


def _stored(clients: Clients, said: dict[str, Any]) -> str:
    clients.s3.put_object(Bucket=BUCKET, Key=said["receipt"]["action"]["objectKey"], Body=RAW)
    return json.dumps(said)


def test_a_mail_is_listed_for_each_recipient_of_the_envelope(world: AwsBackend, stored: str) -> None:
    answer = take_in(batch(stored), world)
    (for_bo,), (for_cy,) = (
        world.index.messages(Shelf.inbox(BO), limit=9),
        world.index.messages(Shelf.inbox(CY), limit=9),
    )

    assert answer == NOTHING_FAILED
    assert for_bo.original_inbox == "bo+news@rest.example"
    assert for_bo.mail == for_cy.mail
    assert for_bo.mail.summary.subject == "Weekly"
    assert for_bo.mail.receipt.envelope.sender == "bounces+1@news.sender.example"
    assert world.raw.read(for_bo.mail.receipt) == RAW
    assert world.index.count(Shelf.inbox(Inbox("everybody@rest.example"))).messages == 0


def test_a_notice_may_come_inside_an_sns_envelope(world: AwsBackend, stored: str) -> None:
    take_in(batch(enveloped(stored)), world)

    assert world.index.count(Shelf.inbox(BO)).messages == 1


def test_the_same_notice_twice_makes_one_message(world: AwsBackend, stored: str) -> None:
    first = take_in(batch(stored), world)
    second = take_in(batch(stored, enveloped(stored)), world)

    assert first == second == NOTHING_FAILED
    assert len(world.index.messages(Shelf.inbox(BO), limit=9)) == world.index.count(Shelf.inbox(BO)).messages == 1
    assert len(list(world.raw.receipts())) == 1


def test_an_action_that_ses_repeats_makes_no_second_message(world: AwsBackend, stored: str) -> None:
    again = json.dumps(notice(timestamp="2026-11-24T09:05:00.000Z"))
    take_in(batch(stored, again), world)

    assert world.index.count(Shelf.inbox(BO)).messages == 1


def test_a_mail_that_was_deleted_stays_deleted_when_its_notice_comes_again(world: AwsBackend, stored: str) -> None:
    take_in(batch(stored), world)
    for inbox in (BO, CY):
        delete_message(world, inbox, world.index.messages(Shelf.inbox(inbox), limit=1)[0].id)
    answer = take_in(batch(stored), world)

    assert answer == NOTHING_FAILED
    assert world.index.count(Shelf.inbox(BO)).messages == 0
    assert list(world.raw.receipts()) == []


def test_only_the_poisoned_record_of_a_batch_comes_again(world: AwsBackend, clients: Clients, stored: str) -> None:
    other = _stored(clients, notice("another"))
    answer = take_in(batch(stored, "{poison", other), world)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "record-1"}]}
    assert world.index.count(Shelf.inbox(BO)).messages == 2


def test_every_record_comes_again_when_the_stores_are_out_of_reach(world: AwsBackend, clients: Clients) -> None:
    said = [_stored(clients, notice(name)) for name in ("one", "two")]
    clients.dynamodb.delete_table(TableName="mail-table")

    answer = take_in(batch(*said), world)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "record-0"}, {"itemIdentifier": "record-1"}]}


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(recorded("ses_setup")),
        enveloped(json.dumps(recorded("ses_setup"))),
        enveloped("Successfully validated SNS topic for Amazon SES event publishing."),
        json.dumps(recorded("sns_envelope") | {"Type": "SubscriptionConfirmation", "Message": "Confirm"}),
    ],
    ids=["set-up mail", "set-up mail in an envelope", "topic validation", "subscription"],
)
def test_what_ses_sends_to_set_itself_up_is_ignored(world: AwsBackend, body: str) -> None:
    assert take_in(batch(body), world) == NOTHING_FAILED
    assert world.index.count(Shelf.inbox(Inbox("recipient@example.com"))).messages == 0
    assert list(world.raw.receipts()) == []


def test_the_bucket_alone_can_make_the_index_again(world: AwsBackend, clients: Clients, stored: str) -> None:
    take_in(batch(stored, _stored(clients, notice("another"))), world)
    before = world.index.messages(Shelf.inbox(BO), limit=9)
    items = clients.dynamodb.scan(TableName="mail-table", ProjectionExpression="pk, sk")["Items"]
    for key in items:
        clients.dynamodb.delete_item(TableName="mail-table", Key=key)
    emptied = world.index.messages(Shelf.inbox(BO), limit=9)
    progress = list(reindex(world))

    assert emptied == ()
    assert [one.changed for one in progress] == [1, 2]
    assert world.index.messages(Shelf.inbox(BO), limit=9) == before
