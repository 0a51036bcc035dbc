"""The WebSocket, with a client library that knows nothing of us: the first frame, mails in both shapes, refusals."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from chalicelib.actions.telling import FRAME_OCTETS
from chalicelib.mail.blocking import BlockRule
from chalicelib.mail.names import Inbox
from tests.api.mails import arrive
from tests.api.serving import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client
    from tests.stopped import StoppedClock

SECONDS = 20.0
BO = "bo@rest.example"
MAIL = b"From: Ana <ana@sender.example>\r\nTo: bo@rest.example\r\nSubject: Hello\r\n\r\nYour code is 424242.\r\n"


@contextmanager
def listening(client: Client, addresses: str, key: str = KEY) -> Iterator[ClientConnection]:
    host, port = client.address
    query = urlencode({"key": key, "addresses": addresses})
    with connect(f"ws://{host}:{port}/incoming-messages?{query}", open_timeout=SECONDS, max_size=None) as connection:
        yield connection


def hear(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(SECONDS))


def reserve(client: Client, address: str, **settings: Any) -> None:
    assert client.tell("POST", f"/api/addresses/{address}", {"enablews": True, **settings}).status == 200


def test_the_first_frame_says_what_is_listened_to(client: Client) -> None:
    reserve(client, BO)
    with listening(client, BO) as connection:
        first = hear(connection)

    assert first == {"status": 200, "msg": "Listening", "addresses": [BO], "domains": []}
    assert "to" not in first


def test_a_mail_comes_in_flat_fields_and_in_email(client: Client, backend: EmbeddedBackend) -> None:
    reserve(client, BO)
    with listening(client, BO) as connection:
        hear(connection)
        arrive(backend, MAIL, "bo+run1@rest.example")
        frame = hear(connection)

    assert frame["status"] == frame.pop("status") == 200
    email = frame.pop("email")
    assert frame == email
    assert email["subject"] == "Hello"
    assert email["to"] == [{"address": BO, "name": ""}]
    assert email["from"] == [{"address": "ana@sender.example", "name": "Ana"}]
    assert email["inbox"] == BO
    assert email["originalInbox"] == "bo+run1@rest.example"
    assert email["text"] == "Your code is 424242.\r\n"
    assert email["headers"]["subject"] == "Hello"
    assert email["raw"].endswith(MAIL.decode())


def test_a_mail_to_another_inbox_is_not_heard(client: Client, backend: EmbeddedBackend) -> None:
    reserve(client, BO)
    with listening(client, BO) as connection:
        hear(connection)
        arrive(backend, MAIL, "cy@rest.example")
        arrive(backend, MAIL.replace(b"Hello", b"Second"), BO)
        frame = hear(connection)

    assert frame["subject"] == "Second"


def test_a_mail_of_several_recipients_is_told_to_each(client: Client, backend: EmbeddedBackend) -> None:
    reserve(client, BO)
    reserve(client, "cy@rest.example")
    with listening(client, f"{BO},cy@rest.example") as connection:
        hear(connection)
        arrive(backend, MAIL, BO, "cy@rest.example")
        inboxes = {hear(connection)["inbox"] for _ in range(2)}

    assert inboxes == {BO, "cy@rest.example"}


def test_a_domain_is_listened_to_by_its_name(client: Client, backend: EmbeddedBackend) -> None:
    client.tell("POST", "/api/domains", {"domain": "rest.example"})
    client.tell("PUT", "/api/domains/rest.example", {"enablews": True})
    with listening(client, "rest.example") as connection:
        first = hear(connection)
        arrive(backend, MAIL, "anybody@rest.example")
        frame = hear(connection)

    assert first["domains"] == ["rest.example"]
    assert frame["inbox"] == "anybody@rest.example"


def test_a_catch_all_is_listened_to_by_its_address(client: Client, backend: EmbeddedBackend) -> None:
    client.tell("POST", "/api/domains", {"domain": "rest.example"})
    reserve(client, "*@rest.example")
    with listening(client, "*@rest.example") as connection:
        hear(connection)
        arrive(backend, MAIL, "anybody@rest.example")
        frame = hear(connection)

    assert frame["inbox"] == "anybody@rest.example"


def test_no_header_field_makes_a_frame_too_large(client: Client, backend: EmbeddedBackend) -> None:
    reserve(client, BO)
    with listening(client, BO) as connection:
        hear(connection)
        arrive(backend, b"Subject: " + "é".encode() * 150_000 + b"\r\n\r\nx\r\n", BO)
        frame = connection.recv(SECONDS)

    assert len(frame) <= FRAME_OCTETS
    assert "subject" in json.loads(frame)["omitted"]


def test_the_raw_mail_is_left_out_where_a_frame_would_be_too_large(client: Client, backend: EmbeddedBackend) -> None:
    reserve(client, BO)
    with listening(client, BO) as connection:
        hear(connection)
        arrive(backend, MAIL + b"x" * 25_000 + b"\r\n", BO)
        large = connection.recv(SECONDS)
        arrive(backend, MAIL + b"x" * 500_000 + b"\r\n", BO)
        huge = connection.recv(SECONDS)

    assert max(len(large), len(huge)) <= FRAME_OCTETS
    assert json.loads(large)["omitted"] == ["raw"]
    assert "raw" in json.loads(huge)["omitted"]
    assert len(json.loads(large)["text"]) > 25_000
    link = json.loads(huge)["rawUrl"]
    assert client.ask("GET", link, headers={"Mailsac-Key": ""}).body.endswith(b"x\r\n")


@pytest.mark.parametrize(
    ("addresses", "key", "status"),
    [
        (BO, "k_unknown", 401),
        (BO, "", 401),
        ("theirs@rest.example", KEY, 401),
        ("free@rest.example", KEY, 400),
        ("silent@rest.example", KEY, 400),
        ("unknown.example", KEY, 404),
        ("no address@", KEY, 400),
        ("", KEY, 400),
        (",".join(f"a{number}@rest.example" for number in range(101)), KEY, 400),
    ],
)
def test_what_may_not_be_listened_to_is_refused_in_a_frame(
    client: Client, team: Client, addresses: str, key: str, status: int
) -> None:
    reserve(client, BO)
    reserve(client, "silent@rest.example", enablews=False)
    reserve(team, "theirs@rest.example")
    with listening(client, addresses, key) as connection:
        frame = hear(connection)
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(SECONDS)

    assert frame["status"] == status
    assert frame["error"]
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_who_is_shut_out_cannot_listen(client: Client, backend: EmbeddedBackend, clock: StoppedClock) -> None:
    reserve(client, BO)
    backend.rules.put(BlockRule(subject="127.0.0.0/8", reason="flood", made_by="admin", created=clock()))
    with listening(client, BO) as connection:
        frame = hear(connection)

    assert frame["status"] == 403


def test_an_address_that_is_given_up_falls_silent_at_once(
    client: Client, team: Client, backend: EmbeddedBackend
) -> None:
    reserve(client, BO)
    reserve(client, "cy@rest.example")
    with listening(client, f"{BO},cy@rest.example") as connection:
        hear(connection)
        client.ask("DELETE", f"/api/addresses/{BO}")
        reserve(team, BO)
        arrive(backend, MAIL, BO)
        arrive(backend, MAIL.replace(b"Hello", b"For cy"), "cy@rest.example")
        frame = hear(connection)

    assert frame["subject"] == "For cy"


def test_whose_key_is_revoked_hears_no_more(client: Client, backend: EmbeddedBackend) -> None:
    reserve(client, BO)
    made = client.tell("POST", "/api/accounts/admin/keys", {"label": "for a while"}).json
    with listening(client, BO, key=made["key"]) as gone, listening(client, BO) as stays:
        hear(gone)
        hear(stays)
        assert client.ask("DELETE", f"/api/accounts/admin/keys/{made['_id']}").status == 200
        arrive(backend, MAIL, BO)
        heard = hear(stays)
        with pytest.raises(ConnectionClosed):
            hear(gone)

    assert heard["subject"] == "Hello"


def test_a_listener_that_leaves_is_forgotten_and_the_next_hears_all_the_same(
    client: Client, backend: EmbeddedBackend
) -> None:
    reserve(client, BO)
    for number in range(3):
        with listening(client, BO) as connection:
            hear(connection)
            arrive(backend, MAIL.replace(b"Hello", b"%d" % number), BO)

            assert hear(connection)["subject"] == str(number)


def test_any_other_path_is_no_websocket(client: Client) -> None:
    host, port = client.address
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://{host}:{port}/elsewhere", open_timeout=SECONDS):
        pass

    assert refused.value.response.status_code == 403


def test_an_inbox_of_a_hostile_mail_is_told_of_all_the_same(client: Client, backend: EmbeddedBackend) -> None:
    reserve(client, BO)
    with listening(client, BO) as connection:
        hear(connection)
        arrive(backend, b"Subject: \xff\xfe\x00\r\n\x80: \xed\xa0\x80\r\n\r\n\x00\xff", Inbox(BO))
        frame = hear(connection)

    assert frame["inbox"] == BO
