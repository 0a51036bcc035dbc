from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from restante.embedded.smtp.connection import Patience
from tests.smtp.serving import SECONDS, hear, hear_line, serving

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chalicelib.actions.receiving import Arrival
    from chalicelib.mail.message import Receipt
    from restante.embedded.backend import EmbeddedBackend

TIMED_OUT = b"421 4.4.2 Timed out, closing the connection\r\n"
STOPPED = b"421 4.3.2 Shutting down, try again later\r\n"
BEGUN = b"EHLO me\r\nMAIL FROM:<a@x.dev>\r\nRCPT TO:<b@y.dev>\r\nDATA\r\n"


def test_a_client_that_says_nothing_is_sent_away(tmp_path: Path, backend: EmbeddedBackend) -> None:
    with serving(tmp_path, backend, patience=Patience(command=0.2)) as server, server.connect() as silent:
        assert hear(silent).endswith(TIMED_OUT)


def test_a_command_that_drips_in_is_no_sign_of_life(tmp_path: Path, backend: EmbeddedBackend) -> None:
    with serving(tmp_path, backend, patience=Patience(command=0.3)) as server, server.connect() as slow:
        hear_line(slow)
        slow.settimeout(0.02)
        heard = b""
        while not heard:
            slow.sendall(b"N")
            try:
                heard = slow.recv(1000)
            except TimeoutError:
                continue

        assert heard == TIMED_OUT


def test_a_mail_that_stops_coming_is_given_up(tmp_path: Path, backend: EmbeddedBackend) -> None:
    with serving(tmp_path, backend, patience=Patience(data=0.2)) as server, server.connect() as silent:
        silent.sendall(BEGUN + b"Subject: ")

        assert hear(silent).endswith(TIMED_OUT)
        assert server.terms.memory.held == 0
    assert backend.index.count(Shelf.inbox(Inbox("b@y.dev"))).messages == 0


def test_a_mail_that_drips_in_for_too_long_is_given_up(tmp_path: Path, backend: EmbeddedBackend) -> None:
    with serving(tmp_path, backend, patience=Patience(mail=0.3)) as server, server.connect() as slow:
        slow.sendall(BEGUN)
        slow.settimeout(0.02)
        heard = b""
        while not heard.endswith(TIMED_OUT):
            slow.sendall(b"x")
            try:
                heard += slow.recv(1000)
            except TimeoutError:
                continue

        assert heard.endswith(TIMED_OUT)


def test_stopping_sends_idle_clients_away_and_finishes_the_mail_that_comes_in(
    tmp_path: Path, backend: EmbeddedBackend
) -> None:
    with serving(tmp_path, backend) as server, server.connect() as idle, server.connect() as busy:
        hear_line(idle)
        busy.sendall(BEGUN + b"hello\r\n")
        while not server.terms.memory.held:
            hear_line(busy)
        server.begin_to_stop()
        heard = hear(idle)
        busy.sendall(b"world\r\n.\r\n")
        answers = hear(busy).splitlines(keepends=True)

    assert heard == STOPPED
    assert answers[-2].startswith(b"250 2.0.0 OK: queued as ")
    assert answers[-1] == STOPPED
    assert backend.index.count(Shelf.inbox(Inbox("b@y.dev"))).messages == 1


def test_stopping_waits_for_the_mail_that_is_being_kept(tmp_path: Path) -> None:
    entered, gate = threading.Event(), threading.Event()

    def keep(arrivals: Sequence[Arrival]) -> Sequence[Receipt]:
        entered.set()
        assert gate.wait(SECONDS)
        raise ValueError(len(arrivals))

    with serving(tmp_path, keep) as server, server.connect() as client:
        client.sendall(BEGUN + b"hello\r\n.\r\n")
        assert entered.wait(SECONDS)
        server.begin_to_stop()
        gate.set()

        assert hear(client).splitlines()[-2:] == [
            b"451 4.3.0 The mail could not be kept, try again later",
            STOPPED.rstrip(),
        ]


def test_a_mail_that_never_ends_does_not_hold_up_the_stop(tmp_path: Path, backend: EmbeddedBackend) -> None:
    with serving(tmp_path, backend, patience=Patience(stop=0.2)) as server, server.connect() as client:
        client.sendall(BEGUN + b"hello\r\n")
        while not server.terms.memory.held:
            hear_line(client)
        server.begin_to_stop()
        try:
            heard = hear(client)
        except ConnectionResetError:
            heard = b""

    assert b"queued" not in heard
    assert backend.index.count(Shelf.inbox(Inbox("b@y.dev"))).messages == 0
