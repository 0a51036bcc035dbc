"""The WebSocket as the web page uses it: one inbox, reserved or not, and the key in no address."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from websockets.sync.client import connect

from chalicelib.actions.admitting import create_account, create_key
from tests.api.mails import PLAIN, arrive
from tests.api.serving import KEY

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection
    from websockets.typing import Subprotocol

    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

SECONDS = 20.0
BO = "bo@rest.example"


def _protocols(key: str) -> list[Subprotocol]:
    written = base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")
    return ["restante", f"key.{written}"]  # type: ignore[list-item] # a NewType of str


def _connect(client: Client, inbox: str, protocols: list[Subprotocol]) -> ClientConnection:
    host, port = client.address
    url = f"ws://{host}:{port}/incoming-messages?inbox={inbox}"
    return connect(url, subprotocols=protocols or None, open_timeout=SECONDS, max_size=None)


def _hear(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(SECONDS))


def test_a_reader_hears_of_mail_to_an_inbox_that_nobody_reserved(client: Client, backend: EmbeddedBackend) -> None:
    with _connect(client, "Bo%2Btag@rest.example", _protocols(KEY)) as connection:
        first = _hear(connection)
        message = arrive(backend, PLAIN, BO)
        told = _hear(connection)

    assert connection.subprotocol == "restante"
    assert first == {"status": 200, "msg": "Listening", "inbox": BO}
    assert (told["_id"], told["inbox"]) == (message, BO)


@pytest.mark.parametrize(
    "protocols", [[], ["restante"], ["restante", "key."], ["restante", "key.!!"], ["restante", "key.a29"]]
)
def test_a_stranger_hears_nothing(client: Client, protocols: list[Subprotocol]) -> None:
    with _connect(client, BO, protocols) as connection:
        assert _hear(connection)["status"] == 401


def test_nobody_hears_of_mail_to_an_address_of_another_account(client: Client, backend: EmbeddedBackend) -> None:
    create_account(backend, "rival")
    create_key(backend, "rival", secret="k_of_the_rival")
    assert client.tell("POST", f"/api/addresses/{BO}", {}).status == 200

    with _connect(client, BO, _protocols("k_of_the_rival")) as connection:
        assert _hear(connection)["status"] == 401


def test_what_is_no_address_is_refused(client: Client) -> None:
    with _connect(client, "none", _protocols(KEY)) as connection:
        assert _hear(connection)["status"] == 400
