"""`restante send`: .eml files by SMTP."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.api.mails import PLAIN, rich
from tests.cli.commands import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service.running import Service


def _at(service: Service) -> str:
    return "{}:{}".format(*service.smtp)


def _raw(service: Service, inbox: str) -> bytes:
    (message,) = service.client().get(f"/api/addresses/{inbox}/messages").json
    return service.client().get(f"/api/raw/{inbox}/{message['_id']}").body


def test_files_go_to_the_recipients_of_their_headers(service: Service, tmp_path: Path) -> None:
    (tmp_path / "plain.eml").write_bytes(PLAIN)
    (tmp_path / "rich.eml").write_bytes(rich().as_bytes().replace(b"To: Bob <bob@x.dev>", b"To: Bob <eve@x.dev>"))

    ran = run(tmp_path, "send", tmp_path / "plain.eml", tmp_path / "rich.eml", settings={"RESTANTE_SMTP": _at(service)})

    assert (ran.code, ran.out) == (0, "2 sent, 0 refused.\n")
    assert _raw(service, "bob@x.dev").endswith(PLAIN)
    for inbox in ("eve@x.dev", "carol@x.dev", "dave@x.dev"):
        assert b"Subject: =?utf-8?q?" in _raw(service, inbox)


def test_a_mail_from_standard_input_goes_where_the_options_say(service: Service, tmp_path: Path) -> None:
    ran = run(
        *(tmp_path, "send", "-", "--to", "eve@y.dev", "--to", "jörg@y.dev"),
        *("--from", "me@z.dev", "--server", _at(service)),
        given=b"Subject: from a file\n\nbare line feeds\n.dot\n",
    )

    assert (ran.code, ran.out) == (0, "1 sent, 0 refused.\n")
    raw = _raw(service, "j%C3%B6rg@y.dev")
    assert raw.startswith(b"Return-Path: <me@z.dev>\r\n")
    assert raw.endswith(b"Subject: from a file\r\n\r\nbare line feeds\r\n.dot\r\n")


def test_a_mail_without_recipient_is_named_and_the_others_are_sent(service: Service, tmp_path: Path) -> None:
    (tmp_path / "nobody.eml").write_bytes(b"Subject: to nobody\r\n\r\n")
    (tmp_path / "plain.eml").write_bytes(PLAIN)

    ran = run(tmp_path, "send", tmp_path / "nobody.eml", tmp_path / "plain.eml", "--server", _at(service))

    assert (ran.code, ran.out) == (1, "1 sent, 1 refused.\n")
    assert f"{tmp_path}/nobody.eml: no recipient in To, Cc or Bcc; give one with --to" in ran.err
    assert _raw(service, "bob@x.dev").endswith(PLAIN)


def test_a_server_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "plain.eml").write_bytes(PLAIN)
    with socket.socket() as bound:
        # Bound and not listening: nobody else takes the port, and nobody answers.
        bound.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{bound.getsockname()[1]}"
        ran = run(tmp_path, "send", tmp_path / "plain.eml", "--server", at)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"restante: Cannot reach the SMTP server at {at}: [Errno 111] Connection refused\n"


@pytest.mark.parametrize("server", [":25", "127.0.0.1:smtp", "127.0.0.1:"])
def test_a_server_that_is_no_address_is_one_clear_line(tmp_path: Path, server: str) -> None:
    ran = run(tmp_path, "send", "-", "--server", server, given=PLAIN)

    assert (ran.code, ran.err) == (1, f"restante: {server} is not HOST or HOST:PORT\n")


def test_a_file_that_is_not_there_is_one_clear_line(service: Service, tmp_path: Path) -> None:
    ran = run(tmp_path, "send", tmp_path / "none.eml", "--server", _at(service))

    assert ran.code == 1
    assert ran.err == f"restante: [Errno 2] No such file or directory: '{tmp_path}/none.eml'\n"
