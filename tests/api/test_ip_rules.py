"""Rules about who is shut out, over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.ports.perimeter import EdgeState

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Answered, Client
    from tests.stopped import StoppedClock

RULES = "/api/ip-rules"
FLOOD: dict[str, Any] = {"address": "192.0.2.0/24", "reason": "flood"}


def _block(client: Client, address: str, **more: Any) -> Answered:
    return client.tell("POST", RULES, {**FLOOD, "address": address, **more})


def test_a_rule_is_listed_until_it_expires(client: Client, clock: StoppedClock) -> None:
    made = _block(client, "::ffff:192.0.2.7", scope="mail", seconds=60).json
    listed = client.get(RULES).json
    clock.move(timedelta(seconds=60))

    assert listed == [made]
    assert made == {
        "_id": "192.0.2.7",
        "action": "block",
        "scope": "mail",
        "reason": "flood",
        "madeBy": "admin",
        "created": "2026-03-01T12:00:00.000Z",
        "expires": "2026-03-01T12:01:00.000Z",
        "hits": 0,
        "lastHit": None,
    }
    assert client.get(RULES).json == []


def test_the_denylist_is_the_same_data_and_an_allow_rule_takes_out_of_it(client: Client) -> None:
    _block(client, "192.0.2.0/24")
    _block(client, "Spam.example")
    _block(client, "192.0.2.7", action="allow")
    checked = [client.get(f"/api/mailstats/blacklist/{one}").json for one in ("192.0.2.8", "192.0.2.7", "SPAM.example")]

    assert client.get("/api/mailstats/blacklist").json == ["192.0.2.0/24", "spam.example"]
    assert [one["blacklisted"] for one in checked] == [True, False, True]


def test_a_removed_rule_is_gone(client: Client) -> None:
    _block(client, "192.0.2.0/24")
    removed = client.ask("DELETE", f"{RULES}?address=192.0.2.0%2F24")
    again = client.ask("DELETE", f"{RULES}?address=192.0.2.0/24")

    assert (removed.status, removed.json) == (200, {"_id": "192.0.2.0/24", "message": "Rule was removed."})
    assert (again.status, again.json["error"]) == (404, "NotFound")
    assert client.get(RULES).json == []


@pytest.mark.parametrize(
    "rule",
    [
        {"address": "192.0.2.7/24"},
        {"address": "::/0"},
        {"address": ""},
        {"address": 7},
        {"reason": " "},
        {"reason": "x" * 501},
        {"action": "drop"},
        {"scope": "smtp"},
        {"seconds": 0},
        {"seconds": 1e10},
    ],
)
def test_what_cannot_be_a_rule_is_refused(client: Client, rule: dict[str, Any]) -> None:
    answered = client.tell("POST", RULES, {**FLOOD, **rule})

    assert (answered.status, answered.json["error"]) == (400, "BadRequest")
    assert client.get(RULES).json == []


def test_nobody_can_shut_themselves_out_of_the_api_but_of_sending_mail(client: Client) -> None:
    refused = _block(client, "127.0.0.0/8")
    of_mail = _block(client, "127.0.0.0/8", scope="mail")
    _block(client, "127.0.0.1", action="allow")
    allowed = _block(client, "127.0.0.0/8")

    assert (refused.status, refused.json["error"]) == (409, "Conflict")
    assert "would shut out 127.0.0.1" in refused.json["message"]
    assert (of_mail.status, allowed.status) == (200, 200)


def test_rules_and_perimeter_are_an_admins_business(team: Client) -> None:
    asked = [("GET", RULES), ("POST", RULES), ("DELETE", f"{RULES}?address=192.0.2.7"), ("GET", "/api/perimeter")]

    assert [team.ask(method, target).status for method, target in asked] == [403] * 4


def test_how_the_edges_stand_is_told(client: Client, backend: EmbeddedBackend) -> None:
    backend.perimeter.record(EdgeState(name="embedded mail", placed=3, succeeded=backend.now()))

    assert client.get("/api/perimeter").json == [
        {
            "_id": "embedded mail",
            "placed": 3,
            "room": None,
            "left": 0,
            "succeeded": "2026-03-01T12:00:00.000Z",
            "failure": "",
        }
    ]
