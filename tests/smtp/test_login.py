"""Who logs in by SMTP shows an API key; who does not is heard all the same."""

from __future__ import annotations

import smtplib
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.admitting import Caller, create_account, create_key
from chalicelib.actions.owning import is_login
from chalicelib.actions.reserving import reserve
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from restante.embedded.backend import EmbeddedBackend
from restante.embedded.smtp.terms import Terms
from tests.smtp.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.smtp.serving import Running

KEYS = {"team": "k_of_the_team", "rival": "k_of_the_rival"}
BO = Inbox("bo@rest.example")


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[EmbeddedBackend]:
    with closing(EmbeddedBackend(tmp_path)) as made:
        for name, secret in KEYS.items():
            account = create_account(made, name)
            create_key(made, name, secret=secret)
            if name == "team":
                reserve(made, Caller(account=account), BO, {})
        yield made


@pytest.fixture
def server(backend: EmbeddedBackend, tmp_path: Path) -> Iterator[Running]:
    with serving(tmp_path, backend, terms=Terms(authenticate=partial(is_login, backend))) as running:
        yield running


def _code(server: Running, mechanism: str, user: str, password: str) -> int:
    with server.smtplib() as client:
        client.ehlo()
        client.user, client.password = user, password
        try:
            return client.auth(mechanism, getattr(client, f"auth_{mechanism.lower()}"))[0]
        except smtplib.SMTPAuthenticationError as error:
            return error.smtp_code


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(
    ("user", "password", "code"),
    [
        ("team", KEYS["team"], 235),
        ("Team", KEYS["team"], 235),
        ("bo@rest.example", KEYS["team"], 235),
        ("Bo+tag@rest.example", KEYS["team"], 235),
        ("rival", KEYS["rival"], 235),
        ("bo@rest.example", KEYS["rival"], 535),
        ("nobodys@rest.example", KEYS["team"], 535),
        ("rival", KEYS["team"], 535),
        ("team", "k_of_nobody", 535),
        ("team", "", 535),
        ("", KEYS["team"], 535),
        ("anybody", "anything", 535),
    ],
)
def test_the_user_is_an_account_or_its_address_and_the_password_its_key(
    server: Running, mechanism: str, user: str, password: str, code: int
) -> None:
    assert _code(server, mechanism, user, password) == code


def test_mail_is_taken_without_a_login_and_after_one_that_failed(server: Running, backend: EmbeddedBackend) -> None:
    with server.smtplib() as client:
        client.sendmail("ana@x.dev", [BO], b"Subject: one\r\n\r\n")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("team", "wrong")
        client.sendmail("ana@x.dev", [BO], b"Subject: two\r\n\r\n")

    assert backend.index.count(Shelf.inbox(BO)).messages == 2
