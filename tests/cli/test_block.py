"""`restante block` beside a running service whose API does not answer: what it does counts within a moment."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from restante.cli import main
from restante.embedded.backend import EmbeddedBackend
from tests.cli.commands import run
from tests.smtp.serving import SECONDS, hear_line

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service.running import Service

FLOODER = "127.0.0.11"


def _first_words(service: Service, ip: str) -> bytes:
    with socket.create_connection(service.smtp, timeout=SECONDS, source_address=(ip, 0)) as connection:
        return hear_line(connection)[:4]


def _until(service: Service, words: bytes) -> bool:
    # Each try is a round trip over a socket: this is bounded in time too.
    return any(_first_words(service, FLOODER) == words for _ in range(20_000))


def test_a_block_is_effective_while_the_http_process_stands_still(service: Service) -> None:
    http = service.children()[1]
    os.kill(http, signal.SIGSTOP)
    try:
        blocked = run(service.data, "block", f"{FLOODER}/32", "--reason", "flood", "--for", "1h")
        refused = _until(service, b"554 ")
        honest = _first_words(service, "127.0.0.20")
        unblocked = run(service.data, "unblock", FLOODER)
        welcome = _until(service, b"220 ")
    finally:
        os.kill(http, signal.SIGCONT)

    assert (blocked.code, blocked.err) == (0, "")
    assert blocked.out.startswith(f"{FLOODER} is blocked until 20")
    assert (refused, honest) == (True, b"220 ")
    assert (unblocked.code, unblocked.out) == (0, f"The rule about {FLOODER} is removed.\n")
    assert welcome is True


def test_rules_are_listed_with_who_made_them_and_why(tmp_path: Path) -> None:
    run(tmp_path, "block", "2001:db8::/32", "--reason", "a  flood", "--scope", "mail")
    run(tmp_path, "allow", "2001:db8::7", "--reason", "ours")

    listed = run(tmp_path, "rules")

    assert (listed.code, listed.err) == (0, "")
    assert [line.split() for line in listed.out.splitlines()] == [
        ["address", "action", "scope", "hits", "expires", "made", "by", "reason"],
        ["2001:db8::/32", "block", "mail", "0", "command", "line", "a", "flood"],
        ["2001:db8::7", "allow", "both", "0", "command", "line", "ours"],
    ]


def test_what_no_terminal_can_write_is_printed_all_the_same(tmp_path: Path) -> None:
    run(tmp_path, "block", "192.0.2.7", "--reason", "ours")
    with closing(EmbeddedBackend(tmp_path)) as backend:
        (rule,) = backend.rules.rules()
        backend.rules.put(replace(rule, reason="a \ud800 é"))

    listed = run(tmp_path, "rules", settings={"PYTHONIOENCODING": "ascii"})

    assert (listed.code, listed.err) == (0, "")
    assert listed.out.endswith("a \\ud800 \\xe9\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["block", "192.0.2.7/24", "--reason", "x"], "did you mean 192.0.2.0/24 or 192.0.2.7?"),
        (["block", "0.0.0.0/0", "--reason", "x"], "every address there is"),
        (["block", "127.0.0.0/8", "--reason", "x"], "would shut out 127.0.0.1"),
        (["block", "192.0.2.7", "--reason", " "], "needs a reason"),
        (["unblock", "192.0.2.7"], "There is no rule about 192.0.2.7"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    (tmp_path / "restante.sqlite3").touch()
    with pytest.raises(SystemExit) as ended:
        main(["--data", str(tmp_path), *arguments])

    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (1, "")
    assert said in printed.err
    assert printed.err.count("\n") == 1


def test_unblocking_an_address_that_a_network_shuts_out_names_the_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["block", "192.0.2.0/24", "--reason", "flood"], ["unblock", "192.0.2.7"]):
        with pytest.raises(SystemExit):
            main(["--data", str(tmp_path), *arguments])

    assert "it is shut out by the rule about 192.0.2.0/24" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["1", "1w", "0h", "-1h", "h", "1.5h"])
def test_a_time_that_is_none_ends_with_code_2(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["block", "192.0.2.7", "--reason", "x", f"--for={text}"])

    assert ended.value.code == 2
    assert "is no time as 30s, 15m, 1h or 7d" in capsys.readouterr().err
