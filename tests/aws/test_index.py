"""What the DynamoDB index does beyond the contract: mails of more recipients than one transaction takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.discarding import sweep
from chalicelib.aws.index import MESSAGES_AT_ONCE
from chalicelib.aws.items import mail_key
from chalicelib.aws.table import Table, change
from chalicelib.errors import Unavailable
from tests.contract.samples import BO, BYTES, added, entry
from tests.worlds import TABLE

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend
    from chalicelib.aws.clients import Clients
    from chalicelib.mail.message import Entry


@pytest.fixture
def half_added(world: AwsBackend, clients: Clients) -> Entry:
    """A mail whose adding ended after its first transaction, as the end of a Lambda function ends it."""
    whole = entry(world, *(f"r{number}@rest.example" for number in range(100)))
    first = replace(whole, messages=whole.messages[:MESSAGES_AT_ONCE])
    world.index.add([first])
    held = change(mail_key(whole.mail.id), "SET held = :held", {":held": 100})
    Table(clients, TABLE).transact([held])
    return whole


def _counts(world: AwsBackend, whole: Entry) -> list[int]:
    return [world.index.count(message.inbox) for message in whole.messages]


def test_a_mail_that_was_added_in_part_is_completed_by_adding_it_again(world: AwsBackend, half_added: Entry) -> None:
    before = _counts(world, half_added)
    world.index.add([half_added])

    assert before == [1] * MESSAGES_AT_ONCE + [0] * (100 - MESSAGES_AT_ONCE)
    assert _counts(world, half_added) == [1] * 100


def test_a_mail_that_was_added_in_part_is_completed_by_replacing_it(world: AwsBackend, half_added: Entry) -> None:
    world.index.replace(half_added)

    assert _counts(world, half_added) == [1] * 100


def test_what_was_deleted_of_a_mail_added_in_part_stays_deleted(world: AwsBackend, half_added: Entry) -> None:
    first = half_added.messages[0]
    world.index.remove(first.inbox, [first.id])
    world.index.add([half_added])

    assert _counts(world, half_added) == [0] + [1] * 99
    assert world.index.discarded() == ()


def test_a_mail_stays_deleted_after_its_bytes_are_gone(world: AwsBackend) -> None:
    new = added(world)
    world.raw.put([(new.mail.receipt, BYTES)])
    world.index.purge(BO)
    swept = sweep(world)
    world.index.add([new])

    assert swept == 1
    assert world.index.count(BO) == 0
    assert world.index.replace(new) is False


def test_an_index_out_of_reach_is_unavailable(world: AwsBackend, clients: Clients) -> None:
    new = entry(world)
    clients.dynamodb.delete_table(TableName=TABLE)

    with pytest.raises(Unavailable):
        world.index.add([new])
    with pytest.raises(Unavailable):
        world.index.messages(BO, limit=1)
