"""Large files: put at a signed URL, then named in a mail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client
    from tests.stopped import StoppedClock

BIG = bytes(range(256)) * 50_000
"""12.8 MB: more than a request to the API may hold."""


def _offer(client: Client, size: int = len(BIG)) -> dict[str, Any]:
    answered = client.tell("POST", "/api/uploads", {"size": size})
    assert answered.status == 200, answered.body
    offered: dict[str, Any] = answered.json
    return offered


def _target(offered: dict[str, Any]) -> str:
    split = urlsplit(offered["url"])
    return f"{split.path}?{split.query}"


def test_the_url_names_the_server_as_its_client_reached_it(client: Client) -> None:
    offered = _offer(client)

    assert offered["url"].startswith(f"http://{client.address[0]}:{client.address[1]}/uploads/")
    assert (offered["method"], offered["headers"]) == ("PUT", {})


def test_a_big_file_arrives_as_an_attachment(host: Client, work_off: Callable[[], int]) -> None:
    offered = _offer(host)
    put = host.ask("PUT", _target(offered), headers={"Mailsac-Key": ""}, body=BIG)
    parts = {
        "from": "me@x.dev",
        "to": "you@y.dev",
        "text": "See the file.",
        "attachments": [{"upload": offered["id"], "filename": "big.bin"}],
    }
    sent = host.tell("POST", "/api/outgoing-messages", parts)
    work_off()
    (message,) = host.get("/api/addresses/you@y.dev/messages").json
    at = f"/api/addresses/you@y.dev/messages/{message['_id']}/attachments"
    (attachment,) = host.get(at).json

    assert (put.status, sent.status) == (200, 200)
    assert attachment["fileName"] == "big.bin"
    assert host.get(f"{at}/{attachment['checksum']}").body == BIG


def test_a_whole_mail_may_be_put_too(host: Client, work_off: Callable[[], int]) -> None:
    raw = b"From: me@x.dev\r\nTo: you@y.dev\r\nSubject: Caf\xe9\r\n\r\nHi\r\n"
    offered = _offer(host, len(raw))
    host.ask("PUT", _target(offered), body=raw)
    sent = host.tell("POST", "/api/outgoing-messages", {"rawUpload": offered["id"]})
    work_off()
    (message,) = host.get("/api/addresses/you@y.dev/messages").json

    assert sent.status == 200
    assert b"Subject: Caf\xe9\r\n" in host.get(f"/api/raw/you@y.dev/{message['_id']}").body


@pytest.mark.parametrize(
    "change",
    [
        lambda target: target.replace("size=9", "size=90"),
        lambda target: target.replace("expires=1", "expires=2"),
        lambda target: target[:-1] + ("0" if target[-1] != "0" else "1"),
        lambda target: target.partition("?")[0],
        lambda target: target.replace("/uploads/", "/uploads/..%2f"),
        lambda target: target.replace("signature=", "signature=%C3%A9"),
    ],
)
def test_a_url_that_was_changed_opens_nothing(client: Client, change: Callable[[str], str]) -> None:
    target = change(_target(_offer(client, 9)))

    assert client.ask("PUT", target, body=b"nine byte").status == 403


def test_more_or_less_than_was_announced_is_not_kept(client: Client) -> None:
    target = _target(_offer(client, 9))

    assert client.ask("PUT", target, body=b"ten bytes.").status == 413
    assert client.ask("PUT", target, body=b"eight by").status == 400


def test_an_upload_is_open_for_an_hour(client: Client, clock: StoppedClock) -> None:
    target = _target(_offer(client, 9))
    clock.move(timedelta(minutes=59))
    in_time = client.ask("PUT", target, body=b"nine byte").status
    clock.move(timedelta(minutes=2))

    assert in_time == 200
    assert client.ask("PUT", target, body=b"nine byte").status == 403


def test_nobody_sends_what_another_put(host: Client, team: Client) -> None:
    offered = _offer(host, 9)
    host.ask("PUT", _target(offered), body=b"nine byte")
    team.tell("POST", "/api/addresses/team@z.dev")
    parts = {"from": "team@z.dev", "to": "you@y.dev", "text": "", "attachments": [{"upload": offered["id"]}]}

    assert team.tell("POST", "/api/outgoing-messages", parts).status == 422


@pytest.mark.parametrize("upload", ["0" * 26, "../../../etc/passwd", "x"])
def test_what_was_never_put_cannot_be_sent(host: Client, upload: str) -> None:
    assert host.tell("POST", "/api/outgoing-messages", {"from": "me@x.dev", "rawUpload": upload}).status == 422


def test_a_file_larger_than_a_mail_gets_no_place(client: Client) -> None:
    assert client.tell("POST", "/api/uploads", {"size": 40 * 1024**2 + 1}).status == 413


def test_files_of_yesterday_are_let_go(client: Client, backend: EmbeddedBackend, clock: StoppedClock) -> None:
    backend.uploads.accept("0" * 16 + "-" + "0" * 26, b"old")
    # The file's own time is the machine's, and this clock stands before it.
    clock.move(timedelta(days=36_500))
    _offer(client)

    assert list(backend.uploads.folder.iterdir()) == []
