"""One whole service as the relay of another: STARTTLS with a certificate that is looked at, and AUTH."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tests.api.serving import KEY
from tests.service.running import SECONDS, Service, running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.serving import Client

HELLO = {"from": "me@x.dev", "to": "you@out.example", "subject": "Grüße", "text": "Über das Relais."}


def _send(service: Service, relay: Service) -> Client:
    assert relay.http != service.http
    client = service.client()
    assert client.tell("POST", "/api/domains", {"domain": "x.dev"}).status == 200
    assert client.tell("POST", "/api/outgoing-messages", HELLO).status == 200
    return client


def _state(client: Client) -> dict[str, Any]:
    """What became of the only mail at its only recipient, once it was tried."""
    never = threading.Event()
    for _ in range(int(SECONDS * 10)):
        (mail,) = client.get("/api/outgoing-messages").json
        if mail["status"] != "queued":
            (recipient,) = mail["recipients"]
            assert isinstance(recipient, dict)
            return recipient
        never.wait(0.1)
    raise AssertionError("the mail was never tried")


def _settings(relay: Service) -> dict[str, str]:
    return {
        "RESTANTE_API_KEY": KEY,
        "RESTANTE_RELAY": f"localhost:{relay.smtp[1]}",
        "RESTANTE_RELAY_USER": "admin",
        "RESTANTE_RELAY_PASSWORD": KEY,
    }


def test_mail_goes_from_one_service_to_another_by_tls_with_authentication(tmp_path: Path) -> None:
    with running(tmp_path / "relay", RESTANTE_API_KEY=KEY) as relay:
        trusted = {"SSL_CERT_FILE": str(tmp_path / "relay" / "smtp-certificate.pem")}
        with running(tmp_path / "sender", **_settings(relay), **trusted) as service:
            client = _send(service, relay)
            state = _state(client)
            here = client.get("/api/addresses/you@out.example/messages").json
            (there,) = relay.client().get("/api/addresses/you@out.example/messages").json

    assert (state["status"], state["diagnostic"][:3]) == ("sent", "250")
    assert here == []
    assert (there["subject"], there["rtls"]) == ("Grüße", True)


def test_a_relay_that_cannot_be_trusted_gets_nothing(tmp_path: Path) -> None:
    with (
        running(tmp_path / "relay", RESTANTE_API_KEY=KEY) as relay,
        running(tmp_path / "sender", **_settings(relay)) as service,
    ):
        state = _state(_send(service, relay))
        there = relay.client().get("/api/addresses/you@out.example/messages").json

    assert state["status"] == "delayed"
    assert "SSL" in state["diagnostic"]
    assert there == []
