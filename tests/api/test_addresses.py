"""Addresses: reserved, changed, released; and what that means for the messages that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.mails import PLAIN, arrive

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

SHOP = "/api/addresses/shop@x.dev"


def _host(client: Client, *, private: bool = True) -> None:
    assert client.tell("POST", "/api/domains", {"domain": "x.dev", "isPrivate": private}).status == 200


def test_a_reserved_address_is_answered_with_every_setting_and_null_where_there_is_none(team: Client) -> None:
    made = team.tell("POST", SHOP).json

    assert made == {
        "_id": "shop@x.dev",
        "owner": "team",
        "info": "",
        "forward": None,
        "enablews": False,
        "enabledws": False,
        "webhook": None,
        "webhookSlack": None,
        "webhookSlackToFrom": False,
        "catchAll": None,
        "password": None,
        "created": "2026-03-01T12:00:00.000Z",
        "updated": "2026-03-01T12:00:00.000Z",
        "encryptedInbox": made["encryptedInbox"],
    }
    assert team.get(SHOP).json == made
    assert [one["_id"] for one in team.get("/api/addresses").json] == ["shop@x.dev"]


def test_an_address_is_reserved_without_its_plus_tag_and_in_lower_case(team: Client) -> None:
    assert team.tell("POST", "/api/addresses/Shop+sale@X.dev").json["_id"] == "shop@x.dev"


@pytest.mark.parametrize("path", [SHOP, "/api/private-address-forwarding/shop@x.dev"])
def test_a_setting_is_changed_alone_and_cleared_by_an_empty_text_or_null(team: Client, path: str) -> None:
    team.tell("POST", SHOP, {"info": "ours", "webhook": "https://hooks.example/a", "forward": "ann@y.dev"})

    changed = team.tell("PUT", path, {"enablews": True, "webhookSlack": "https://slack.example/b"}).json
    cleared = team.tell("PUT", path, {"webhook": "", "forward": None}).json

    assert (changed["info"], changed["webhook"], changed["webhookSlack"], changed["enabledws"]) == (
        "ours",
        "https://hooks.example/a",
        "https://slack.example/b",
        True,
    )
    assert (cleared["info"], cleared["webhook"], cleared["forward"], cleared["enablews"]) == ("ours", None, None, True)
    assert team.get(SHOP).json["webhookSlack"] == "https://slack.example/b"


@pytest.mark.parametrize("name", ["webhook", "webhookSlack"])
@pytest.mark.parametrize("url", ["ftp://a.example", "javascript:alert(1)", "hooks.example", "http://"])
def test_a_hook_that_is_no_web_address_is_a_400_that_names_it(team: Client, name: str, url: str) -> None:
    answered = team.tell("POST", SHOP, {name: url})

    assert answered.status == 400
    assert answered.json["message"].startswith(f"{name}: expected ")
    assert team.get("/api/addresses").json == []


@pytest.mark.parametrize("name", ["webhook", "webhookSlack"])
def test_a_hook_that_can_never_be_asked_is_a_400_that_names_the_setting(team: Client, name: str) -> None:
    url = "https://10.0.0.1/mail"
    refused = team.tell("POST", SHOP, {name: url})
    team.tell("POST", SHOP)
    changed = team.tell("PUT", SHOP, {name: url})
    hook = team.tell("POST", "/api/hooks", {"scope": "shop@x.dev", "url": "http://hooks.example/"})

    for answered, field in ((refused, name), (changed, name), (hook, "url")):
        assert answered.status == 400
        assert answered.json["message"].startswith(f"{field}: ")
        assert "RESTANTE_HOOK_TARGETS" in answered.json["message"]
    assert team.get(SHOP).json[name] is None
    assert team.get("/api/hooks").json == []


def test_messages_become_the_owners_when_an_address_is_reserved_and_anybodys_when_it_is_released(
    backend: EmbeddedBackend, team: Client, rival: Client
) -> None:
    arrive(backend, PLAIN, "shop@x.dev")
    assert rival.get(f"{SHOP}/message-count").json["count"] == 1

    team.tell("POST", SHOP)
    arrive(backend, PLAIN, "shop+later@x.dev")
    assert len(team.get("/api/inbox").json["messages"]) == 2
    assert rival.ask("GET", f"{SHOP}/messages").status == 403

    assert team.tell("DELETE", SHOP).json["_id"] == "shop@x.dev"
    assert team.get("/api/inbox").json["messages"] == []
    assert len(rival.get(f"{SHOP}/messages").json) == 2


def test_a_released_address_takes_its_messages_with_it_when_asked_to(
    backend: EmbeddedBackend, team: Client, rival: Client
) -> None:
    team.tell("POST", SHOP)
    starred = arrive(backend, PLAIN, "shop@x.dev")
    arrive(backend, PLAIN, "shop@x.dev")
    team.tell("PUT", f"{SHOP}/messages/{starred}/star")

    team.tell("DELETE", f"{SHOP}?deleteAddressMessages=true")

    assert rival.get(f"{SHOP}/messages").json == []
    assert list(backend.raw.receipts()) == []


def test_a_message_of_a_reserved_inbox_is_hidden_from_who_starred_it_before(
    backend: EmbeddedBackend, team: Client, rival: Client
) -> None:
    found = arrive(backend, PLAIN, "shop@x.dev")
    rival.tell("PUT", f"{SHOP}/messages/{found}/star")

    team.tell("POST", SHOP)

    assert [one["_id"] for one in team.get(f"{SHOP}/messages").json] == [found]
    assert rival.get("/api/addresses/starred/messages").json == []


def test_several_addresses_are_reserved_at_once_and_what_is_owned_already_stays(team: Client) -> None:
    team.tell("POST", SHOP, {"info": "first"})

    made = team.tell("POST", "/api/private-addresses-bulk", {"addresses": ["a@x.dev", "shop@x.dev", "a+b@x.dev"]}).json

    assert [(one["_id"], one["info"]) for one in made] == [("a@x.dev", ""), ("shop@x.dev", "first")]
    assert [one["_id"] for one in team.get("/api/addresses").json] == ["a@x.dev", "shop@x.dev"]


def test_of_several_addresses_none_is_reserved_when_one_is_another_accounts(team: Client, rival: Client) -> None:
    rival.tell("POST", SHOP)

    answered = team.tell("POST", "/api/private-addresses-bulk", {"addresses": ["a@x.dev", "shop@x.dev"]})

    assert answered.status == 401
    assert "shop@x.dev" in answered.json["message"]
    assert team.get("/api/addresses").json == []


@pytest.mark.parametrize("addresses", [[], [f"a{number}@x.dev" for number in range(101)], ["bob"], [1], {"a": 1}])
def test_addresses_that_cannot_be_reserved_at_once_are_a_400_that_names_the_field(
    team: Client, addresses: object
) -> None:
    answered = team.tell("POST", "/api/private-addresses-bulk", {"addresses": addresses})

    assert answered.status == 400
    assert "addresses" in answered.json["message"]


def test_an_inbox_of_an_own_private_domain_is_implicit_until_it_is_reserved(
    backend: EmbeddedBackend, client: Client, rival: Client
) -> None:
    _host(client)
    arrive(backend, PLAIN, "shop@x.dev")

    implicit = client.get(SHOP).json

    assert (implicit["implicit"], implicit["owner"]) == (True, "admin")
    assert rival.get(f"{SHOP}/availability").json == {"available": False, "email": "shop@x.dev", "owned": True}
    assert client.get(f"{SHOP}/availability").json == {"available": True, "email": "shop@x.dev", "owned": True}
    assert len(client.get("/api/inbox").json["messages"]) == 1
    assert client.tell("POST", SHOP).status == 200
    assert "implicit" not in client.get(SHOP).json


def test_availability_says_whether_anybody_owns_an_address(team: Client, rival: Client) -> None:
    before = team.get(f"{SHOP}/availability").json
    team.tell("POST", SHOP)

    assert before == {"available": True, "email": "shop@x.dev", "owned": False}
    assert rival.get(f"{SHOP}/availability").json == {"available": False, "email": "shop@x.dev", "owned": True}


def test_a_catch_all_owns_every_inbox_of_a_public_domain_that_is_not_reserved(
    backend: EmbeddedBackend, client: Client, rival: Client
) -> None:
    _host(client, private=False)
    arrive(backend, PLAIN, "old@x.dev")
    assert client.get("/api/inbox").json["messages"] == []

    made = client.tell("POST", "/api/addresses/*@x.dev").json
    arrive(backend, PLAIN, "new+tag@x.dev")

    assert (made["_id"], made["catchAll"]) == ("*@x.dev", "x.dev")
    caught = client.get("/api/inbox").json["messages"]
    assert [(one["inbox"], one["originalInbox"]) for one in caught] == [
        ("new@x.dev", "new+tag@x.dev"),
        ("old@x.dev", "old@x.dev"),
    ]
    assert rival.ask("GET", "/api/addresses/new@x.dev/messages").status == 403
    assert client.get("/api/domains/x.dev").json["catchAllAddress"]["_id"] == "*@x.dev"
    client.tell("DELETE", "/api/addresses/*@x.dev")
    assert len(rival.get("/api/addresses/new@x.dev/messages").json) == 1


def test_nobody_catches_the_mail_of_a_domain_that_they_do_not_host(client: Client, team: Client) -> None:
    assert team.tell("POST", "/api/addresses/*@x.dev").status == 401
    _host(client)
    assert team.tell("POST", "/api/addresses/*@x.dev").status == 401
    assert client.tell("POST", "/api/addresses/*@x.dev").status == 200


def test_mail_to_the_secret_name_of_an_inbox_arrives_there_at_whatever_domain_it_was_sent_to(
    backend: EmbeddedBackend, client: Client, team: Client
) -> None:
    secret = team.get(SHOP).json["encryptedInbox"]
    local = secret.partition("@")[0]

    arrive(backend, PLAIN, secret)
    arrive(backend, PLAIN, f"{local.upper()}@other.example")

    assert len(local) == len("inbox-") + 40
    assert team.tell("POST", SHOP).json["encryptedInbox"] == secret
    assert [(one["inbox"], one["originalInbox"].lower()) for one in team.get(f"{SHOP}/messages").json] == [
        ("shop@x.dev", f"{local}@other.example"),
        ("shop@x.dev", secret),
    ]
    assert client.get("/api/addresses/other@x.dev").json["encryptedInbox"] != secret


def test_a_secret_name_that_was_never_given_out_is_an_address_like_any_other(
    backend: EmbeddedBackend, team: Client
) -> None:
    unknown = f"inbox-{'0' * 40}@x.dev"

    arrive(backend, PLAIN, unknown)

    assert len(team.get(f"/api/addresses/{unknown}/messages").json) == 1
