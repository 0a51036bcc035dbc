"""`restante reconcile`: what a fault has parted is brought together, or told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from tests.api.mails import PLAIN, arrive
from tests.cli.commands import run
from tests.contract.samples import BYTES, entry

if TYPE_CHECKING:
    from pathlib import Path

    from restante.embedded.backend import EmbeddedBackend

BOB = Inbox("bob@x.dev")


def test_a_sound_store_is_left_as_it_is(backend: EmbeddedBackend, tmp_path: Path) -> None:
    arrive(backend, PLAIN, BOB, "carol@x.dev")

    ran = run(tmp_path / "data", "reconcile")

    told = "1 mails looked at, 0 indexed, 0 let go, 0 without raw mail, 0 receipts of deleted mail removed.\n"
    assert (ran.code, ran.out) == (0, told)


def test_raw_mail_that_the_index_forgot_is_indexed(backend: EmbeddedBackend, tmp_path: Path) -> None:
    arrive(backend, PLAIN, BOB)
    (message,) = backend.index.messages(Shelf.inbox(BOB), limit=9)
    backend.register.remove(BOB, [message.id])
    backend.register.forget([message.mail.id])

    ran = run(tmp_path / "data", "reconcile")

    assert "1 mails looked at, 1 indexed" in ran.out
    assert backend.index.messages(Shelf.inbox(BOB), limit=9) == (message,)


def test_a_message_whose_raw_mail_is_gone_is_told(backend: EmbeddedBackend, tmp_path: Path) -> None:
    arrive(backend, PLAIN, BOB)
    (message,) = backend.index.messages(Shelf.inbox(BOB), limit=9)
    backend.raw.delete([message.mail.receipt])

    ran = run(tmp_path / "data", "reconcile")

    assert ran.code == 1
    assert f"{message.mail.id}: its raw mail is gone\n" in ran.out
    assert "1 without raw mail" in ran.out


def test_mail_that_cannot_be_indexed_is_told_and_keeps_no_other_from_it(
    backend: EmbeddedBackend, tmp_path: Path
) -> None:
    lost = [entry(backend, BOB) for _ in range(2)]
    backend.raw.put([(one.mail.receipt, BYTES) for one in lost])
    with backend.database.writing() as connection:
        refusal = f"WHEN NEW.id = '{lost[0].mail.id}' BEGIN SELECT RAISE(ABORT, 'refused'); END"
        connection.execute(f"CREATE TRIGGER refuse BEFORE INSERT ON mails {refusal}")

    ran = run(tmp_path / "data", "reconcile")

    assert ran.code == 1
    assert ran.out.startswith(f"{lost[0].mail.id}: it could not be indexed\n2 mails looked at, 1 indexed")


def test_a_stage_needs_aws_to_be_reached_and_says_so(tmp_path: Path) -> None:
    ran = run(tmp_path, "reindex", "--stage", "prod", settings={"AWS_ENDPOINT_URL": "http://127.0.0.1:9", **NO_AWS})

    assert ran.code == 1
    assert ran.err.startswith("restante: CloudFormation cannot be reached")


NO_AWS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_MAX_ATTEMPTS": "1",
}
