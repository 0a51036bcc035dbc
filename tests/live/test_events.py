"""Server-sent events of an inbox: a stream that a browser's EventSource, or curl, reads."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.mails import PLAIN, arrive
from tests.api.serving import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

INBOX = "bob@x.dev"


@contextmanager
def streaming(client: Client, inbox: str = INBOX, **headers: str) -> Iterator[HTTPResponse]:
    with closing(HTTPConnection(*client.address, timeout=30)) as connection:
        connection.request("GET", f"/api/addresses/{inbox}/events", headers={"Mailsac-Key": KEY, **headers})
        yield connection.getresponse()


def next_event(stream: HTTPResponse) -> dict[str, Any]:
    """The next event by its fields; comments are passed over."""
    fields: dict[str, Any] = {}
    while True:
        line = stream.readline().decode().rstrip("\n")
        name, _, value = line.partition(": ")
        if not line and "data" in fields:
            return {**fields, "data": json.loads(fields["data"])}
        if name in {"event", "id", "data"}:
            fields[name] = value


def _wait_until_listening(stream: HTTPResponse) -> None:
    assert stream.status == 200
    while stream.readline() != b": listening\n":
        pass


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
def test_a_stream_can_only_be_got(client: Client, method: str) -> None:
    answered = client.ask(method, f"/api/addresses/{INBOX}/events")

    assert (answered.status, answered.headers["allow"]) == (405, "GET")


def test_a_mail_is_an_event_with_the_id_of_its_message(client: Client, backend: EmbeddedBackend) -> None:
    with streaming(client) as stream:
        _wait_until_listening(stream)
        message = arrive(backend, PLAIN)
        event = next_event(stream)

    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.headers["cache-control"] == "no-store"
    assert (event["event"], event["id"]) == ("message", message)
    assert event["data"]["subject"] == "Hello"
    assert event["data"]["text"] == "Good morning, Bob.\r\n"


def test_a_reader_that_comes_back_is_told_what_came_meanwhile(client: Client, backend: EmbeddedBackend) -> None:
    first = arrive(backend, PLAIN)
    missed = [arrive(backend, PLAIN) for _ in range(3)]
    with streaming(client, **{"Last-Event-ID": first}) as stream:
        _wait_until_listening(stream)
        told = [next_event(stream)["id"] for _ in range(3)]
        latest = arrive(backend, PLAIN)
        live = next_event(stream)["id"]

    assert told == missed
    assert live == latest


@pytest.mark.parametrize(("key", "inbox", "status"), [("", INBOX, 401), ("k_no", INBOX, 401), (KEY, "no address", 400)])
def test_who_may_not_read_an_inbox_hears_nothing_of_it(client: Client, key: str, inbox: str, status: int) -> None:
    with streaming(client, inbox.replace(" ", "%20"), **{"Mailsac-Key": key}) as stream:
        answered = json.loads(stream.read())

    assert stream.status == status
    assert answered["message"]


def test_an_inbox_that_somebody_reserves_falls_silent_for_all_others(
    client: Client, team: Client, backend: EmbeddedBackend
) -> None:
    with streaming(client) as theirs, streaming(client, **{"Mailsac-Key": "k_of_team"}) as own:
        for stream in (theirs, own):
            _wait_until_listening(stream)
        team.tell("POST", f"/api/addresses/{INBOX}")
        arrive(backend, PLAIN)
        heard = next_event(own)["data"]["inbox"]
        team.ask("DELETE", f"/api/addresses/{INBOX}")
        later = arrive(backend, PLAIN)
        first_heard = next_event(theirs)["id"]

    assert heard == INBOX
    assert first_heard == later
