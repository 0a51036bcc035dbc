from __future__ import annotations

from base64 import b64encode

import pytest

from chalicelib.errors import Unavailable
from restante.embedded.smtp.protocol import Asks
from restante.embedded.smtp.terms import Terms
from tests.smtp.talking import ENVELOPE, Client, greeted, octets


def only_jeff(user: str, password: str) -> bool:
    return (user, password) == ("jeff", "sécret")


JEFF = Terms(authenticate=only_jeff)
PLAIN = b64encode("\0jeff\0sécret".encode())
USER, PASSWORD = b64encode(b"jeff"), b64encode("sécret".encode())


def encrypted(terms: Terms | None = None) -> Client:
    client = greeted(terms)
    client.say(b"STARTTLS\r\n")
    client.session.encrypted()
    return client


def test_what_was_sent_in_clear_after_starttls_is_never_obeyed() -> None:
    client = greeted()

    assert client.say(b"STARTTLS\r\nEHLO evil\r\n" + ENVELOPE + b"DATA\r\nevil\r\n.\r\n") == [
        "220 2.0.0 Ready to start TLS"
    ]
    assert client.session.asks is Asks.TO_ENCRYPT
    assert client.session.feed(b"RSET\r\n") == b""
    assert client.session.encrypted() == b""
    assert client.kept == []
    assert client.codes(b"NOOP\r\n") == ["250"]


def test_under_tls_the_session_begins_anew() -> None:
    client = greeted(JEFF)
    client.say(b"AUTH PLAIN " + PLAIN + b"\r\nMAIL FROM:<a@x.dev>\r\nSTARTTLS\r\n")
    client.session.encrypted()

    assert client.codes(b"MAIL FROM:<a@x.dev>\r\n") == ["503"]
    heard = client.say(b"EHLO me\r\n")
    assert "250-STARTTLS" not in heard
    assert client.codes(b"STARTTLS\r\nAUTH PLAIN " + PLAIN + b"\r\n") == ["503", "235"]


def test_a_mail_knows_that_it_came_encrypted() -> None:
    client = encrypted()
    client.say(b"EHLO me\r\n" + ENVELOPE + b"DATA\r\n.\r\n")

    assert client.kept[0].envelope.tls


def test_starttls_is_not_taken_where_it_is_not_offered() -> None:
    client = Client(Terms(start_tls=False))

    assert "250-STARTTLS" not in client.say(b"EHLO me\r\n")
    assert client.codes(b"STARTTLS\r\n") == ["502"]


@pytest.mark.parametrize(
    "said",
    [
        b"AUTH PLAIN " + PLAIN + b"\r\n",
        b"AUTH PLAIN\r\n" + PLAIN + b"\r\n",
        b"auth login\r\n" + USER + b"\r\n" + PASSWORD + b"\r\n",
        b"AUTH LOGIN " + USER + b"\r\n" + PASSWORD + b"\r\n",
    ],
)
def test_valid_credentials_are_taken_once(said: bytes) -> None:
    client = greeted(JEFF, cut=octets)

    assert client.codes(said)[-1] == "235"
    assert client.codes(b"AUTH PLAIN " + PLAIN + b"\r\n") == ["503"]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"AUTH PLAIN " + b64encode(b"\0jeff\0wrong") + b"\r\n", ["535"]),
        (b"AUTH LOGIN\r\n" + USER + b"\r\n" + USER + b"\r\n", ["334", "334", "535"]),
        (b"AUTH PLAIN\r\n*\r\n", ["334", "501"]),
        (b"AUTH LOGIN\r\n*\r\n", ["334", "501"]),
        (b"AUTH PLAIN =\r\n", ["501"]),
        (b"AUTH PLAIN not-base64!\r\n", ["501"]),
        (b"AUTH PLAIN " + b64encode(b"\xff\0\xff\0\xff") + b"\r\n", ["501"]),
        (b"AUTH LOGIN " + b"\xff\r\n", ["500"]),
        (b"AUTH CRAM-MD5\r\n", ["504"]),
        (b"AUTH\r\n", ["504"]),
    ],
)
def test_bad_credentials_are_refused_and_may_be_given_again(said: bytes, heard: list[str]) -> None:
    client = greeted(JEFF)

    assert client.codes(said) == heard
    assert client.codes(b"AUTH PLAIN " + PLAIN + b"\r\n") == ["235"]


def test_nobody_is_known_where_nobody_checks() -> None:
    assert greeted().codes(b"AUTH PLAIN " + b64encode(b"\0anybody\0anything") + b"\r\n") == ["535"]


def test_what_cannot_be_checked_now_may_be_tried_again() -> None:
    def fail(_user: str, _password: str) -> bool:
        raise Unavailable("The index is busy")

    client = greeted(Terms(authenticate=fail))

    assert client.say(b"AUTH PLAIN AGEAYg==\r\n")[0].startswith("454 4.7.0 ")
    assert client.session.refused == 0


def test_each_refused_login_is_counted() -> None:
    client = greeted(JEFF)
    client.say(b"AUTH PLAIN AGEAYg==\r\n" * 3 + b"AUTH PLAIN not-base64!\r\nAUTH PLAIN " + PLAIN + b"\r\n")

    assert client.session.refused == 3


def test_guessing_passwords_ends_the_conversation() -> None:
    client = greeted(Terms(errors=5, authenticate=lambda _user, _password: False))

    assert client.codes(b"AUTH PLAIN AGEAYg==\r\n" * 50) == ["535"] * 6 + ["421"]
