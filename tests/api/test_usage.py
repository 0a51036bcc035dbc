"""Usage: an account's kept messages and operations, counted by day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions import tallying
from tests.api.mails import PLAIN, arrive
from tests.api.serving import Client, serving

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.stopped import StoppedClock


def test_what_the_cache_had_is_told_tier_by_tier(backend: EmbeddedBackend, client: Client) -> None:
    message = arrive(backend, PLAIN)
    for _ in range(3):
        client.get(f"/api/text/bob@x.dev/{message}")

    told = {one["tier"]: one for one in client.get("/api/usage").json["cache"]}

    assert list(told) == ["process", "shared"]
    assert (told["process"]["hits"], told["process"]["misses"]) == (2, 1)


@pytest.mark.usefixtures("team")
def test_mails_bytes_and_operations_are_counted_by_day(backend: EmbeddedBackend, clock: StoppedClock) -> None:
    # A server of its own: what the shared one has counted would be in the way.
    with serving(backend) as address:
        asking = Client(address, key="k_of_team")
        asking.tell("POST", "/api/addresses/shop@x.dev", {})
        arrive(backend, PLAIN, "shop@x.dev")
        arrive(backend, PLAIN, "nobodys@x.dev")
        clock.move(timedelta(days=2))
        arrive(backend, PLAIN, "shop@x.dev")
        asking.get("/api/me")
        told = asking.get("/api/usage?days=4").json

    assert [one["day"] for one in told["days"]] == ["2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"]
    assert [one["messages"] for one in told["days"]] == [0, 1, 0, 1]
    assert [bool(one["bytes"]) for one in told["days"]] == [False, True, False, True]
    assert [one["operations"] for one in told["days"]] == [0, 1, 0, 1]
    assert (told["counted"], told["complete"]) == (2, True)
    assert [one["n"] for one in told["senders"]] == [2]
    assert told["sizes"][0] == {"below": 10_000, "n": 2}


def test_days_before_those_asked_for_and_other_accounts_do_not_count(
    backend: EmbeddedBackend, clock: StoppedClock, team: Client, rival: Client
) -> None:
    team.tell("POST", "/api/addresses/shop@x.dev", {})
    arrive(backend, PLAIN, "shop@x.dev")
    before = rival.get("/api/usage?days=1").json
    clock.move(timedelta(days=1))

    told = team.get("/api/usage?days=1").json

    assert (before["counted"], told["counted"]) == (0, 0)
    assert (told["senders"], len(told["days"]), told["complete"]) == ([], 1, True)


def test_no_more_messages_are_looked_at_than_is_said(backend: EmbeddedBackend, team: Client) -> None:
    team.tell("POST", "/api/addresses/shop@x.dev", {})
    for _ in range(3):
        arrive(backend, PLAIN, "shop@x.dev")

    few = tallying.tally(backend, "team", days=1, most=2)
    all_of_them = tallying.tally(backend, "team", days=1, most=3)

    assert (few.counted, few.complete) == (2, False)
    assert (all_of_them.counted, all_of_them.complete) == (3, True)


def test_as_many_days_as_are_offered_and_no_more(team: Client) -> None:
    assert len(team.get("/api/usage").json["days"]) == 30
    assert len(team.get("/api/usage?days=90").json["days"]) == 90
    assert [team.ask("GET", f"/api/usage?days={days}").status for days in (0, 91, "x")] == [400, 400, 400]
