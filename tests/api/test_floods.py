"""What one client, or many, may take of the HTTP server: bounded in bytes and connections, whoever asks."""

from __future__ import annotations

import json
import select
import socket
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest

from restante.embedded.http.protocol import OVERHEAD_BYTES, Protocol
from restante.embedded.http.server import BODIES_BYTES, BODY_BYTES
from tests.api.serving import KEY, Client, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restante.embedded.backend import EmbeddedBackend

CHUNKED = b"POST /api/health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = 200 * 1024 * 1024
"""Far more bytes than any buffer between client and server holds."""


def _refused(client: Client, pieces: Iterator[bytes]) -> tuple[int, bytes]:
    """Send until the server hangs up or answers; gives how many bytes that took, and the answer."""
    sent, answer = 0, b""
    with socket.create_connection(client.address, timeout=60) as connection:
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
                sent += len(piece)
        with suppress(ConnectionError):
            answer = connection.recv(65536)
    return sent, answer


def _endless(begin: bytes, piece: bytes) -> Iterator[bytes]:
    yield begin
    for _ in range(ENDLESS // len(piece)):
        yield piece


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"GET /", b"a" * 16384),
        (b"GET / HTTP/1.1\r\nX: ", b"a" * 16384),
        (b"GET / HTTP/1.1\r\n", b"X-Name: " + b"a" * 1014 + b"\r\n"),
        (b"GET / HTTP/1.1\r\n", b"a" * 16384),
        (
            b"POST /api/health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"X-Trailer: " + b"a" * 1014 + b"\r\n",
        ),
        (b"POST /api/health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a" * 16384),
    ],
    ids=["a path", "a value", "fields", "a name", "trailers", "a chunk extension"],
)
def test_a_request_that_never_ends_is_refused_before_it_takes_memory(
    client: Client, begin: bytes, piece: bytes
) -> None:
    sent, _ = _refused(client, _endless(begin, piece))

    # The system's own buffers, at both ends, take some megabytes.
    assert sent < ENDLESS / 4
    assert client.get("/api/health").json == {"status": "ok"}


def test_a_header_that_is_too_large_is_a_431_in_json(client: Client) -> None:
    head = b"GET /api/health HTTP/1.1\r\nHost: x\r\n" + b"X-Name: value\r\n" * OVERHEAD_BYTES
    pieces = [head[start : start + 16384] for start in range(0, len(head), 16384)]
    answers = [_refused(client, iter(pieces))[1] for _ in range(5)]

    # Where a client still sends, its system may throw away an answer that came before the end.
    for answer in filter(None, answers):
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"] == "TooLarge"


@pytest.mark.parametrize(
    "begin",
    [b"", b"GET / HTTP/1.1\r\nX: ", b"DELETE /api/health HTTP/1.1\r\nContent-Length: 9\r\n\r\n1"],
    ids=["nothing", "half a header", "half a body"],
)
def test_a_client_that_keeps_the_server_waiting_is_sent_away(backend: EmbeddedBackend, begin: bytes) -> None:
    class Impatient(Protocol):
        request_seconds = 0.2

    with serving(backend, protocol=Impatient) as address:
        answer = Client(address).exchange(begin)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["error"] == "Timeout"


def test_bodies_together_take_bounded_memory_and_the_rest_may_come_again(client: Client) -> None:
    head = (
        f"DELETE /api/addresses/bob@x.dev/messages HTTP/1.1\r\nHost: x\r\nMailsac-Key: {KEY}\r\n"
        f"Content-Length: {BODY_BYTES}\r\n\r\n"
    ).encode()
    with ExitStack() as held:
        fillers = [
            held.enter_context(socket.create_connection(client.address, timeout=60))
            for _ in range(BODIES_BYTES // BODY_BYTES + 1)
        ]
        for filler in fillers:
            # All but the last byte: it has to be kept until that comes.
            filler.sendall(head + bytes(BODY_BYTES - 1))
        # Which of them finds no room depends on whose bytes are read first.
        (refused, *_), _, _ = select.select(fillers, [], [], 60)
        answer = refused.recv(65536)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: " in answer
        assert client.get("/api/health").json == {"status": "ok"}

    answered = client.ask("DELETE", "/api/addresses/bob@x.dev/messages", body=bytes(BODY_BYTES))
    assert answered.status == 204


def test_a_header_of_ordinary_size_is_taken(client: Client) -> None:
    headers = {f"X-{number}": "a" * 1000 for number in range(50)}

    assert client.ask("GET", "/api/health", headers=headers).status == 200


def test_a_body_in_many_small_chunks_is_taken(client: Client) -> None:
    body = json.dumps({"_mailsacKey": KEY, "padding": "a" * 400_000}).encode()
    chunks = b"".join(b"8\r\n%s\r\n" % body[start : start + 8] for start in range(0, len(body) // 8 * 8, 8))
    rest = body[len(body) // 8 * 8 :]
    chunks += b"%x\r\n%s\r\n" % (len(rest), rest) if rest else b""

    answer = client.exchange(
        b"DELETE /api/addresses/bob@x.dev/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    )

    assert answer.startswith(b"HTTP/1.1 204 ")


def test_bytes_that_are_no_http_are_a_400_in_json(client: Client) -> None:
    answer = client.exchange(b"HELO sender.example\r\n\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"] == "BadRequest"


def test_connections_beyond_the_most_are_refused_and_room_is_made_when_others_go(backend: EmbeddedBackend) -> None:
    class Small(Protocol):
        most_connections = 100

    with serving(backend, protocol=Small) as address:
        client = Client(address)
        with ExitStack() as held:
            for _ in range(Small.most_connections):
                held.enter_context(socket.create_connection(address, timeout=60))
            refused = client.ask("GET", "/api/health")
            assert (refused.status, refused.json["error"]) == (503, "Unavailable")

        answers = (client.ask("GET", "/api/health").status for _ in range(10_000))
        assert next(status for status in answers if status != 503) == 200
