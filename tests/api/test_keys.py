"""Keys at the door of the API: every way to give one, and what is said without one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.admitting import create_key
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from tests.api.mails import PLAIN, arrive
from tests.api.serving import KEY, Client

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend

COUNT = "/api/addresses/bob@x.dev/message-count"
MESSAGES = "/api/addresses/bob@x.dev/messages"


@pytest.fixture
def stranger(client: Client) -> Client:
    """A client that gives no key of its own accord."""
    return Client(client.address)


@pytest.mark.parametrize("name", ["Mailsac-Key", "mailsac-key", "MAILSAC-KEY", "mAiLsAc-KeY"])
def test_a_key_in_the_mailsac_header_is_taken_in_any_case_of_its_name(stranger: Client, name: str) -> None:
    assert stranger.ask("GET", COUNT, headers={name: KEY}).status == 200


@pytest.mark.parametrize("value", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER   {KEY} "])
def test_a_key_as_a_bearer_token_is_taken(stranger: Client, value: str) -> None:
    assert stranger.ask("GET", COUNT, headers={"Authorization": value}).status == 200


def test_a_key_in_the_query_is_taken(stranger: Client) -> None:
    assert stranger.ask("GET", f"{COUNT}?_mailsacKey={KEY}").status == 200


def test_what_can_be_no_key_is_refused_wherever_it_is_put(stranger: Client) -> None:
    odd = [b'"\\ud800"', b'"\\udc80"', b'"\\u0000"', b"[]", b"5"]

    in_bodies = [stranger.ask("POST", "/api/outgoing-messages", body=b'{"_mailsacKey":%s}' % one).status for one in odd]
    in_query = stranger.ask("GET", f"{COUNT}?_mailsacKey=%ED%A0%80").status
    in_header = stranger.ask("GET", COUNT, headers={"Mailsac-Key": "\xff"}).status

    assert {*in_bodies, in_query, in_header} == {401}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps({"_mailsacKey": KEY})),
        ("application/x-www-form-urlencoded", f"a=1&_mailsacKey={KEY}"),
        ("application/x-www-form-urlencoded", json.dumps({"_mailsacKey": KEY})),
        ("text/plain", json.dumps({"_mailsacKey": KEY})),
        ("", f"_mailsacKey={KEY}"),
    ],
    ids=["JSON", "form", "JSON labelled as a form", "JSON labelled as text", "form without a label"],
)
def test_a_key_in_a_body_is_taken_whatever_its_label(
    backend: EmbeddedBackend, stranger: Client, content_type: str, body: str
) -> None:
    arrive(backend, PLAIN)

    answered = stranger.ask("DELETE", MESSAGES, headers={"Content-Type": content_type}, body=body.encode())

    assert answered.status == 204
    assert stranger.ask("GET", f"{COUNT}?_mailsacKey={KEY}").json["count"] == 0


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_without_a_key_nothing_is_shown_and_nothing_is_done(
    backend: EmbeddedBackend, stranger: Client, method: str
) -> None:
    arrive(backend, PLAIN)

    answered = stranger.ask(method, MESSAGES)

    assert answered.status == 401
    assert answered.json["error"] == "Unauthorized"
    assert "Mailsac-Key" in answered.json["message"]
    assert backend.index.count(Shelf.inbox(Inbox("bob@x.dev"))).messages == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Mailsac-Key": KEY[:-1]},
        {"Mailsac-Key": KEY.upper()},
        {"Mailsac-Key": "\xe4\xf6"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
    ],
)
def test_a_key_that_is_not_ours_is_refused_with_the_same_shape(stranger: Client, headers: dict[str, str]) -> None:
    answered = stranger.ask("GET", COUNT, headers=headers)

    assert answered.status == 401
    assert answered.json.keys() == {"error", "message"}
    assert answered.json["error"] == "Unauthorized"


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff\xfe", b'{"_mailsacKey": 7}', b"[" * 100_000, b"nonsense"])
def test_a_body_that_holds_no_key_is_a_missing_key_and_not_a_fault(stranger: Client, body: bytes) -> None:
    assert stranger.ask("DELETE", MESSAGES, body=body).status == 401


def test_the_key_in_the_header_counts_before_the_one_in_the_query(stranger: Client) -> None:
    assert stranger.ask("GET", f"{COUNT}?_mailsacKey=wrong", headers={"Mailsac-Key": KEY}).status == 200
    assert stranger.ask("GET", f"{COUNT}?_mailsacKey={KEY}", headers={"Mailsac-Key": "wrong"}).status == 401


def test_a_revoked_key_is_refused_at_once(backend: EmbeddedBackend, stranger: Client) -> None:
    key, secret = create_key(backend, "admin", label="short-lived")
    assert stranger.ask("GET", COUNT, headers={"Mailsac-Key": secret}).status == 200

    backend.directory.remove_key(key.id)

    assert stranger.ask("GET", COUNT, headers={"Mailsac-Key": secret}).status == 401


def test_health_and_the_api_document_need_no_key(stranger: Client) -> None:
    assert stranger.get("/api/health").json == {"status": "ok"}
    assert stranger.get("/api/openapi.json").json["openapi"].startswith("3.1")
