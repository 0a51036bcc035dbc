"""The inbox whose mail is told of in these tests, and the mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.api.serving import Client

BO = "bo@rest.example"
MAIL = (
    b"From: Ana <ana@sender.example>\r\nTo: bo@rest.example\r\nSubject: Hello\r\nMessage-ID: <1@sender.example>\r\n"
    b"X-Twice: a\r\nX-Twice: b\r\nX-Priority: 1\r\nContent-Type: text/html\r\n\r\n<p onclick='x()'>Hi <b>Bo</b></p>\r\n"
)


def reserve(client: Client, address: str = BO, **settings: Any) -> None:
    assert client.tell("POST", f"/api/addresses/{address}", settings).status == 200
