"""Mail that is forwarded: inside and outside, once, as it was, and never in circles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.forwarding import forward
from tests.api.mails import arrive
from tests.live.hooked import BO, MAIL, reserve
from tests.live.working import work_off

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client


class Empty:
    """A Resolver of a DNS without records."""

    def txt(self, _: str) -> tuple[str, ...]:
        return ()

    def mx(self, _: str) -> tuple[str, ...]:
        return ()


def test_mail_is_forwarded_as_it_was_and_the_original_stays(client: Client, backend: EmbeddedBackend) -> None:
    reserve(client, forward="cy@rest.example")
    message = arrive(backend, MAIL, BO)
    work_off(backend)
    (forwarded,) = client.get("/api/addresses/cy@rest.example/messages").json
    raw = client.get(f"/api/raw/cy@rest.example/{forwarded['_id']}").text

    assert client.get(f"/api/addresses/{BO}/messages").json[0]["_id"] == message
    assert forwarded["originalInbox"] == BO
    assert raw.endswith(MAIL.decode())
    assert raw.count("Return-Path:") == 1
    assert raw.count("X-Restante-Forwarded: bo@rest.example\r\n") == 1


def test_mail_is_forwarded_outside_through_the_outbox_as_it_was_and_once(
    client: Client, backend: EmbeddedBackend
) -> None:
    backend.policy = replace(backend.policy, domains=("rest.example",))
    reserve(client, forward="dee@outside.example")
    arrive(backend, MAIL, BO)
    (job,) = backend.jobs.take(limit=1, lease=60)
    forward(backend, job)
    forward(backend, job)
    work_off(backend)
    (sent,) = client.get("/api/outgoing-messages").json
    (captured,) = client.get("/api/addresses/dee@outside.example/messages").json
    raw = client.get(f"/api/raw/dee@outside.example/{captured['_id']}").text

    assert (sent["from"], sent["to"]) == (BO, ["dee@outside.example"])
    assert raw.startswith(f"Return-Path: <{BO}>")
    assert raw.endswith(MAIL.decode())
    assert raw.count("X-Restante-Forwarded: bo@rest.example\r\n") == 1


def test_a_domain_that_is_not_verified_takes_no_forwarded_mail(
    client: Client, backend: EmbeddedBackend, rival: Client
) -> None:
    backend.policy = replace(backend.policy, domains=("rest.example",))
    backend.resolver = Empty()
    rival.tell("POST", "/api/domains", {"domain": "outside.example"})
    reserve(client, forward="dee@outside.example")
    arrive(backend, MAIL, BO)
    work_off(backend)
    (sent,) = client.get("/api/outgoing-messages").json

    assert sent["to"] == ["dee@outside.example"]


def test_a_domain_that_is_verified_takes_forwarded_mail_here(client: Client, backend: EmbeddedBackend) -> None:
    backend.policy = replace(backend.policy, domains=("rest.example",))
    client.tell("POST", "/api/domains", {"domain": "hosted.example"})
    reserve(client, forward="dee@hosted.example")
    arrive(backend, MAIL, BO)
    work_off(backend)

    assert client.get("/api/addresses/dee@hosted.example/message-count").json["count"] == 1
    assert client.get("/api/outgoing-messages").json == []


def test_two_addresses_that_forward_to_each_other_end_in_a_dead_letter(
    client: Client, backend: EmbeddedBackend
) -> None:
    reserve(client, BO, forward="cy@rest.example")
    reserve(client, "cy@rest.example", forward=BO)
    arrive(backend, MAIL, BO)
    done = work_off(backend)

    assert done == 2
    assert client.get(f"/api/addresses/{BO}/message-count").json["count"] == 1
    assert client.get("/api/addresses/cy@rest.example/message-count").json["count"] == 1
    assert "circles" in client.get("/api/dead-letters").json[0]["reason"]


@pytest.mark.parametrize("forward_to", [BO, "Bo+tag@REST.example"])
def test_an_address_that_forwards_to_itself_gets_mail_once(
    client: Client, backend: EmbeddedBackend, forward_to: str
) -> None:
    reserve(client, BO, forward=forward_to)
    arrive(backend, MAIL, BO)
    work_off(backend)

    assert client.get(f"/api/addresses/{BO}/message-count").json["count"] == 1
    assert client.get("/api/dead-letters").json == []


def test_a_catch_all_may_forward_to_an_address_that_it_catches(client: Client, backend: EmbeddedBackend) -> None:
    client.tell("POST", "/api/domains", {"domain": "rest.example"})
    reserve(client, "*@rest.example", forward="all@rest.example")
    arrive(backend, MAIL, BO, "all@rest.example")
    work_off(backend)

    assert client.get("/api/addresses/all@rest.example/message-count").json["count"] == 2
    assert client.get("/api/dead-letters").json[1:] == []


def test_a_mail_with_too_many_hops_is_not_forwarded(client: Client, backend: EmbeddedBackend) -> None:
    reserve(client, BO, forward="cy@rest.example")
    arrive(backend, b"Received: from a by b; now\r\n" * 60 + MAIL, BO)
    work_off(backend)

    assert client.get("/api/addresses/cy@rest.example/message-count").json["count"] == 0
    assert "servers" in client.get("/api/dead-letters").json[0]["reason"]


def test_a_job_that_is_done_twice_forwards_once(client: Client, backend: EmbeddedBackend) -> None:
    reserve(client, BO, forward="cy@rest.example")
    arrive(backend, MAIL, BO)
    (job,) = backend.jobs.take(limit=1, lease=60)
    forward(backend, job)
    forward(backend, job)

    assert client.get("/api/addresses/cy@rest.example/message-count").json["count"] == 1
