"""Two that change the same mail at once: what one does stands between what the other has read and what it writes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.actions.receiving import entry_of
from chalicelib.aws.directory import Directory
from chalicelib.aws.owned import Owned
from chalicelib.aws.register import Register
from chalicelib.aws.table import TRIES, ConditionFailedError, Table
from chalicelib.errors import Unavailable
from chalicelib.mail.accounts import Account, Key
from chalicelib.mail.searching import query_of
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Count, Marks
from tests.contract.samples import BO, BOS, BYTES, CY, CYS, NOON, added, entry, reserve
from tests.worlds import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.aws.backend import AwsBackend
    from chalicelib.aws.clients import Clients
    from chalicelib.aws.writes import Write
    from chalicelib.mail.message import Message


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
    Register(Met(clients, lambda: world.register.add([new])), world.now, world.jobs.put).add([new])

    assert {world.index.count(Shelf.inbox(message.inbox)).messages for message in new.messages} == {1}


def test_a_message_that_two_remove_is_counted_once(world: AwsBackend, clients: Clients) -> None:
    new = added(world)
    kept = added(world)
    answers = []

    def other() -> None:
        answers.append(world.register.remove(BO, [new.messages[0].id]))

    answers.append(Register(Met(clients, other), world.now, world.jobs.put).remove(BO, [new.messages[0].id]))

    assert answers == [(new.mail.receipt,), ()]
    assert world.index.messages(BOS, limit=9) == kept.messages
    assert world.index.count(BOS).messages == 1


def test_the_last_two_messages_of_a_mail_removed_at_once_leave_it_discarded_once(
    world: AwsBackend, clients: Clients
) -> None:
    new = added(world, BO, CY)
    answers = []

    def other() -> None:
        answers.append(world.register.remove(CY, [new.messages[1].id]))

    answers.append(Register(Met(clients, other), world.now, world.jobs.put).remove(BO, [new.messages[0].id]))

    assert answers == [(), (new.mail.receipt,)]
    assert world.register.discarded() == (new.mail.receipt,)


def test_a_message_that_is_marked_while_it_is_removed_is_counted_right(world: AwsBackend, clients: Clients) -> None:
    first, second = added(world), added(world)

    def other() -> None:
        world.register.mark(BO, first.messages[0].id, Marks(read=True, starred_by="ana"))

    removed = Register(Met(clients, other), world.now, world.jobs.put).remove(BO, [first.messages[0].id])

    assert removed == (first.mail.receipt,)
    assert world.index.count(BOS) == Count(1, 1, second.mail.size)
    assert world.index.count(Shelf.starred("ana")) == Count(0, 0, 0)


def test_two_marks_at_once_are_both_made(world: AwsBackend, clients: Clients) -> None:
    message = added(world).messages[0]

    def other() -> None:
        world.register.mark(BO, message.id, Marks(read=True))

    marked = Register(Met(clients, other), world.now, world.jobs.put).mark(BO, message.id, Marks(starred_by="ana"))

    assert marked is not None
    assert (marked.read, marked.starred_by) == (True, "ana")
    assert world.index.message(BO, message.id) == marked
    assert world.index.count(BOS) == Count(1, 0, message.mail.size)
    assert world.index.count(Shelf.starred("ana")) == Count(1, 0, message.mail.size)


def test_what_two_decide_at_once_on_what_is_there_is_all_kept(world: AwsBackend, clients: Clients) -> None:
    message = added(world).messages[0]

    def label(name: str) -> Callable[[Message], Marks]:
        return lambda found: Marks(labels=(*found.labels, name))

    def toggle(found: Message) -> Marks:
        return Marks(starred_by="" if found.starred_by else "ana")

    for theirs, ours in ((label("theirs"), label("ours")), (label("more"), toggle), (toggle, label("most"))):
        meets = Met(clients, partial(world.register.remark, BO, message.id, theirs))
        Register(meets, world.now, world.jobs.put).remark(BO, message.id, ours)

    found = world.index.message(BO, message.id)
    assert found is not None
    assert (found.labels, found.starred_by) == (("theirs", "ours", "more", "most"), None)
    assert world.index.count(Shelf.starred("ana")) == Count(0, 0, 0)


def test_a_message_that_is_removed_while_it_is_marked_stays_removed(world: AwsBackend, clients: Clients) -> None:
    old = added(world)
    meets = Met(clients, lambda: world.register.remove(BO, [old.messages[0].id]))

    assert Register(meets, world.now, world.jobs.put).mark(BO, old.messages[0].id, Marks(starred_by="ana")) is None
    assert world.index.count(BOS) == Count(0, 0, 0)
    assert world.index.count(Shelf.starred("ana")) == Count(0, 0, 0)


def test_a_message_that_two_give_away_goes_to_the_first(world: AwsBackend, clients: Clients) -> None:
    added(world)
    meets = Met(clients, lambda: world.register.assign(BOS, None, "eve"))

    assert Register(meets, world.now, world.jobs.put).assign(BOS, None, "ana") == 0
    assert world.index.messages(BOS, limit=1)[0].owner == "eve"
    assert world.index.find("ana", query_of("café"), limit=1) == ()
    assert world.index.count(Shelf.account("ana")) == Count(0, 0, 0)
    assert world.index.count(Shelf.account("eve")).messages == 1


def test_an_address_that_was_released_and_reserved_by_another_is_released(world: AwsBackend, clients: Clients) -> None:
    reserve(world, "ana", BO)

    def other() -> None:
        world.addresses.release(BO)
        reserve(world, "eve", BO)

    assert Owned(Met(clients, other), "ADDRESS", "ADDRESSES").remove(BO) is True
    assert world.addresses.reservations("ana") == world.addresses.reservations("eve") == ()


def test_a_message_that_is_removed_while_its_mail_is_described_anew_stays_removed(
    world: AwsBackend, clients: Clients
) -> None:
    old = added(world, BO, CY)
    new = entry_of(world, old.mail.receipt, BYTES.replace(b"Subject: ", b"Subject: Big "))

    changed = Register(
        Met(clients, lambda: world.register.remove(BO, [old.messages[0].id])), world.now, world.jobs.put
    ).replace(new)

    assert changed is True
    assert world.index.messages(BOS, limit=9) == ()
    assert world.index.messages(CYS, limit=9) == new.messages[1:]


def test_a_mail_that_is_deleted_while_it_is_described_anew_stays_deleted(world: AwsBackend, clients: Clients) -> None:
    old = added(world)
    new = entry_of(world, old.mail.receipt, BYTES.replace(b"Subject: ", b"Subject: Big "))

    changed = Register(
        Met(clients, lambda: world.register.remove(BO, [old.messages[0].id])), world.now, world.jobs.put
    ).replace(new)

    assert changed is False
    assert world.index.messages(BOS, limit=9) == ()
    assert world.register.discarded() == (old.mail.receipt,)


@pytest.mark.parametrize("change_it", ["add", "replace", "remove", "mark", "assign"])
def test_a_mail_that_others_change_each_time_is_given_up(world: AwsBackend, clients: Clients, change_it: str) -> None:
    old = added(world)
    big = entry_of(world, old.mail.receipt, BYTES.replace(b"Subject: ", b"Subject: Big "))
    table = AlwaysMet(clients, TABLE, pause=lambda _: None)
    register = Register(table, world.now, world.jobs.put)
    attempts: dict[str, Callable[[], Any]] = {
        "add": lambda: register.add([entry(world)]),
        "replace": lambda: register.replace(big),
        "remove": lambda: register.remove(BO, [old.messages[0].id]),
        "mark": lambda: register.mark(BO, old.messages[0].id, Marks(read=True)),
        "assign": lambda: register.assign(BOS, None, "ana"),
    }

    with pytest.raises(Unavailable):
        attempts[change_it]()
    assert table.tries == TRIES
    assert world.index.messages(BOS, limit=9) == old.messages


def test_a_key_that_two_revoke_is_revoked_by_one(world: AwsBackend, clients: Clients) -> None:
    world.directory.add_account(Account(id="ana", created=NOON))
    world.directory.add_key(Key(id="one", account="ana", digest="d", label="", created=NOON))
    answers = []

    def other() -> None:
        answers.append(world.directory.remove_key("one"))

    answers.append(Directory(Met(clients, other)).remove_key("one"))

    assert answers == [True, False]
