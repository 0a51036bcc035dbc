"""Nothing a client sends is a fault of ours: never a 500, always JSON or a closed connection."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from tests.api.mails import arrive, rich
from tests.api.serving import KEY

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

ROUNDS = 300
_PIECES = [
    *("api", "addresses", "messages", "raw", "text", "body", "dirty", "headers", "attachments", "parts", "health"),
    *("bob@x.dev", "bob%40x.dev", "%2e%2e", "..", ".", "", "%", "%zz", "%00", "%ff%fe", "%C3", "{email}", "*", "+"),
    *("%0d%0aA:%20b", "a" * 3000, "\xff", "\u00e4", "%F0%9F%98%80", "-1", "1e9", "null", "[]", "%25", "~"),
]
_QUERIES = [
    *("", "limit=1", "limit=%00", "until=now", "until=1e309", "until=%F0%9F%98%80", "until=0000-00-00", "a&b&&=&=c"),
    *("download=%FF", "download[]=1", "format=plain", "format=", "format=%00", "_mailsacKey=%ED%A0%80", "limit=1;x=2"),
    *(
        "&" * 500,
        "=" * 500,
        "%",
        "%u0041",
        "limit=\u0661",
        "until=\u0663",
        "until=-1",
        "until=20260301T120000Z",
        "+",
        "?" * 50,
    ),
]


def _request(random_: random.Random, message: str) -> bytes:
    method = random_.choice(["GET", "GET", "GET", "HEAD", "DELETE", "POST", "PUT", "PATCH", "OPTIONS"])
    if random_.random() < 0.5:
        noun = random_.choice(["raw", "text", "body", "dirty"])
        pieces = ["api", noun, "bob@x.dev", random_.choice([*[message] * 30, *_PIECES])]
    elif random_.random() < 0.7:
        pieces = ["api", "addresses", random_.choice(["bob@x.dev", *_PIECES]), "messages"]
        pieces += random_.choice([[], [message], [random_.choice(_PIECES)], [message, random_.choice(_PIECES)]])
        pieces += random_.choice([[], ["headers"], ["attachments", random_.choice(_PIECES)], ["parts", "0.1"]])
    else:
        pieces = random_.choices(_PIECES, k=random_.randrange(1, 8))
    target = "/" + "/".join(pieces) + random_.choice(["", "?"]) + random_.choice(_QUERIES)
    key = random_.choice([f"Mailsac-Key: {KEY}"] * 8 + ["Authorization: Bearer \xff", f"Authorization: Bearer {KEY}"])
    accept = random_.choice(["", "Accept: image/png\r\n", "Accept: \xff\r\n", "Content-Type: ;;\xff\r\n"])
    body = random_.choice([b"", b"", b"{", b"\xff\x00", b'{"_mailsacKey":{}}', b"a=%ZZ&b", b"[" * 2000])
    head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{key}\r\n{accept}"
    return head.encode("latin-1", "replace") + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("seed", range(4))
def test_odd_requests_are_answered_and_never_with_a_500(backend: EmbeddedBackend, client: Client, seed: int) -> None:
    random_ = random.Random(seed)
    message = ""
    seen: set[int] = set()
    for _ in range(ROUNDS):
        if not client.get("/api/addresses/bob@x.dev/message-count").json["count"]:
            message = arrive(backend, rich().as_bytes())
        request = _request(random_, message)
        answer = client.exchange(request)
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        seen.add(status)
        assert status < 500, (request, answer)
        if status >= 400 and b"content-type: application/json" in head and not request.startswith(b"HEAD "):
            assert {"error", "message"} <= json.loads(body).keys()

    assert seen >= {200, 400, 404, 405}


def test_the_server_still_answers_after_bytes_that_are_no_http(client: Client) -> None:
    for junk in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"\r\n" * 100, b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 70_000):
        client.exchange(junk, hang_up=True)

    assert client.get("/api/health").json == {"status": "ok"}


def test_a_fault_of_ours_names_the_request_and_shows_no_trace(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, rich().as_bytes())
    (receipt,) = backend.raw.receipts()
    backend.raw.delete([receipt])

    answered = client.ask("GET", f"/api/raw/bob@x.dev/{found}")

    assert answered.status == 404
    assert answered.json["error"] == "NotFound"
    assert "Traceback" not in answered.text
