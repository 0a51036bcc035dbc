"""The gateway: how paths are read, and what is answered where there is nothing to answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from restante.embedded.http.server import BODY_BYTES
from tests.api.mails import PLAIN, arrive
from tests.api.serving import KEY

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client


@pytest.mark.parametrize(
    "email",
    ["bob@x.dev", "bob%40x.dev", "bob+tag@x.dev", "bob%2Btag%40x.dev", "%62ob@x.dev", "BOB%2b@x.dev", "bob@x%2Edev"],
)
def test_an_address_in_a_path_may_be_encoded_or_not(backend: EmbeddedBackend, client: Client, email: str) -> None:
    found = arrive(backend, PLAIN)

    assert [message["_id"] for message in client.get(f"/api/addresses/{email}/messages").json] == [found]
    assert client.get(f"/api/raw/{email}/{found}").body.endswith(PLAIN)


@pytest.mark.parametrize("email", ["*@x.dev", "%2A@x.dev", "*%40x.dev"])
def test_a_star_is_an_ordinary_character_of_a_path(backend: EmbeddedBackend, client: Client, email: str) -> None:
    arrive(backend, PLAIN, "*@x.dev")

    assert client.get(f"/api/addresses/{email}/message-count").json == {"count": 1, "inbox": "*@x.dev"}


def test_a_path_is_decoded_exactly_once(backend: EmbeddedBackend, client: Client) -> None:
    arrive(backend, PLAIN, "bob%2Btag@x.dev")
    arrive(backend, PLAIN, "bob+tag@x.dev")

    twice = client.get("/api/addresses/bob%252Btag@x.dev/message-count").json

    assert twice == {"count": 1, "inbox": "bob%2btag@x.dev"}
    assert client.get("/api/addresses/bob%2Btag@x.dev/message-count").json["inbox"] == "bob@x.dev"


def test_an_address_beyond_ascii_may_be_written_in_utf_8(backend: EmbeddedBackend, client: Client) -> None:
    arrive(backend, PLAIN, "jörg@bücher.example")

    answered = client.get("/api/addresses/j%C3%B6rg%40b%C3%BCcher.example/message-count")

    assert answered.json == {"count": 1, "inbox": "jörg@xn--bcher-kva.example"}
    raw = client.exchange(
        b"GET /api/addresses/j\xc3\xb6rg@xn--bcher-kva.example/message-count HTTP/1.1\r\nHost: x\r\n"
        b"Connection: close\r\nMailsac-Key: " + KEY.encode() + b"\r\n\r\n"
    )
    assert raw.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))


@pytest.mark.parametrize(
    "target",
    ["/api", "/api/", "/api/nothing", "/api/adresses", "/api/addresses//messages", "/api/raw/bob@x.dev", "/%00"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
def test_an_unknown_path_is_a_404_in_json(client: Client, method: str, target: str) -> None:
    answered = client.ask(method, target)

    assert answered.status == 404
    assert answered.json["error"] == "NotFound"
    assert answered.headers["x-request-id"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "OPTIONS", "PROPFIND"])
def test_a_wrong_method_is_a_405_that_names_the_right_ones(client: Client, method: str) -> None:
    answered = client.ask(method, "/api/addresses/bob@x.dev/messages")

    assert answered.status == 405
    assert answered.json["error"] == "MethodNotAllowed"
    assert answered.headers["allow"] == "DELETE, GET, HEAD"


def test_a_last_slash_makes_no_difference(client: Client) -> None:
    assert client.get("/api/health/").json == {"status": "ok"}
    assert client.get("/api/addresses/bob@x.dev/messages/").json == []


@pytest.mark.parametrize("noun", ["text", "raw"])
def test_a_head_answers_as_its_get_would_without_the_body(backend: EmbeddedBackend, client: Client, noun: str) -> None:
    target = f"/api/{noun}/bob@x.dev/{arrive(backend, PLAIN)}"

    got, headed = client.get(target), client.ask("HEAD", target)

    assert (headed.status, headed.body) == (200, b"")
    for name in ("content-type", "content-security-policy", "etag"):
        assert headed.headers[name] == got.headers[name]
    # What is made only to be sent has no length before (RFC 9110, 9.3.2).
    assert headed.headers["content-length"] == (got.headers["content-length"] if noun == "raw" else None)


def test_a_head_of_what_is_not_there_is_a_404_without_a_body(client: Client) -> None:
    answered = client.ask("HEAD", "/api/raw/bob@x.dev/nothing")

    assert (answered.status, answered.body) == (404, b"")


def test_a_body_that_is_too_large_is_a_413_and_does_nothing(backend: EmbeddedBackend, client: Client) -> None:
    arrive(backend, PLAIN)
    target = "/api/addresses/bob@x.dev/messages"

    answered = client.ask("DELETE", target, body=bytes(BODY_BYTES + 1))

    assert answered.status == 413
    assert answered.json["error"] == "TooLarge"
    assert len(client.get(target).json) == 1


def test_a_body_of_the_largest_size_is_read(client: Client) -> None:
    body = json.dumps({"_mailsacKey": KEY}).encode()

    answered = client.ask(
        "DELETE",
        "/api/addresses/bob@x.dev/messages",
        headers={"Mailsac-Key": ""},
        body=body + b" " * (BODY_BYTES - len(body)),
    )

    assert answered.status == 204


def test_two_requests_on_one_connection_are_both_answered(client: Client) -> None:
    both = client.exchange(
        b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\nGET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )

    assert both.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert both.count(b'{"status":"ok"}') == 2


def test_every_answer_has_a_request_id_of_its_own(client: Client) -> None:
    targets = ["/api/health", "/api/health", "/nothing", "/api/addresses/bob/messages", "/api/addresses/b@x/messages"]
    answers = [client.ask("GET", target) for target in targets]

    assert len({answered.headers["x-request-id"] for answered in answers}) == len(targets)
    assert all(answered.headers["x-content-type-options"] == "nosniff" for answered in answers)
