"""Who owns an inbox, and what a caller is to it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from chalicelib.mail.holding import Domain, Holding, Reservation, Sight, catch_all_of, sight_of
from chalicelib.mail.names import Inbox

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SHOP = Inbox("shop@x.dev")


def _reserved(owner: str, inbox: Inbox = SHOP) -> Reservation:
    return Reservation(inbox=inbox, owner=owner, created=NOW, updated=NOW)


def _domain(owner: str, *, private: bool = True, verified: bool = True) -> Domain:
    return Domain(name="x.dev", owner=owner, created=NOW, updated=NOW, private=private, verified=verified)


CAUGHT = _reserved("catcher", catch_all_of("x.dev"))


@pytest.mark.parametrize(
    ("holding", "owner", "implicit"),
    [
        (Holding(inbox=SHOP), None, False),
        (Holding(inbox=SHOP, reservation=_reserved("ana")), "ana", False),
        (Holding(inbox=SHOP, catch_all=CAUGHT), "catcher", True),
        (Holding(inbox=SHOP, domain=_domain("host")), "host", True),
        (Holding(inbox=SHOP, domain=_domain("host", private=False)), None, False),
        (Holding(inbox=SHOP, domain=_domain("host", verified=False)), None, False),
        (Holding(inbox=SHOP, reservation=_reserved("ana"), catch_all=CAUGHT, domain=_domain("host")), "ana", False),
        (Holding(inbox=SHOP, catch_all=CAUGHT, domain=_domain("host")), "catcher", True),
        (Holding(inbox=SHOP, catch_all=CAUGHT, domain=_domain("host", private=False)), "catcher", True),
    ],
)
def test_an_inbox_belongs_to_its_address_then_to_the_catch_all_then_to_a_private_domain(
    holding: Holding, owner: str | None, *, implicit: bool
) -> None:
    assert (holding.owner, holding.implicit) == (owner, implicit)


@pytest.mark.parametrize(("private", "verified"), list(product([True, False], repeat=2)))
def test_a_domain_is_hosted_once_it_is_verified(*, private: bool, verified: bool) -> None:
    holding = Holding(inbox=SHOP, domain=_domain("host", private=private, verified=verified))

    assert holding.host == ("host" if verified else None)


@pytest.mark.parametrize(
    ("owner", "account", "open_to_all", "sight"),
    [
        (None, None, False, Sight.UNKNOWN),
        (None, None, True, Sight.PUBLIC),
        (None, "ana", False, Sight.PUBLIC),
        (None, "ana", True, Sight.PUBLIC),
        ("ana", "ana", False, Sight.OWNER),
        ("ana", "bob", False, Sight.FOREIGN),
        ("ana", "bob", True, Sight.FOREIGN),
        ("ana", None, False, Sight.FOREIGN),
        ("ana", None, True, Sight.FOREIGN),
    ],
)
def test_a_caller_is_the_owner_or_sees_what_is_nobodys_or_is_a_stranger(
    owner: str | None, account: str | None, sight: Sight, *, open_to_all: bool
) -> None:
    holding = Holding(inbox=SHOP, reservation=_reserved(owner) if owner else None)

    assert sight_of(holding, account, open_to_all=open_to_all) is sight


def test_only_an_address_of_one_star_is_a_catch_all() -> None:
    assert CAUGHT.catch_all == "x.dev"
    assert _reserved("ana").catch_all is None
    assert _reserved("ana", Inbox("**@x.dev")).catch_all is None
