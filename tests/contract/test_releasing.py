"""Who gives an address or a domain up and asks for its mail to be deleted leaves none of it, starred or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.admitting import Caller, create_account
from chalicelib.actions.hosting import remove_domain
from chalicelib.actions.reserving import release, reserve
from chalicelib.mail.holding import Domain, catch_all_of
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Marks
from tests.contract.samples import BO, BOS, CY, CYS, NOON, added, on

if TYPE_CHECKING:
    from chalicelib.ports import Backend

REST = "rest.example"
CAUGHT = catch_all_of(REST)


@pytest.fixture
def ana(backend: Backend) -> Caller:
    return Caller(account=create_account(backend, "ana"))


@pytest.fixture
def eve(backend: Backend) -> Caller:
    return Caller(account=create_account(backend, "eve"))


def _host(backend: Backend, *, verified: bool = True, private: bool = False) -> None:
    backend.domains.add(Domain(name=REST, owner="ana", created=NOON, updated=NOON, verified=verified, private=private))


def _star_all(backend: Backend, *shelves: Shelf) -> None:
    for shelf in shelves:
        for message in backend.index.messages(shelf, limit=99):
            backend.register.mark(message.inbox, message.id, Marks(starred_by="ana"))


def test_an_address_released_with_its_messages_leaves_no_starred_one(backend: Backend, ana: Caller) -> None:
    reserve(backend, ana, BO, {})
    for _ in range(3):
        added(backend, BO, CY)
    _star_all(backend, BOS)

    release(backend, ana, BO, with_messages=True)

    assert (on(backend, BOS), backend.index.count(Shelf.starred("ana")).messages) == ([], 0)
    assert len(on(backend, CYS)) == 3


def test_an_address_released_without_its_messages_leaves_them_to_all(backend: Backend, ana: Caller) -> None:
    reserve(backend, ana, BO, {})
    added(backend, BO)

    release(backend, ana, BO, with_messages=False)

    assert [message.owner for message in backend.index.messages(BOS, limit=9)] == [None]


def test_a_catch_all_released_with_its_messages_takes_what_it_caught(
    backend: Backend, ana: Caller, eve: Caller
) -> None:
    reserve(backend, eve, CY, {})
    _host(backend)
    reserve(backend, ana, CAUGHT, {})
    added(backend, BO, CY)
    _star_all(backend, BOS, CYS)

    release(backend, ana, CAUGHT, with_messages=True)

    assert (on(backend, BOS), len(on(backend, CYS))) == ([], 1)


@pytest.mark.parametrize(("verified", "left"), [(True, 0), (False, 1)])
def test_a_domain_given_up_with_its_messages_takes_nothing_of_others(
    backend: Backend, ana: Caller, eve: Caller, *, verified: bool, left: int
) -> None:
    reserve(backend, eve, CY, {})
    _host(backend, verified=verified)
    added(backend, BO, CY)
    _star_all(backend, BOS, CYS)

    remove_domain(backend, ana, REST, with_messages=True)

    assert (len(on(backend, BOS)), len(on(backend, CYS))) == (left, 1)
