from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.errors import Conflict
from chalicelib.mail.holding import Domain, Reservation
from chalicelib.mail.names import Inbox
from tests.contract.samples import BO, CY, NOON

if TYPE_CHECKING:
    from chalicelib.ports import Addresses, Domains

LATER = NOON + timedelta(hours=1)
FULL = Reservation(
    inbox=BO,
    owner="ana",
    created=NOON,
    updated=LATER,
    info="sign-ups",
    forward="cy@other.example",
    enablews=True,
    webhook="https://hooks.example/1",
    webhook_slack="https://slack.example/1",
    webhook_slack_to_from=True,
)
HOSTED = Domain(
    name="rest.example",
    owner="ana",
    created=NOON,
    updated=LATER,
    verification_txt="v=1",
    verified=True,
    verified_mx=True,
    last_verification_errors="none",
    enablews=True,
)


def _reserved(inbox: str, owner: str = "ana") -> Reservation:
    return Reservation(inbox=Inbox(inbox), owner=owner, created=NOON, updated=NOON)


def test_a_reservation_is_read_back_as_it_was_kept(addresses: Addresses) -> None:
    addresses.reserve(FULL)

    assert addresses.reservations("ana") == (FULL,)
    assert addresses.holdings((BO,))[0].reservation == FULL


def test_an_inbox_is_reserved_once(addresses: Addresses) -> None:
    addresses.reserve(FULL)

    for owner in ("ana", "eve"):
        with pytest.raises(Conflict):
            addresses.reserve(_reserved(BO, owner))
    assert addresses.reservations("ana") == (FULL,)
    assert addresses.reservations("eve") == ()


def test_a_reservation_is_written_over_that_of_the_same_owner(addresses: Addresses) -> None:
    addresses.reserve(_reserved(BO))

    assert addresses.update(FULL) is True
    assert addresses.reservations("ana") == (FULL,)
    assert addresses.holdings((BO,))[0].reservation == FULL


def test_a_reservation_of_another_or_of_nobody_is_not_written_over(addresses: Addresses) -> None:
    addresses.reserve(FULL)

    assert addresses.update(_reserved(BO, "eve")) is False
    assert addresses.update(_reserved(CY)) is False
    assert addresses.reservations("ana") == (FULL,)
    assert addresses.reservations("eve") == ()
    assert addresses.holdings((CY,))[0].reservation is None


def test_a_released_inbox_is_nobodys_and_may_be_reserved_again(addresses: Addresses) -> None:
    addresses.reserve(FULL)

    assert addresses.release(BO) is True
    assert addresses.release(BO) is False
    assert addresses.reservations("ana") == ()
    assert addresses.holdings((BO,))[0].owner is None
    addresses.reserve(_reserved(BO, "eve"))
    assert addresses.reservations("eve") == (_reserved(BO, "eve"),)


def test_reservations_come_in_the_order_of_the_addresses(addresses: Addresses) -> None:
    names = ["b@rest.example", "a@rest.example", "x" * 2000 + "@rest.example", "*@rest.example"]
    for name in names:
        addresses.reserve(_reserved(name))

    assert [one.inbox for one in addresses.reservations("ana")] == sorted(names)


def test_a_holding_has_the_reservation_the_catch_all_and_the_domain(addresses: Addresses, domains: Domains) -> None:
    catch_all = _reserved("*@rest.example", "eve")
    addresses.reserve(FULL)
    addresses.reserve(catch_all)
    domains.add(HOSTED)
    bos, cys, others = addresses.holdings((BO, CY, Inbox("bo@other.example")))

    assert (bos.inbox, bos.reservation, bos.catch_all, bos.domain) == (BO, FULL, catch_all, HOSTED)
    assert (cys.inbox, cys.reservation, cys.catch_all, cys.domain) == (CY, None, catch_all, HOSTED)
    assert (others.reservation, others.catch_all, others.domain) == (None, None, None)
    assert [one.owner for one in (bos, cys, others)] == ["ana", "eve", None]


def test_holdings_come_in_the_order_of_the_inboxes_however_many(addresses: Addresses) -> None:
    inboxes = tuple(Inbox(f"r{number}@d{number}.example") for number in range(40))
    for inbox in inboxes[::2]:
        addresses.reserve(_reserved(inbox))
    found = addresses.holdings((*inboxes, inboxes[0]))

    assert [one.inbox for one in found] == [*inboxes, inboxes[0]]
    assert [one.owner for one in found] == ["ana", None] * 20 + ["ana"]
    assert addresses.holdings(()) == ()


def test_an_alias_leads_to_its_inbox(addresses: Addresses) -> None:
    addresses.alias(BO, "a" * 40)
    addresses.alias(BO, "a" * 40)

    assert addresses.inbox_of_alias("a" * 40) == BO
    assert addresses.inbox_of_alias("b" * 40) is None


def test_an_alias_never_leads_elsewhere(addresses: Addresses) -> None:
    addresses.alias(BO, "a" * 40)
    addresses.alias(CY, "a" * 40)

    assert addresses.inbox_of_alias("a" * 40) == BO


def test_a_domain_is_read_back_as_it_was_kept(domains: Domains) -> None:
    public = replace(HOSTED, name="public.example", private=False, verified=False)
    domains.add(HOSTED)
    domains.add(public)

    assert domains.domain("rest.example") == HOSTED
    assert domains.domain("public.example") == public
    assert domains.domain("other.example") is None


def test_a_domain_is_hosted_once(domains: Domains) -> None:
    domains.add(HOSTED)

    with pytest.raises(Conflict):
        domains.add(replace(HOSTED, owner="eve"))
    assert domains.domain("rest.example") == HOSTED
    assert domains.domains("eve") == ()


def test_domains_come_in_the_order_of_their_names(domains: Domains) -> None:
    for name, owner in (("b.example", "ana"), ("a.example", "ana"), ("c.example", "eve")):
        domains.add(replace(HOSTED, name=name, owner=owner))

    assert [one.name for one in domains.domains("ana")] == ["a.example", "b.example"]


def test_a_domain_is_written_over_that_of_the_same_owner_only(domains: Domains) -> None:
    domains.add(HOSTED)
    changed = replace(HOSTED, private=False, last_verification_errors="")

    assert domains.update(changed) is True
    assert domains.update(replace(HOSTED, owner="eve")) is False
    assert domains.update(replace(HOSTED, name="other.example")) is False
    assert domains.domains("ana") == (changed,)
    assert domains.domain("rest.example") == changed


def test_a_removed_domain_is_not_there(domains: Domains) -> None:
    domains.add(HOSTED)

    assert domains.remove("rest.example") is True
    assert domains.remove("rest.example") is False
    assert domains.domain("rest.example") is None
    assert domains.domains("ana") == ()
