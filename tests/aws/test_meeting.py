"""Two that change the same mail at once: what one does stands between what the other has read and what it writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.actions.receiving import entry_of
from chalicelib.aws.directory import Directory
from chalicelib.aws.index import Index
from chalicelib.aws.items import message_key
from chalicelib.aws.table import TRIES, ConditionFailedError, Table, change
from chalicelib.errors import Unavailable
from chalicelib.ports import Account, Key
from tests.contract.samples import BO, BYTES, CY, added, entry
from tests.worlds import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.aws.backend import AwsBackend
    from chalicelib.aws.clients import Clients
    from chalicelib.aws.table import Write


class Met(Table):
    """The table, at whose first transaction somebody else is faster."""

    def __init__(self, clients: Clients, other: Callable[[], Any]) -> None:
        super().__init__(clients, TABLE)
        self._others = [other]

    def transact(self, writes: Sequence[Write]) -> None:
        if self._others:
            self._others.pop()()
        super().transact(writes)


class AlwaysMet(Table):
    """The table, at whose every transaction somebody else is faster."""

    tries = 0

    def transact(self, writes: Sequence[Write]) -> None:
        del writes
        self.tries += 1
        raise ConditionFailedError


def test_a_mail_that_two_add_is_counted_once(world: AwsBackend, clients: Clients) -> None:
    new = entry(world, *(f"r{number}@rest.example" for number in range(60)))
    Index(Met(clients, lambda: world.index.add([new]))).add([new])

    assert {world.index.count(message.inbox) for message in new.messages} == {1}


def test_a_message_that_two_remove_is_counted_once(world: AwsBackend, clients: Clients) -> None:
    new = added(world)
    kept = added(world)
    answers = []

    def other() -> None:
        answers.append(world.index.remove(BO, [new.messages[0].id]))

    answers.append(Index(Met(clients, other)).remove(BO, [new.messages[0].id]))

    assert answers == [(new.mail.receipt,), ()]
    assert world.index.messages(BO, limit=9) == kept.messages
    assert world.index.count(BO) == 1


def test_the_last_two_messages_of_a_mail_removed_at_once_leave_it_discarded_once(
    world: AwsBackend, clients: Clients
) -> None:
    new = added(world, BO, CY)
    answers = []

    def other() -> None:
        answers.append(world.index.remove(CY, [new.messages[1].id]))

    answers.append(Index(Met(clients, other)).remove(BO, [new.messages[0].id]))

    assert answers == [(), (new.mail.receipt,)]
    assert world.index.discarded() == (new.mail.receipt,)


def test_a_message_that_is_starred_during_a_purge_is_spared(world: AwsBackend, clients: Clients) -> None:
    first, second = added(world), added(world)

    def other() -> None:
        key = message_key(BO, first.messages[0].id)
        Table(clients, TABLE).transact([change(key, "SET starred_by = :who", {":who": "ana"})])

    removed = Index(Met(clients, other)).purge(BO)

    assert removed == (second.mail.receipt,)
    assert [message.starred_by for message in world.index.messages(BO, limit=9)] == ["ana"]


def test_a_message_that_is_removed_while_its_mail_is_described_anew_stays_removed(
    world: AwsBackend, clients: Clients
) -> None:
    old = added(world, BO, CY)
    new = entry_of(world.policy, old.mail.receipt, BYTES.replace(b"Subject: ", b"Subject: Big "))

    changed = Index(Met(clients, lambda: world.index.purge(BO))).replace(new)

    assert changed is True
    assert world.index.messages(BO, limit=9) == ()
    assert world.index.messages(CY, limit=9) == new.messages[1:]


def test_a_mail_that_is_deleted_while_it_is_described_anew_stays_deleted(world: AwsBackend, clients: Clients) -> None:
    old = added(world)
    new = entry_of(world.policy, old.mail.receipt, BYTES.replace(b"Subject: ", b"Subject: Big "))

    changed = Index(Met(clients, lambda: world.index.purge(BO))).replace(new)

    assert changed is False
    assert world.index.messages(BO, limit=9) == ()
    assert world.index.discarded() == (old.mail.receipt,)


@pytest.mark.parametrize("change_it", ["add", "replace", "remove"])
def test_a_mail_that_others_change_each_time_is_given_up(world: AwsBackend, clients: Clients, change_it: str) -> None:
    old = added(world)
    big = entry_of(world.policy, old.mail.receipt, BYTES.replace(b"Subject: ", b"Subject: Big "))
    table = AlwaysMet(clients, TABLE)
    index = Index(table)
    attempts: dict[str, Callable[[], Any]] = {
        "add": lambda: index.add([entry(world)]),
        "replace": lambda: index.replace(big),
        "remove": lambda: index.remove(BO, [old.messages[0].id]),
    }

    with pytest.raises(Unavailable):
        attempts[change_it]()
    assert table.tries == TRIES
    assert world.index.messages(BO, limit=9) == old.messages


def test_a_key_that_two_revoke_is_revoked_by_one(world: AwsBackend, clients: Clients) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    world.directory.add_account(Account(id="ana", created=noon))
    world.directory.add_key(Key(id="one", account="ana", digest="d", label="", created=noon))
    answers = []

    def other() -> None:
        answers.append(world.directory.remove_key("one"))

    answers.append(Directory(Met(clients, other)).remove_key("one"))

    assert answers == [True, False]
