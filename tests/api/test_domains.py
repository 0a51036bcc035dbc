"""Domains: hosted, verified in the DNS, private or public, given up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from chalicelib.errors import Unavailable
from tests.api.mails import PLAIN, arrive

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

DOMAIN = "/api/domains/x.dev"


@dataclass
class Zones:
    """A Resolver that knows what it is told."""

    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exchangers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    down: bool = False

    def txt(self, name: str) -> tuple[str, ...]:
        return self._known(self.texts, name)

    def mx(self, domain: str) -> tuple[str, ...]:
        return self._known(self.exchangers, domain)

    def _known(self, records: dict[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
        if self.down:
            raise Unavailable("The DNS did not answer")
        return records.get(name, ())


@pytest.fixture
def zones(backend: EmbeddedBackend) -> Zones:
    """The DNS that the backend asks; our mail server is mx.restante.example."""
    made = Zones()
    backend.resolver = made
    backend.policy = replace(backend.policy, hostname="mx.restante.example")
    return made


def test_a_domain_is_its_accounts_once_the_dns_says_so(
    backend: EmbeddedBackend, team: Client, rival: Client, zones: Zones
) -> None:
    arrive(backend, PLAIN, "shop@x.dev")
    made = team.tell("POST", "/api/domains", {"domain": "X.dev"}).json
    assert (made["_id"], made["owner"], made["isPrivate"], made["verified"]) == ("x.dev", "team", True, False)
    assert len(rival.get("/api/addresses/shop@x.dev/messages").json) == 1

    refused = team.tell("POST", f"{DOMAIN}/verify").json
    zones.texts["x.dev"] = ("v=spf1 -all", made["verificationTxt"])
    zones.exchangers["x.dev"] = ("mx.restante.example",)
    verified = team.tell("POST", f"{DOMAIN}/verify").json

    assert made["verificationTxt"] in refused["lastVerificationErrors"]
    assert "mx.restante.example" in refused["lastVerificationErrors"]
    assert (verified["verified"], verified["verifiedMx"], verified["lastVerificationErrors"]) == (True, True, "")
    assert rival.ask("GET", "/api/addresses/shop@x.dev/messages").status == 403
    assert len(team.get(f"{DOMAIN}/messages").json) == 1


@pytest.mark.parametrize(
    ("served", "comes"),
    [((), True), (("x.dev",), True), (("dev",), True), (("mail.example",), False), (("ox.dev",), False)],
)
def test_a_domain_whose_mail_cannot_reach_the_service_is_told_so(
    backend: EmbeddedBackend, team: Client, zones: Zones, served: tuple[str, ...], *, comes: bool
) -> None:
    backend.policy = replace(backend.policy, receives=served)
    made = team.tell("POST", "/api/domains", {"domain": "x.dev"}).json
    zones.texts["x.dev"] = (made["verificationTxt"],)
    zones.exchangers["x.dev"] = ("mx.restante.example",)
    verified = team.tell("POST", f"{DOMAIN}/verify").json

    assert (verified["verified"], verified["verifiedMx"]) == (True, comes)
    assert comes or f"only that of {served[0]} and its subdomains" in verified["lastVerificationErrors"]


def test_a_domain_that_is_not_verified_gives_its_account_nothing(
    backend: EmbeddedBackend, team: Client, rival: Client, zones: Zones
) -> None:
    zones.texts["x.dev"] = ("somebody else's",)
    team.tell("POST", "/api/domains", {"domain": "x.dev"})
    arrive(backend, PLAIN, "shop@x.dev")

    assert team.ask("GET", f"{DOMAIN}/messages").status == 403
    assert team.tell("POST", f"{DOMAIN}/delete-all-domain-mail").status == 403
    assert team.tell("POST", "/api/addresses/*@x.dev").status == 401
    assert team.get("/api/inbox").json["messages"] == []
    assert rival.tell("POST", "/api/addresses/shop@x.dev").status == 200


def test_a_dns_that_does_not_answer_leaves_a_domain_as_it_is(team: Client, zones: Zones) -> None:
    made = team.tell("POST", "/api/domains", {"domain": "x.dev"}).json
    zones.texts["x.dev"] = (made["verificationTxt"],)
    team.tell("POST", f"{DOMAIN}/verify")
    zones.down = True

    answered = team.tell("POST", f"{DOMAIN}/verify").json

    assert (answered["verified"], answered["lastVerificationErrors"]) == (True, "The DNS did not answer")


def test_a_domain_whose_record_is_gone_is_nobodys_again(
    backend: EmbeddedBackend, team: Client, rival: Client, zones: Zones
) -> None:
    made = team.tell("POST", "/api/domains", {"domain": "x.dev"}).json
    zones.texts["x.dev"] = (made["verificationTxt"],)
    team.tell("POST", f"{DOMAIN}/verify")
    arrive(backend, PLAIN, "shop@x.dev")
    assert rival.ask("GET", "/api/addresses/shop@x.dev/messages").status == 403
    zones.texts["x.dev"] = ()

    assert team.tell("POST", f"{DOMAIN}/verify").json["verified"] is False
    assert len(rival.get("/api/addresses/shop@x.dev/messages").json) == 1


def test_where_no_dns_is_asked_an_admins_domain_is_verified_and_others_can_have_none(
    client: Client, team: Client
) -> None:
    assert team.tell("POST", "/api/domains", {"domain": "x.dev"}).status == 403

    made = client.tell("POST", "/api/domains", {"domain": "x.dev"}).json

    assert (made["verified"], client.get("/api/domains").json) == (True, [made])
    assert client.tell("POST", f"{DOMAIN}/verify").json == made
    assert client.tell("POST", "/api/domains", {"domain": "x.dev"}).status == 409


def test_a_domain_is_made_public_and_private_and_its_messages_follow(
    backend: EmbeddedBackend, client: Client, team: Client
) -> None:
    client.tell("POST", "/api/domains", {"domain": "x.dev", "isPrivate": False})
    client.tell("POST", "/api/addresses/own@x.dev")
    arrive(backend, PLAIN, "shop@x.dev", "own@x.dev")

    def sees() -> tuple[int, int]:
        mine = len(client.get("/api/inbox").json["messages"])
        return mine, team.ask("GET", "/api/addresses/shop@x.dev/messages").status

    seen = [sees()]
    for private in (True, False):
        assert client.tell("PUT", DOMAIN, {"isPrivate": private}).json["isPrivate"] is private
        seen.append(sees())

    assert seen == [(1, 200), (2, 403), (1, 200)]
    assert client.tell("PUT", DOMAIN, {"enablews": True}).json["isPrivate"] is False
    assert client.get(DOMAIN).json["domain"]["enablews"] is True
    assert client.get(DOMAIN).json["totalMessages"] == 2


def test_a_domain_is_given_up_when_none_of_its_addresses_is_reserved(
    backend: EmbeddedBackend, client: Client, team: Client
) -> None:
    client.tell("POST", "/api/domains", {"domain": "x.dev"})
    client.tell("POST", "/api/addresses/own@x.dev")
    arrive(backend, PLAIN, "shop@x.dev")

    assert client.tell("DELETE", DOMAIN).status == 409
    client.tell("DELETE", "/api/addresses/own@x.dev")
    assert client.tell("DELETE", DOMAIN).json["_id"] == "x.dev"

    assert client.ask("GET", DOMAIN).status == 404
    assert len(team.get("/api/addresses/shop@x.dev/messages").json) == 1


def test_a_domain_that_is_given_up_with_its_messages_leaves_nothing(
    backend: EmbeddedBackend, client: Client, team: Client
) -> None:
    client.tell("POST", "/api/domains", {"domain": "x.dev"})
    starred = arrive(backend, PLAIN, "shop@x.dev")
    arrive(backend, PLAIN, "shop@x.dev")
    client.tell("PUT", f"/api/addresses/shop@x.dev/messages/{starred}/star")

    client.tell("DELETE", f"{DOMAIN}?deleteMessages=true")

    assert client.get("/api/addresses/starred/messages").json == []
    assert team.get("/api/addresses/shop@x.dev/messages").json == []


@pytest.mark.parametrize("name", ["", "1.2.3.4", "[1.2.3.4]", "7", "a b", "x..dev", "@x.dev", 5, None, ["x.dev"]])
def test_what_is_no_domain_is_a_400_that_names_the_field(client: Client, name: object) -> None:
    answered = client.tell("POST", "/api/domains", {"domain": name})

    assert (answered.status, answered.json["message"].split()[0].rstrip(":")) == (400, "domain")


def test_a_purge_of_a_domain_spares_what_is_starred(backend: EmbeddedBackend, client: Client) -> None:
    client.tell("POST", "/api/domains", {"domain": "x.dev"})
    starred = arrive(backend, PLAIN, "shop@x.dev")
    arrive(backend, PLAIN, "a@x.dev", "b@x.dev")
    client.tell("PUT", f"/api/addresses/shop@x.dev/messages/{starred}/star")

    assert client.tell("POST", f"{DOMAIN}/delete-all-domain-mail").status == 204
    assert [one["_id"] for one in client.get(f"{DOMAIN}/messages").json] == [starred]
