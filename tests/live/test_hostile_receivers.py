"""Receivers that never answer, never end, drip, lie or speak no TLS: each costs a bounded time and nothing else."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.targets import TargetRules
from chalicelib.posting import START_BYTES, HttpMessenger
from restante.embedded.smtp.certificate import tls_context
from tests.live.receiver import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BOUND = 1.0
"""What a call may take here, in seconds."""
GENEROUS = 10.0
"""Far more than that, and far less than a receiver that is not bounded would take."""


@contextmanager
def hostile(behave: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server that does this with each connection until the test is over; gives its name."""
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def serve_one(connection: socket.socket) -> None:
        with connection:
            try:
                behave(connection, ended)
            except OSError:
                # The client hung up, as it should.
                return

    def serve(listener: socket.socket) -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve_one, args=[connection]))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=serve, args=[listener])
        accepting.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(SECONDS)
            for thread in threads:
                thread.join(SECONDS)


def _never_answers(_: socket.socket, ended: threading.Event) -> None:
    ended.wait(SECONDS)


def _drips_the_header(connection: socket.socket, ended: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not ended.wait(0.05):
        connection.sendall(b"x")


def _continues_for_ever(connection: socket.socket, ended: threading.Event) -> None:
    while not ended.is_set():
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def _endless_header(connection: socket.socket, ended: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not ended.is_set():
        connection.sendall(b"X: y\r\n")


def _endless_line(connection: socket.socket, ended: threading.Event) -> None:
    while not ended.is_set():
        connection.sendall(b"x" * 65536)


def _hangs_up(connection: socket.socket, _: threading.Event) -> None:
    connection.recv(1)


def _no_http(connection: socket.socket, _: threading.Event) -> None:
    connection.recv(65536)
    connection.sendall(b"220 mx.example ESMTP\r\n")


@pytest.mark.parametrize(
    "behave",
    [
        _never_answers,
        _drips_the_header,
        _continues_for_ever,
        _endless_header,
        _endless_line,
        _hangs_up,
        _no_http,
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_receiver_without_an_answer_costs_a_bounded_time(
    behave: Callable[[socket.socket, threading.Event], None], scheme: str
) -> None:
    with hostile(behave) as name:
        begun = time.monotonic()
        answer = HttpMessenger(TargetRules(listed=frozenset({name})), seconds=BOUND).post(
            f"{scheme}://{name}/", {}, b"{}"
        )
        took = time.monotonic() - begun

    assert answer.status is None
    assert answer.failure
    assert not answer.refused
    assert took < GENEROUS


def _endless_body(connection: socket.socket, ended: threading.Event) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not ended.is_set():
        connection.sendall(b"x" * 65536)


def _drips_the_body(connection: socket.socket, ended: threading.Event) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not ended.wait(0.05):
        connection.sendall(b"x")


@pytest.mark.parametrize("behave", [_endless_body, _drips_the_body])
def test_of_an_endless_answer_the_status_counts_and_the_start_is_kept(
    behave: Callable[[socket.socket, threading.Event], None],
) -> None:
    with hostile(behave) as name:
        begun = time.monotonic()
        answer = HttpMessenger(TargetRules(listed=frozenset({name})), seconds=BOUND).post(f"http://{name}/", {}, b"{}")
        took = time.monotonic() - begun

    assert answer.status == 200
    assert 0 < len(answer.start) <= START_BYTES
    assert took < GENEROUS


def test_a_certificate_that_nobody_signed_is_not_trusted(tmp_path: Path) -> None:
    context = tls_context(tmp_path, "localhost")

    def speak_tls(connection: socket.socket, _: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(1)

    with hostile(speak_tls) as name:
        answer = HttpMessenger(TargetRules(listed=frozenset({name})), seconds=BOUND).post(f"https://{name}/", {}, b"{}")

    assert answer.status is None
    assert answer.failure.startswith("The certificate cannot be trusted")


def test_a_trusted_receiver_is_asked_over_tls_by_its_name(tmp_path: Path) -> None:
    server = tls_context(tmp_path, "localhost")
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    heard: list[bytes] = []

    def answer_well(connection: socket.socket, _: threading.Event) -> None:
        with server.wrap_socket(connection, server_side=True) as secure:
            while not b"".join(heard).endswith(b"{}"):
                heard.append(secure.recv(65536))
            secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with hostile(answer_well) as name:
        messenger = HttpMessenger(TargetRules(listed=frozenset({name})), tls=trusting, seconds=SECONDS)
        answer = messenger.post(f"https://{name}/mail", {"A": "b"}, b"{}")

    assert answer.status == 204
    assert heard[0].startswith(b"POST /mail HTTP/1.1\r\n")


def test_a_name_that_nobody_resolves_costs_a_bounded_time() -> None:
    ended = threading.Event()

    def hang(_: str, __: int) -> list[str]:
        ended.wait(SECONDS)
        return []

    begun = time.monotonic()
    answer = HttpMessenger(TargetRules(), resolve=hang, seconds=BOUND).post("https://slow.example/", {}, b"{}")
    took = time.monotonic() - begun
    ended.set()

    assert answer.failure == "No answer within 1 seconds"
    assert took < GENEROUS


def test_a_receiver_that_is_not_there_is_named_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        name = f"127.0.0.1:{listener.getsockname()[1]}"
    answer = HttpMessenger(TargetRules(listed=frozenset({name})), seconds=BOUND).post(f"http://{name}/", {}, b"{}")

    assert answer.failure == "Connection refused"
