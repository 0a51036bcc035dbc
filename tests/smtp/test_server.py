from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.actions.receiving import admits
from chalicelib.errors import Unavailable
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Policy
from restante.embedded.smtp.certificate import FILE_NAME
from restante.embedded.smtp.content import Memory
from restante.embedded.smtp.terms import Terms
from tests.smtp.serving import SECONDS, Running, hear, hear_line, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from chalicelib.actions.receiving import Arrival
    from chalicelib.mail.message import Message, Receipt
    from restante.embedded.backend import EmbeddedBackend

MAIL = b"Subject: hello\r\n\r\nHello.\r\n"


@pytest.fixture
def server(tmp_path: Path, backend: EmbeddedBackend) -> Iterator[Running]:
    """A server before the backend, with ordinary terms."""
    terms = Terms(authenticate=lambda user, password: (user, password) == ("anybody", "the key"))
    with serving(tmp_path, backend, terms=terms) as running:
        yield running


def messages(backend: EmbeddedBackend, inbox: str) -> tuple[Message, ...]:
    return backend.index.messages(Shelf.inbox(Inbox(inbox)), limit=1000)


def content(backend: EmbeddedBackend, message: Message) -> bytes:
    """The mail as it came: what follows our trace header."""
    raw = backend.raw.read(message.mail.receipt)
    end = raw.index(b"\r\n", raw.index(b";\r\n\t") + 4)
    return raw[end + 2 :]


def test_a_mail_can_be_read_once_it_is_acknowledged(server: Running, backend: EmbeddedBackend) -> None:
    with server.smtplib() as client:
        refused = client.sendmail("a@x.dev", ["b+tag@y.dev", "c@y.dev"], MAIL)
        [message] = messages(backend, "b@y.dev")

    assert refused == {}
    assert message.original_inbox == "b+tag@y.dev"
    assert message.mail.summary.subject == "hello"
    assert message.mail.receipt.envelope.ip == "127.0.0.1"
    assert content(backend, message) == MAIL
    assert len(messages(backend, "c@y.dev")) == 1


def test_the_reply_names_the_id_under_which_the_mail_is_found(server: Running, backend: EmbeddedBackend) -> None:
    with server.smtplib() as client:
        client.ehlo()
        client.mail("a@x.dev")
        client.rcpt("b@y.dev")
        code, text = client.data(MAIL)
        [message] = messages(backend, "b@y.dev")

    assert code == 250
    assert text == f"2.0.0 OK: queued as {message.mail.id}".encode()


def test_starttls_and_auth_work_with_the_certificate_of_the_folder(
    server: Running, backend: EmbeddedBackend, tmp_path: Path
) -> None:
    trusting = ssl.create_default_context(cafile=str(tmp_path / FILE_NAME))
    with smtplib.SMTP("localhost", server.port, timeout=SECONDS) as client:
        client.starttls(context=trusting)
        client.login("anybody", "the key")
        client.sendmail("a@x.dev", "b@y.dev", MAIL)
        client.sendmail("a@x.dev", "b@y.dev", MAIL * 10_000)
        received = messages(backend, "b@y.dev")

    assert [message.mail.receipt.envelope.tls for message in received] == [True, True]
    assert content(backend, received[0]) == MAIL * 10_000


def test_commands_injected_before_the_handshake_are_not_obeyed(server: Running, backend: EmbeddedBackend) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with server.connect() as plain:
        hear_line(plain)
        plain.sendall(b"STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@x.dev>\r\nRCPT TO:<b@y.dev>\r\nDATA\r\n")
        assert hear_line(plain).startswith(b"220 ")
        with context.wrap_socket(plain) as secret:
            secret.sendall(b"MAIL FROM:<evil@x.dev>\r\nQUIT\r\n")
            heard = hear(secret)

    assert [line[:3] for line in heard.splitlines()] == [b"503", b"221"]
    assert messages(backend, "b@y.dev") == ()


def test_a_handshake_that_fails_ends_the_connection_and_no_other(server: Running) -> None:
    with server.connect() as plain, server.smtplib() as other:
        hear_line(plain)
        plain.sendall(b"STARTTLS\r\n")
        hear_line(plain)
        plain.sendall(b"this is no ClientHello, whatever it may be taken for\r\n")
        with suppress(ConnectionResetError):
            hear(plain)

        assert other.noop()[0] == 250


def test_clients_that_leave_instead_of_the_handshake_leave_nothing_behind(
    tmp_path: Path, backend: EmbeddedBackend
) -> None:
    with serving(tmp_path, backend, most=2) as server, server.smtplib() as other:
        for _ in range(10):
            with server.connect() as client:
                hear_line(client)
                client.sendall(b"STARTTLS\r\n")
            # The bound on connections would be reached if one of them were still counted.
            while True:
                with server.connect() as next_client:
                    if hear_line(next_client).startswith(b"220 "):
                        break

        assert other.noop()[0] == 250


def test_utf8_addresses_and_eight_bit_content_are_kept(server: Running, backend: EmbeddedBackend) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ä@x.dev", "bär@münchen.example", "Grüße"
    mail.set_content("Schöne Grüße", cte="8bit")
    with server.smtplib() as client:
        client.send_message(mail)
        [message] = messages(backend, "bär@xn--mnchen-3ya.example")

    assert message.original_inbox == "bär@münchen.example"
    assert message.mail.receipt.envelope.sender == "ä@x.dev"
    assert "Schöne Grüße".encode() in content(backend, message)


def test_a_recipient_that_is_repeated_gets_one_message(server: Running, backend: EmbeddedBackend) -> None:
    with server.smtplib() as client:
        client.sendmail("a@x.dev", ["dup@y.dev", "dup@y.dev", "DUP@Y.dev", "dup+1@y.dev", "c@y.dev"], MAIL)

    assert [one.original_inbox for one in messages(backend, "dup@y.dev")] == ["dup+1@y.dev", "dup@y.dev"]
    assert len(messages(backend, "c@y.dev")) == 1


def test_a_hundred_recipients_get_a_message_each(server: Running, backend: EmbeddedBackend) -> None:
    recipients = [f"b{number}@y.dev" for number in range(101)]
    with server.smtplib() as client:
        refused = client.sendmail("a@x.dev", recipients, MAIL)

    assert list(refused) == ["b100@y.dev"]
    assert refused["b100@y.dev"][0] == 452
    assert [len(messages(backend, recipient)) for recipient in recipients] == [1] * 100 + [0]


def test_a_mail_that_is_too_big_is_refused_and_the_connection_goes_on(tmp_path: Path, backend: EmbeddedBackend) -> None:
    with serving(tmp_path, backend, terms=Terms(size=10_000)) as server, server.smtplib() as client:
        client.ehlo()
        announced = client.docmd("MAIL", "FROM:<a@x.dev> SIZE=10001")
        client.mail("a@x.dev")
        client.rcpt("b@y.dev")
        sent = client.data(b"x" * 1_000_000)
        client.sendmail("a@x.dev", "b@y.dev", b"x" * 9_998)

    assert announced[0] == 552
    assert sent[0] == 552
    assert [message.mail.size > 9_998 for message in messages(backend, "b@y.dev")] == [True]


def test_other_domains_than_those_of_the_setting_are_refused(tmp_path: Path, backend: EmbeddedBackend) -> None:
    policy = Policy(domains=("y.dev",))
    terms = Terms(admits=lambda recipient: admits(policy, recipient))
    with serving(tmp_path, backend, terms=terms) as server, server.smtplib() as client:
        refused = client.sendmail("a@x.dev", ["b@Y.dev", "b@elsewhere.dev"], MAIL)

    assert {recipient: code for recipient, (code, _) in refused.items()} == {"b@elsewhere.dev": 550}
    assert len(messages(backend, "b@y.dev")) == 1


def test_ipv6_clients_are_served(tmp_path: Path, backend: EmbeddedBackend) -> None:
    with serving(tmp_path, backend, host="::1") as server, server.smtplib() as client:
        client.sendmail("a@x.dev", "b@y.dev", MAIL)
        [message] = messages(backend, "b@y.dev")

    assert message.mail.receipt.envelope.ip == "::1"
    assert b"([IPv6:::1])" in backend.raw.read(message.mail.receipt)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(body=st.one_of(st.binary(), st.binary(min_size=20, max_size=60).map(lambda piece: piece * 5000)))
def test_any_bytes_come_out_as_they_went_in(server: Running, backend: EmbeddedBackend, body: bytes) -> None:
    wire = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in body.split(b"\r\n"))
    with server.connect() as client:
        client.sendall(b"EHLO me\r\nMAIL FROM:<a@x.dev>\r\nRCPT TO:<b@y.dev>\r\nDATA\r\n" + wire + b"\r\n.\r\nQUIT\r\n")
        hear(client)

    assert content(backend, messages(backend, "b@y.dev")[0]) == body + b"\r\n"


def test_our_own_fault_is_answered_451_and_the_connection_goes_on(tmp_path: Path) -> None:
    def keep(_: Sequence[Arrival]) -> Sequence[Receipt]:
        raise Unavailable("The disk is full")

    with serving(tmp_path, keep) as server, server.smtplib() as client:
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail("a@x.dev", "b@y.dev", MAIL)

        assert refusal.value.smtp_code == 451
        assert client.noop()[0] == 250


def test_when_memory_is_full_mail_is_put_off_until_there_is_room(tmp_path: Path, backend: EmbeddedBackend) -> None:
    terms = Terms(memory=Memory(1_000_000))
    with serving(tmp_path, backend, terms=terms) as server, server.connect() as greedy, server.smtplib() as client:
        greedy.sendall(b"EHLO me\r\nMAIL FROM:<a@x.dev>\r\nRCPT TO:<b@y.dev>\r\nDATA\r\n" + b"x" * 900_000)
        while not terms.memory.held >= 900_000:
            client.noop()
        with pytest.raises(smtplib.SMTPSenderRefused) as refusal:
            client.sendmail("a@x.dev", "b@y.dev", b"x" * 200_000)
        greedy.sendall(b"\r\n.\r\nQUIT\r\n")
        hear(greedy)
        client.sendmail("a@x.dev", "b@y.dev", b"x" * 200_000)

    assert refusal.value.smtp_code == 452
    assert len(messages(backend, "b@y.dev")) == 2


def test_more_connections_than_the_bound_hear_421(tmp_path: Path, backend: EmbeddedBackend) -> None:
    with serving(tmp_path, backend, most=2) as server:
        with server.smtplib() as first, server.smtplib(), server.connect() as third:
            refused = hear(third)

            assert refused == b"421 4.3.2 Too many connections, try again later\r\n"
            assert first.noop()[0] == 250
        with server.smtplib() as fourth:
            assert fourth.noop()[0] == 250


def test_a_client_that_never_reads_its_replies_does_not_fill_our_memory(server: Running) -> None:
    with server.connect() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(1.0)
        sent = 0
        with suppress(TimeoutError):
            while sent < 100_000_000:
                sent += deaf.send(b"HELP\r\n" * 10_000)

    assert sent < 100_000_000


def test_a_client_that_goes_on_while_its_mail_is_kept_does_not_fill_our_memory(tmp_path: Path) -> None:
    gate = threading.Event()

    def keep(_: Sequence[Arrival]) -> Sequence[Receipt]:
        assert gate.wait(SECONDS)
        raise Unavailable("The disk is full")

    with serving(tmp_path, keep) as server, server.connect() as client:
        client.sendall(b"EHLO me\r\nMAIL FROM:<a@x.dev>\r\nRCPT TO:<b@y.dev>\r\nDATA\r\nhello\r\n.\r\n")
        client.settimeout(1.0)
        sent = 0
        with suppress(TimeoutError):
            while sent < 100_000_000:
                sent += client.send(b"NOOP\r\n" * 10_000)
        gate.set()

    assert sent < 100_000_000


def test_what_comes_together_with_the_end_of_the_handshake_is_heard(server: Running) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    arrived, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    secret = context.wrap_bio(arrived, leaving)
    with server.connect() as client:
        hear_line(client)
        client.sendall(b"STARTTLS\r\n")
        hear_line(client)
        while True:
            try:
                secret.do_handshake()
                break
            except ssl.SSLWantReadError:
                client.sendall(leaving.read())
                arrived.write(client.recv(65536))
        secret.write(b"QUIT\r\n")
        client.sendall(leaving.read())
        heard = b""
        while not heard:
            arrived.write(client.recv(65536))
            with suppress(ssl.SSLWantReadError):
                heard = secret.read()

    assert heard == b"221 2.0.0 Bye\r\n"


def test_a_client_that_closes_its_side_after_the_mail_hears_that_it_is_kept(
    server: Running, backend: EmbeddedBackend
) -> None:
    with server.connect() as client:
        client.sendall(b"EHLO me\r\nMAIL FROM:<a@x.dev>\r\nRCPT TO:<b@y.dev>\r\nDATA\r\nhello\r\n.\r\n")
        client.shutdown(socket.SHUT_WR)
        heard = hear(client)

    assert heard.splitlines()[-1].startswith(b"250 2.0.0 OK: queued as ")
    assert len(messages(backend, "b@y.dev")) == 1


def test_mails_of_many_connections_are_all_kept_once(server: Running, backend: EmbeddedBackend) -> None:
    def send(sender: int) -> None:
        with server.smtplib() as client:
            for number in range(20):
                client.sendmail("a@x.dev", f"b{sender}@y.dev", b"Subject: %d\r\n\r\n" % number)

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    subjects = [[message.mail.summary.subject for message in messages(backend, f"b{s}@y.dev")] for s in range(8)]

    assert subjects == [[str(number) for number in reversed(range(20))]] * 8
