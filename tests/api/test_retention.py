"""What is kept long enough goes: by age and by number, bytes, index and counts together; what is starred stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.actions.discarding import BATCH, sweep
from chalicelib.actions.expiring import expire, plan_expiry, trim
from chalicelib.actions.handlers import HANDLERS
from chalicelib.actions.receiving import Arrival
from chalicelib.actions.working import work
from chalicelib.errors import Unavailable
from chalicelib.mail.message import Envelope
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Count, Policy
from restante.embedded.keeper import Keeper
from tests.api.mails import PLAIN, arrive, with_attachment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client
    from tests.stopped import StoppedClock

BOB = "/api/addresses/bob@x.dev"


class Breaking:
    """Raw mail that breaks once, when the first bytes are to be removed."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.broken = False

    def delete(self, receipts: Any) -> None:
        """As the port has it, but for the first time."""
        if not self.broken:
            self.broken = True
            raise Unavailable("The disk is gone for a moment")
        self._raw.delete(receipts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def _ids(client: Client, inbox: str = "bob@x.dev") -> list[str]:
    return [one["_id"] for one in client.get(f"/api/addresses/{inbox}/messages?limit=1000").json]


def _raw_ids(backend: EmbeddedBackend) -> list[str]:
    return [receipt.id for receipt in backend.raw.receipts()]


def _mails(ids: Iterable[str]) -> list[str]:
    return sorted({one.rpartition("-")[0] for one in ids})


def _keep(backend: EmbeddedBackend, count: int) -> list[str]:
    """Take that many mails to Bob in through a keeper, let it end, and do what it left to do; answers with
    their ids."""
    keeper = Keeper(backend)
    arrival = Arrival(envelope=Envelope(sender="", recipients=("bob@x.dev",)), content=PLAIN)
    received: list[str] = [receipt.id for receipt in keeper.receive([arrival] * count)]
    keeper.close()
    for job in backend.jobs.take(limit=10, lease=60.0):
        work(backend, HANDLERS, job)
    return received


def test_mail_that_is_too_old_goes_with_its_bytes_its_counts_and_its_words(
    backend: EmbeddedBackend, clock: StoppedClock, team: Client
) -> None:
    team.tell("POST", BOB)
    arrive(backend, with_attachment('filename="a.txt"'))
    clock.move(timedelta(days=29, hours=23))
    kept = arrive(backend, PLAIN)
    assert expire(backend) == 0

    clock.move(timedelta(hours=2))

    assert expire(backend) == 1
    assert _ids(team) == [kept]
    assert _raw_ids(backend) == _mails([kept])
    usage = team.get("/api/me/stats").json
    assert (usage["storedMessages"], usage["inboxBytes"]) == (1, team.get(f"{BOB}/messages/latest").json["size"])
    assert team.get("/api/inbox-search?query=file").json["messages"] == []
    assert backend.register.discarded() == ()


def test_what_is_starred_is_kept_however_old_it_is_and_goes_once_the_star_does(
    backend: EmbeddedBackend, clock: StoppedClock, client: Client
) -> None:
    starred, _ = arrive(backend, PLAIN), arrive(backend, PLAIN)
    client.tell("PUT", f"{BOB}/messages/{starred}/star")
    clock.move(timedelta(days=400))

    assert expire(backend) == 1
    assert _ids(client) == [starred]
    assert _raw_ids(backend) == _mails([starred])

    client.tell("PUT", f"{BOB}/messages/{starred}/star")
    assert expire(backend) == 1
    assert _ids(client) == _raw_ids(backend) == []


def test_bytes_that_a_starred_message_of_another_inbox_needs_stay(
    backend: EmbeddedBackend, clock: StoppedClock, client: Client
) -> None:
    found = arrive(backend, PLAIN, "bob@x.dev", "carol@x.dev")
    client.tell("PUT", f"{BOB}/messages/{found}/star")
    clock.move(timedelta(days=31))

    assert expire(backend) == 1
    assert (_ids(client), _ids(client, "carol@x.dev")) == ([found], [])
    assert client.get(f"/api/text/bob@x.dev/{found}").text.strip() == "Good morning, Bob."


def test_nothing_grows_too_old_where_the_policy_keeps_all(backend: EmbeddedBackend, clock: StoppedClock) -> None:
    backend.policy = Policy(keep_days=None, keep_unowned=None, keep_account=None)
    arrive(backend, PLAIN)
    clock.move(timedelta(days=10_000))

    assert expire(backend) == trim(backend, ["bob@x.dev"]) == 0


def test_an_unowned_inbox_keeps_its_newest_messages(backend: EmbeddedBackend, client: Client) -> None:
    backend.policy = replace(backend.policy, keep_unowned=6)
    found = [arrive(backend, PLAIN, f"bob+{number}@x.dev") for number in range(10)]
    other = [arrive(backend, PLAIN, "carol@x.dev") for _ in range(7)]

    assert trim(backend, ["bob+any@x.dev"]) == 4
    assert _ids(client) == found[:3:-1]
    assert _ids(client, "carol@x.dev") == other[::-1]
    assert _raw_ids(backend) == _mails([*found[4:], *other])
    assert backend.index.count(Shelf.inbox(Inbox("bob@x.dev"))).messages == 6


def test_a_starred_message_counts_but_is_not_the_one_that_goes(backend: EmbeddedBackend, client: Client) -> None:
    backend.policy = replace(backend.policy, keep_unowned=2)
    found = [arrive(backend, PLAIN) for _ in range(4)]
    client.tell("PUT", f"{BOB}/messages/{found[0]}/star")

    assert trim(backend, ["bob@x.dev"]) == 2
    assert _ids(client) == [found[3], found[0]]


def test_an_account_keeps_its_newest_messages_over_all_its_inboxes(backend: EmbeddedBackend, team: Client) -> None:
    backend.policy = replace(backend.policy, keep_account=3, keep_unowned=1)
    for address in ("a@x.dev", "b@x.dev"):
        team.tell("POST", f"/api/addresses/{address}")
    found = [arrive(backend, PLAIN, ("a@x.dev", "b@x.dev")[number % 2]) for number in range(6)]

    assert trim(backend, ["a@x.dev", "b@x.dev"]) == 3
    assert [one["_id"] for one in team.get("/api/inbox").json["messages"]] == found[:2:-1]


def test_mail_to_a_secret_name_counts_for_the_inbox_it_leads_to(backend: EmbeddedBackend, client: Client) -> None:
    backend.policy = replace(backend.policy, keep_unowned=1)
    secret = client.get(BOB).json["encryptedInbox"]
    found = [arrive(backend, PLAIN, secret) for _ in range(3)]

    assert trim(backend, [secret]) == 2
    assert _ids(client) == [found[-1]]


def test_the_keeper_trims_and_expires_what_came_through_it(
    backend: EmbeddedBackend, clock: StoppedClock, client: Client
) -> None:
    backend.policy = replace(backend.policy, keep_unowned=2)
    arrive(backend, PLAIN, "carol@x.dev")
    clock.move(timedelta(days=31))

    received = _keep(backend, 5)

    assert _ids(client, "carol@x.dev") == []
    assert _mails(_ids(client)) == received[3:] == _raw_ids(backend)


def test_a_keeper_whose_disk_fails_once_ends_up_with_the_same(
    backend: EmbeddedBackend, clock: StoppedClock, client: Client
) -> None:
    backend.policy = replace(backend.policy, keep_unowned=2)
    arrive(backend, PLAIN, "carol@x.dev")
    clock.move(timedelta(days=31))
    breaking = Breaking(backend.raw)
    backend.raw = breaking  # type: ignore[assignment]
    first = _keep(backend, 5)
    assert breaking.broken

    second = _keep(backend, 1)

    assert _ids(client, "carol@x.dev") == []
    assert _mails(_ids(client)) == [first[-1], *second] == _raw_ids(backend)
    assert backend.register.discarded() == ()


def test_what_a_crash_left_in_the_middle_is_swept_up(
    backend: EmbeddedBackend, clock: StoppedClock, client: Client
) -> None:
    for _ in range(3):
        arrive(backend, PLAIN)
    clock.move(timedelta(days=31))
    backend.raw = Breaking(backend.raw)  # type: ignore[assignment]

    with pytest.raises(Unavailable):
        expire(backend)
    assert _ids(client) == []
    assert backend.index.count(Shelf.inbox(Inbox("bob@x.dev"))) == Count()
    assert len(backend.register.discarded()) == len(_raw_ids(backend)) == 3

    assert sweep(backend) == 3
    assert _raw_ids(backend) == []
    assert backend.register.discarded() == ()
    assert sweep(backend) == 0


def test_a_job_that_lets_go_of_a_part_is_followed_by_one_for_the_rest(
    backend: EmbeddedBackend, clock: StoppedClock, client: Client
) -> None:
    for _ in range(BATCH + 1):
        arrive(backend, PLAIN)
    clock.move(timedelta(days=31))
    plan_expiry(backend)
    plan_expiry(backend)
    left = []
    while jobs := backend.jobs.take(limit=10, lease=60.0):
        for job in jobs:
            work(backend, HANDLERS, job)
        left.append(client.get(f"{BOB}/message-count").json["count"])

    assert left == [1, 0]
    assert _raw_ids(backend) == []


def test_statistics_forget_what_expired(backend: EmbeddedBackend, clock: StoppedClock, client: Client) -> None:
    arrive(backend, with_attachment('filename="a.txt"'))
    clock.move(timedelta(days=31))
    period = "startDate=2026-01-01T00:00:00Z&endDate=2026-12-31T00:00:00Z"
    (before,) = client.get(f"/api/mailstats/common-attachments?{period}").json

    expire(backend)

    assert before["n"] == 1
    assert client.get(f"/api/mailstats/common-attachments?{period}").json == []
    assert client.get(f"/api/mailstats/common-attachments/{before['_id']}/count").json == {"n": 0}
    assert client.get(f"/api/mailstats/top-addresses?{period}").json == []
