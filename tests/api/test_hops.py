from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.mails import arrive

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

MAIL = (
    b"Received: from mx.shop.example ([192.0.2.7]) by relay.example with ESMTPS id abc;\r\n"
    b"\tTue, 24 Nov 2026 10:00:05 +0000\r\n"
    b"Received: from app.shop.example by mx.shop.example with SMTP; Tue, 24 Nov 2026 10:00:00 +0000\r\n"
    b"Subject: way\r\n\r\ntext\r\n"
)


def test_the_way_of_a_message_is_told_newest_first_with_its_delays(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, MAIL)
    ours, relay, shop = client.get(f"/api/addresses/bob@x.dev/messages/{found}/hops").json

    assert ours["id"] == found.partition("-")[0]
    assert (relay["by"], relay["with"], relay["delay"]) == ("relay.example", "ESMTPS", 5.0)
    assert shop["from"] == "app.shop.example"
    assert shop["date"] == "2026-11-24T10:00:00.000Z"
