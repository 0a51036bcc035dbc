"""Accounts and their keys: made by an admin, closed to everybody else, revoked at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.api.mails import PLAIN, arrive
from tests.api.serving import Client, serving

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.stopped import StoppedClock


def test_an_admin_makes_an_account_and_a_key_that_opens_it(client: Client) -> None:
    account = client.tell("POST", "/api/accounts/ci").json
    key = client.tell("POST", "/api/accounts/ci/keys", {"label": "nightly"}).json

    assert account == {"_id": "ci", "admin": False, "created": "2026-03-01T12:00:00.000Z"}
    assert (key["account"], key["label"], key["key"][:2], len(key["key"])) == ("ci", "nightly", "k_", 34)
    assert Client(client.address, key=key["key"]).get("/api/me").json["_id"] == "ci"
    assert [one["_id"] for one in client.get("/api/accounts").json] == ["admin", "ci"]


def test_a_secret_is_shown_once_and_never_listed(client: Client) -> None:
    client.tell("POST", "/api/accounts/ci")
    made = client.tell("POST", "/api/accounts/ci/keys").json

    listed = client.get("/api/accounts/ci/keys")

    assert listed.json == [{name: value for name, value in made.items() if name != "key"}]
    assert made["key"] not in listed.text


def test_a_revoked_key_opens_nothing_from_then_on_and_the_others_stay(client: Client) -> None:
    client.tell("POST", "/api/accounts/ci")
    first, second = (client.tell("POST", "/api/accounts/ci/keys").json for _ in range(2))
    revoked, kept = Client(client.address, key=first["key"]), Client(client.address, key=second["key"])
    assert revoked.get("/api/me").status == 200

    assert client.tell("DELETE", f"/api/accounts/ci/keys/{first['_id']}").json["_id"] == first["_id"]

    assert revoked.ask("GET", "/api/me").status == 401
    assert kept.get("/api/me").json["_id"] == "ci"
    assert client.tell("DELETE", f"/api/accounts/ci/keys/{first['_id']}").status == 404


def test_a_key_is_revoked_under_its_own_account_only(client: Client, team: Client) -> None:
    client.tell("POST", "/api/accounts/ci")
    (key,) = client.get("/api/accounts/team/keys").json

    assert client.tell("DELETE", f"/api/accounts/ci/keys/{key['_id']}").status == 404
    assert team.get("/api/me").json["_id"] == "team"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/api/accounts"),
        ("POST", "/api/accounts/mine"),
        ("GET", "/api/accounts/team/keys"),
        ("POST", "/api/accounts/team/keys"),
        ("DELETE", "/api/accounts/team/keys/any"),
    ],
)
def test_an_ordinary_key_manages_no_keys_not_even_its_own(team: Client, method: str, target: str) -> None:
    answered = team.tell(method, target)

    assert (answered.status, answered.json["error"]) == (403, "Forbidden")


def test_an_account_that_is_made_an_admin_manages_keys(client: Client) -> None:
    client.tell("POST", "/api/accounts/boss", {"admin": True})
    boss = Client(client.address, key=client.tell("POST", "/api/accounts/boss/keys").json["key"])

    assert boss.tell("POST", "/api/accounts/ci").status == 200


@pytest.mark.parametrize("name", ["Team", "a b", "-a", "a" * 65, "%C3%BC"])
def test_a_name_that_is_none_is_a_400(client: Client, name: str) -> None:
    assert client.tell("POST", f"/api/accounts/{name.replace(' ', '%20')}").status == 400


def test_what_is_there_already_is_a_conflict_and_what_is_not_is_not_found(client: Client) -> None:
    client.tell("POST", "/api/accounts/ci")

    assert client.tell("POST", "/api/accounts/ci").status == 409
    assert client.tell("POST", "/api/accounts/nobody/keys").status == 404
    assert client.ask("GET", "/api/accounts/nobody/keys").status == 404


def test_the_label_of_a_key_is_bounded(client: Client) -> None:
    longest = client.tell("POST", "/api/accounts/admin/keys", {"label": "ü" * 100})
    longer = client.tell("POST", "/api/accounts/admin/keys", {"label": "ü" * 101})

    assert (longest.status, longer.status) == (200, 400)
    assert longer.json["message"].startswith("label: expected ")


def test_operations_are_counted_by_account_and_month(
    backend: EmbeddedBackend, clock: StoppedClock, team: Client
) -> None:
    # A server of its own: what the shared one has counted would be in the way.
    with serving(backend) as address:
        asking = Client(address, key="k_of_team")
        for _ in range(3):
            clock.move(timedelta(seconds=2))
            asking.get("/api/addresses")
        march = asking.get("/api/me").json["moAPICount"]
        clock.move(timedelta(days=31))
        april = asking.get("/api/me").json["moAPICount"]
        stats = asking.get("/api/me/stats").json

    assert (march, april, stats["lastMonthOps"]) == (3, 1, 4)
    assert team.get("/api/me").json["messageLimit"] == 100_000


def test_usage_sums_up_what_an_account_has(backend: EmbeddedBackend, client: Client, team: Client) -> None:
    team.tell("POST", "/api/addresses/shop@x.dev")
    found = arrive(backend, PLAIN, "shop@x.dev", "public@x.dev")
    team.tell("PUT", f"/api/addresses/shop@x.dev/messages/{found}/star")
    size = team.get("/api/addresses/shop@x.dev/messages").json[0]["size"]

    usage = team.get("/api/me/stats").json

    assert usage["addresses"] == ["shop@x.dev"]
    assert (usage["starredMessages"], usage["storedMessages"], usage["inboxBytes"]) == (1, 1, size)
    assert client.get("/api/me/stats?overrideAccountId=team").json == usage
    assert client.get("/api/me/stats").json["addresses"] == []
    assert team.get("/api/me/stats?overrideAccountId=admin").json == usage
    assert client.ask("GET", "/api/me/stats?overrideAccountId=nobody").status == 404
