"""Statistics of public mail, who is shut out, and whether addresses are real ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.errors import Unavailable
from chalicelib.mail.blocking import BlockRule
from chalicelib.mail.holding import Reservation
from chalicelib.mail.names import Inbox
from tests.api.mails import PLAIN, arrive, with_attachment

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client
    from tests.stopped import StoppedClock

FILE = with_attachment('filename="a.bin"', b"shared")
MD5 = hashlib.md5(b"shared\r\n".removesuffix(b"\r\n")).hexdigest()
WEEK = "startDate=2026-02-25T00:00:00Z&endDate=2026-03-02T00:00:00Z"


@dataclass
class Exchangers:
    """A Resolver for one domain; None for a DNS that does not answer."""

    known: tuple[str, ...] | None

    def txt(self, name: str) -> tuple[str, ...]:
        raise AssertionError(f"Nobody asks for the texts of {name}")

    def mx(self, domain: str) -> tuple[str, ...]:
        if self.known is None:
            raise Unavailable(f"The DNS did not answer for {domain}")
        return self.known


def test_the_busiest_public_inboxes_domains_and_senders_are_ranked(
    backend: EmbeddedBackend, clock: StoppedClock, team: Client
) -> None:
    team.tell("POST", "/api/addresses/own@x.dev")
    for recipients in (("a@x.dev", "b@y.dev"), ("a@x.dev", "own@x.dev"), ("own@x.dev",)):
        arrive(backend, PLAIN, *recipients)
    clock.move(timedelta(seconds=1))

    assert team.get("/api/mailstats/top-addresses").json == [{"_id": "a@x.dev", "n": 2}, {"_id": "b@y.dev", "n": 1}]
    assert team.get("/api/mailstats/top-domains").json == [{"_id": "x.dev", "n": 2}, {"_id": "y.dev", "n": 1}]
    assert team.get("/api/mailstats/top-senders").json == [{"_id": "ann@sender.example", "n": 3}]
    assert team.get("/api/mailstats/top-addresses?skip=1&limit=1").json == [{"_id": "b@y.dev", "n": 1}]


def test_only_mail_of_the_time_that_is_asked_for_is_counted(
    backend: EmbeddedBackend, clock: StoppedClock, team: Client
) -> None:
    arrive(backend, PLAIN, "old@x.dev")
    clock.move(timedelta(days=8))
    arrive(backend, PLAIN, "new@x.dev")
    clock.move(timedelta(seconds=1))

    assert [one["_id"] for one in team.get("/api/mailstats/top-addresses").json] == ["new@x.dev"]
    assert [one["_id"] for one in team.get(f"/api/mailstats/top-addresses?{WEEK}").json] == ["old@x.dev"]


def test_an_attachment_is_counted_listed_and_downloaded_in_public_inboxes_only(
    backend: EmbeddedBackend, team: Client
) -> None:
    team.tell("POST", "/api/addresses/own@x.dev")
    arrive(backend, FILE, "own@x.dev")
    attachment = f"/api/mailstats/common-attachments/{MD5}"
    assert team.ask("GET", f"{attachment}/download").status == 404
    found = arrive(backend, FILE, "a@x.dev")

    assert team.get(f"/api/mailstats/common-attachments?{WEEK}").json == [{"_id": MD5, "n": 1}]
    assert team.get(f"{attachment}/count").json == {"n": 1}
    assert [one["_id"] for one in team.get(attachment.replace(MD5, MD5.upper())).json] == [found]
    assert team.get(f"{attachment}/download").body == b"shared"
    assert team.get(f"/api/mailstats/common-attachments/{'0' * 32}/count").json == {"n": 0}


def test_an_attachment_of_an_inbox_that_was_just_reserved_is_nobody_elses_though_its_messages_are_not_given_yet(
    backend: EmbeddedBackend, team: Client
) -> None:
    for _ in range(12):
        arrive(backend, FILE, "own@x.dev")
    attachment = f"/api/mailstats/common-attachments/{MD5}"
    now = backend.now()
    backend.addresses.reserve(Reservation(inbox=Inbox("own@x.dev"), owner="rival", created=now, updated=now))

    assert team.get(f"{attachment}/count").json == {"n": 0}
    assert team.get(attachment).json == []
    assert team.ask("GET", f"{attachment}/download").status == 404


def test_behind_attachments_of_private_inboxes_those_of_public_ones_are_found(
    backend: EmbeddedBackend, team: Client
) -> None:
    found = arrive(backend, FILE, "a@x.dev")
    for _ in range(12):
        arrive(backend, FILE, "own@x.dev")
    now = backend.now()
    backend.addresses.reserve(Reservation(inbox=Inbox("own@x.dev"), owner="rival", created=now, updated=now))
    attachment = f"/api/mailstats/common-attachments/{MD5}"

    assert [one["_id"] for one in team.get(attachment).json] == [found]
    assert team.get(f"{attachment}/download").body == b"shared"


@pytest.mark.parametrize("missing", ["startDate", "endDate"])
def test_common_attachments_are_asked_for_with_both_dates(team: Client, missing: str) -> None:
    query = "&".join(one for one in WEEK.split("&") if not one.startswith(missing))

    answered = team.ask("GET", f"/api/mailstats/common-attachments?{query}")

    assert (answered.status, answered.json["message"]) == (400, f"{missing} is required")


def test_the_deny_list_answers_from_the_block_rules(
    backend: EmbeddedBackend, clock: StoppedClock, team: Client
) -> None:
    now = backend.now()
    for subject, expires in (
        ("192.0.2.0/24", None),
        ("2001:db8::/32", None),
        ("spam.example", None),
        ("198.51.100.7", now + timedelta(hours=1)),
    ):
        backend.rules.put(BlockRule(subject=subject, reason="", made_by="admin", created=now, expires=expires))

    def denied(what: str) -> bool:
        answered = team.get(f"/api/mailstats/blacklist/{what}").json
        assert isinstance(answered["blacklisted"], bool)
        return answered["blacklisted"]

    listed = team.get("/api/mailstats/blacklist").json
    before = denied("198.51.100.7")
    clock.move(timedelta(hours=2))

    assert listed == ["192.0.2.0/24", "198.51.100.7", "2001:db8::/32", "spam.example"]
    assert (before, denied("198.51.100.7")) == (True, False)
    assert [denied(one) for one in ("192.0.2.200", "192.0.3.1", "2001:db8::5", "SPAM.example", "ham.example")] == [
        True,
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("email", "valid", "disposable"),
    [
        ("ann@company.example", True, False),
        ("ann+tag@company.example", True, False),
        ("x@mailinator.com", True, True),
        ("x@MAILINATOR.COM", True, True),
        ("no-at-sign", False, False),
        ("a@b@c.example", False, False),
        ("@company.example", False, False),
        ("ann@", False, False),
        ("a%20b@company.example", False, False),
    ],
)
def test_an_address_is_told_to_be_well_formed_and_disposable(
    team: Client, email: str, *, valid: bool, disposable: bool
) -> None:
    told = team.get(f"/api/validations/addresses/{email}").json

    assert (told["validFormat"], told["isValidFormat"], told["isDisposable"]) == (valid, valid, disposable)
    assert bool(told["disposableDomains"]) is disposable


def test_several_addresses_are_validated_in_their_order_fifty_at_most(team: Client) -> None:
    emails = [f"a{number}@x.dev" for number in range(50)]

    told = team.tell("POST", "/api/validations/addresses", {"emails": emails}).json

    assert [one["email"] for one in told] == emails
    assert team.tell("POST", "/api/validations/addresses", {"emails": [*emails, "b@x.dev"]}).status == 400


def test_mail_exchangers_are_told_where_the_dns_is_asked_and_a_disposable_one_counts(
    backend: EmbeddedBackend, team: Client
) -> None:
    backend.resolver = Exchangers(("mailinator.com",))
    asked = team.get("/api/validations/addresses/ann@hidden.example").json
    backend.resolver = Exchangers(None)
    silent = team.get("/api/validations/addresses/ann@hidden.example").json

    assert (asked["aliases"], asked["disposableDomains"], asked["isDisposable"]) == (
        ["mailinator.com"],
        ["mailinator.com"],
        True,
    )
    assert (silent["aliases"], silent["isDisposable"], silent["validFormat"]) == ([], False, True)
