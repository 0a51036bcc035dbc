"""What the DynamoDB index does beyond the contract: mails of more recipients than one transaction takes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.discarding import sweep
from chalicelib.api.messages import PAGE_OCTETS, bounded, page
from chalicelib.aws.adding import MESSAGES_AT_ONCE
from chalicelib.aws.items import mail_key
from chalicelib.aws.table import Table
from chalicelib.aws.writes import change
from chalicelib.errors import Unavailable
from chalicelib.mail.names import MessageId
from chalicelib.mail.shelf import Shelf
from tests.contract.samples import BO, BOS, BYTES, added, entry, with_links
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
    world.register.add([first])
    held = change(mail_key(whole.mail.id), "SET #held = :held, #recipients = :held", {":held": 100})
    Table(clients, TABLE).transact([held])
    return whole


def _counts(world: AwsBackend, whole: Entry) -> list[int]:
    return [world.index.count(Shelf.inbox(message.inbox)).messages for message in whole.messages]


def test_a_mail_that_was_added_in_part_is_completed_by_adding_it_again(world: AwsBackend, half_added: Entry) -> None:
    before = _counts(world, half_added)
    world.register.add([half_added])

    assert before == [1] * MESSAGES_AT_ONCE + [0] * (100 - MESSAGES_AT_ONCE)
    assert _counts(world, half_added) == [1] * 100


def test_a_mail_that_was_added_in_part_is_completed_by_replacing_it(world: AwsBackend, half_added: Entry) -> None:
    world.register.replace(half_added)

    assert _counts(world, half_added) == [1] * 100


def test_a_mail_that_was_added_in_part_is_not_held_before_it_is_completed(world: AwsBackend, half_added: Entry) -> None:
    before = world.index.holds(half_added.mail.id)
    world.register.add([half_added])

    assert (before, world.index.holds(half_added.mail.id)) == (False, True)


def test_what_was_deleted_of_a_mail_added_in_part_stays_deleted(world: AwsBackend, half_added: Entry) -> None:
    first = half_added.messages[0]
    world.register.remove(first.inbox, [first.id])
    world.register.add([half_added])

    assert _counts(world, half_added) == [0] + [1] * 99
    assert world.register.discarded() == ()


def test_a_mail_stays_deleted_after_its_bytes_are_gone(world: AwsBackend) -> None:
    new = added(world)
    world.raw.put([(new.mail.receipt, BYTES)])
    world.register.remove(BO, [new.messages[0].id])
    swept = sweep(world)
    world.register.add([new])

    assert swept == 1
    assert world.index.count(BOS).messages == 0
    assert world.register.replace(new) is False


def test_an_index_out_of_reach_is_unavailable(world: AwsBackend, clients: Clients) -> None:
    new = entry(world)
    clients.dynamodb.delete_table(TableName=TABLE)

    with pytest.raises(Unavailable):
        world.register.add([new])
    with pytest.raises(Unavailable):
        world.index.messages(BOS, limit=1)


def test_a_list_that_lambda_could_not_answer_with_ends_early_and_links_to_the_rest(world: AwsBackend) -> None:
    one = with_links(entry(world, BO), ("https://x.example/" + "a" * 100_000,)).messages[0]
    found = [replace(one, id=MessageId(f"{one.mail.id}-{number}")) for number in range(60)]
    first = page(world, found, 1000, "/x")
    kept = len(first.body)

    assert PAGE_OCTETS - 110_000 < len(json.dumps(first.body)) <= PAGE_OCTETS + 1000
    assert first.headers["Link"] == f'</x?limit=1000&before={found[kept - 1].id}>; rel="next"'
    assert page(world, found[kept:], 1000, "/x").headers == {}
    assert bounded(world, iter(found)) == first.body
