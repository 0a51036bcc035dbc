"""`restante keys` beside a running service: what it does counts at once."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import run
from tests.service.running import ROOT, command, surroundings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service.running import Service

COUNT = "/api/addresses/bob@x.dev/message-count"


def _made(out: str) -> tuple[str, str]:
    """The secret and the id of a key that was made."""
    secret, rest = out.split("   (id ")
    return secret, rest.partition(",")[0]


def test_a_key_opens_the_api_from_when_it_is_made_until_it_is_revoked(service: Service) -> None:
    secret, key = _made(run(service.data, "keys", "create", "--label", "for the tests").out)
    assert service.client(secret).ask("GET", COUNT).status == 200

    revoked = run(service.data, "keys", "revoke", key)

    assert (revoked.code, revoked.out) == (0, f"{key} is revoked.\n")
    assert service.client(secret).ask("GET", COUNT).status == 401
    assert service.client().ask("GET", COUNT).status == 200


def test_keys_are_listed_without_their_secrets(tmp_path: Path) -> None:
    secret, key = _made(run(tmp_path, "keys", "create", "--label", "for the tests").out)
    other, other_key = _made(run(tmp_path, "keys", "create", "--account", "carol").out)

    listed = run(tmp_path, "keys", "list")

    first, *rows = [line.split() for line in listed.out.splitlines()]
    assert (listed.code, listed.err) == (0, "")
    assert first == ["id", "account", "created", "label"]
    assert {(row[0], row[1], " ".join(row[4:])) for row in rows} == {
        (key, "admin", "for the tests"),
        (other_key, "carol", ""),
    }
    assert secret.startswith("k_")
    assert secret != other
    assert secret not in listed.out
    assert secret.encode() not in (tmp_path / "restante.sqlite3").read_bytes()


def test_revoking_a_key_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    run(tmp_path, "keys", "create")

    ran = run(tmp_path, "keys", "revoke", "key-000000000000")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "restante: There is no key key-000000000000; see `restante keys list`\n"


def test_an_account_name_that_is_none_is_refused(tmp_path: Path) -> None:
    ran = run(tmp_path, "keys", "create", "--account", "Carol & Co.")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("restante: An account is named by ")
    assert ran.err.count("\n") == 1


def test_listing_the_keys_of_a_folder_without_data_says_so_and_makes_nothing(tmp_path: Path) -> None:
    ran = run(tmp_path / "none", "keys", "list")

    assert ran.code == 1
    assert ran.err.startswith("restante: There is no data in ")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path, unbuffered: str) -> None:
    run(tmp_path, "keys", "create")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command("keys", "list"),
        cwd=ROOT,
        env=surroundings(tmp_path, PYTHONUNBUFFERED=unbuffered),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert done.stderr == b""
