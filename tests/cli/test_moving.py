"""`restante push` and `restante pull`: what they say, and what they end with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.admitting import create_account
from chalicelib.mail.holding import Reservation
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from restante.commands.moving import copy
from restante.embedded.backend import EmbeddedBackend
from tests.api.mails import PLAIN, arrive
from tests.cli.commands import run
from tests.cli.test_reconcile import NO_AWS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOB = Inbox("bob@x.dev")
NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", **NO_AWS}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[EmbeddedBackend]:
    """Another data folder, with nothing in it."""
    made = EmbeddedBackend(tmp_path / "elsewhere")
    yield made
    made.close()


def test_what_was_copied_is_counted(
    backend: EmbeddedBackend, elsewhere: EmbeddedBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    arrive(backend, PLAIN, BOB)
    arrive(backend, PLAIN, BOB)
    codes = copy(backend, elsewhere), copy(backend, elsewhere)
    (newest, *_) = elsewhere.index.messages(Shelf.inbox(BOB), limit=9)

    first, second = capsys.readouterr().out.splitlines()
    size = 2 * newest.mail.size
    assert codes == (0, 0)
    assert first == f"1 accounts, 1 keys, 2 mails copied ({size} bytes); 0 mails were there already."
    assert second == "0 mails copied (0 bytes); 2 mails were there already."


def test_what_cannot_be_copied_is_named_and_ends_with_1(
    backend: EmbeddedBackend, elsewhere: EmbeddedBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    now = backend.now()
    for store, owner in ((backend, "ana"), (elsewhere, "eve")):
        create_account(store, owner)
        store.addresses.reserve(Reservation(inbox=BOB, owner=owner, created=now, updated=now))
    arrive(backend, PLAIN, BOB)
    code = copy(backend, elsewhere)

    said = capsys.readouterr().out.splitlines()
    assert code == 1
    assert said[:2] == [
        "Not copied: the address bob@x.dev of ana is eve's there.",
        "Not copied: 1 messages whose inboxes are not their owner's there.",
    ]
    assert elsewhere.index.messages(Shelf.inbox(BOB), limit=9) == ()


@pytest.mark.parametrize("command", ["push", "pull"])
def test_the_service_on_aws_has_to_be_named(tmp_path: Path, command: str) -> None:
    ran = run(tmp_path, command)

    assert (ran.code, ran.out) == (2, "")
    assert "name the service on AWS with --stage" in ran.err


def test_there_has_to_be_something_to_push(tmp_path: Path) -> None:
    ran = run(tmp_path / "none", "push", "--table", "t", "--bucket", "b", settings=NOWHERE)

    assert ran.code == 1
    assert ran.err.startswith("restante: There is no data in ")


@pytest.mark.parametrize("command", ["push", "pull"])
def test_a_stage_that_cannot_be_reached_is_told(backend: EmbeddedBackend, tmp_path: Path, command: str) -> None:
    arrive(backend, PLAIN, BOB)

    ran = run(tmp_path / "data", command, "--stage", "prod", settings=NOWHERE)

    assert ran.code == 1
    assert ran.err.startswith("restante: CloudFormation cannot be reached")


def test_a_pull_that_cannot_reach_its_stage_makes_no_folder(tmp_path: Path) -> None:
    ran = run(tmp_path / "none", "pull", "--stage", "prod", settings=NOWHERE)

    assert ran.code == 1
    assert not (tmp_path / "none").exists()
