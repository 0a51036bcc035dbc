"""`restante import`: mbox files, Maildir folders and .eml files into inboxes."""

from __future__ import annotations

import mailbox
from typing import TYPE_CHECKING

from chalicelib.actions import reading
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from restante.embedded.backend import EmbeddedBackend
from tests.api.mails import PLAIN, rich
from tests.cli.commands import run

if TYPE_CHECKING:
    from pathlib import Path


def _mail(number: int, to: str = "bob@x.dev") -> bytes:
    return b"To: %s\r\nSubject: %d\r\n\r\nFrom here on, text.\r\n" % (to.encode(), number)


def _subjects(data: Path, inbox: str) -> list[str]:
    """The subjects in an inbox, oldest first."""
    backend = EmbeddedBackend(data)
    messages = reading.list_messages(backend, Shelf.inbox(Inbox(inbox)), limit=1000, until=None)
    backend.close()
    return [message.mail.summary.subject for message in reversed(messages)]


def test_an_mbox_is_imported_in_order(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    for number in range(120):
        box.add(_mail(number))
    box.close()

    ran = run(tmp_path / "data", "import", tmp_path / "box")

    assert (ran.code, ran.out) == (0, "120 messages imported into 1 inboxes, 0 mails skipped.\n")
    assert "120 mails" in ran.err
    assert _subjects(tmp_path / "data", "bob@x.dev") == [str(number) for number in range(120)]


def test_a_maildir_is_imported_both_new_and_read(tmp_path: Path) -> None:
    folder = mailbox.Maildir(tmp_path / "Mail")
    for number in range(3):
        folder.add(_mail(number))
    seen = mailbox.MaildirMessage(_mail(3))
    seen.set_subdir("cur")
    seen.set_flags("S")
    folder.add(seen)
    folder.close()

    ran = run(tmp_path / "data", "import", tmp_path / "Mail")

    assert (ran.code, ran.out) == (0, "4 messages imported into 1 inboxes, 0 mails skipped.\n")
    assert sorted(_subjects(tmp_path / "data", "bob@x.dev")) == ["0", "1", "2", "3"]


def test_a_folder_of_eml_files_is_imported_with_what_is_below_it_and_kept_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "mails" / "below").mkdir(parents=True)
    (tmp_path / "mails" / "a.eml").write_bytes(PLAIN)
    (tmp_path / "mails" / "below" / "b.eml").write_bytes(mail := rich().as_bytes())
    (tmp_path / "mails" / "notes.txt").write_text("no mail")

    ran = run(tmp_path / "data", "import", tmp_path / "mails")

    backend = EmbeddedBackend(tmp_path / "data")
    raws = [backend.raw.read(receipt) for receipt in backend.raw.receipts()]
    backend.close()
    assert (ran.code, ran.out) == (0, "4 messages imported into 3 inboxes, 0 mails skipped.\n")
    assert _subjects(tmp_path / "data", "bob@x.dev") == ["Hello", "Über alles"]
    assert raws[0].endswith(b"\r\n" + PLAIN)
    assert raws[1].endswith(b"\r\n" + mail)


def test_the_delivery_address_counts_before_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Delivered-To: eve+lists@x.dev\r\n" + _mail(1))

    run(tmp_path / "data", "import", tmp_path / "a.eml")

    assert _subjects(tmp_path / "data", "eve@x.dev") == ["1"]
    assert _subjects(tmp_path / "data", "bob@x.dev") == []


def test_an_option_puts_everything_into_one_inbox(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Subject: to nobody\r\n\r\n")
    (tmp_path / "b.eml").write_bytes(_mail(2))

    ran = run(tmp_path / "data", "import", "--to", "archive@x.dev", tmp_path / "a.eml", tmp_path / "b.eml")

    assert ran.code == 0
    assert _subjects(tmp_path / "data", "archive@x.dev") == ["to nobody", "2"]


def test_a_mail_without_recipient_is_named_and_the_others_are_imported(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Subject: to nobody\r\nTo: undisclosed-recipients:;\r\n\r\n")
    (tmp_path / "b.eml").write_bytes(_mail(2))

    ran = run(tmp_path / "data", "import", tmp_path)

    assert (ran.code, ran.out) == (1, "1 messages imported into 1 inboxes, 1 mails skipped.\n")
    assert f"{tmp_path}/a.eml: no recipient; give one with --to" in ran.err
    assert _subjects(tmp_path / "data", "bob@x.dev") == ["2"]


def test_a_path_that_is_not_there_is_one_clear_line_and_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "b.eml").write_bytes(_mail(2))

    ran = run(tmp_path / "data", "import", tmp_path / "b.eml", tmp_path / "none")

    assert (ran.code, ran.err) == (1, f"restante: {tmp_path}/none does not exist\n")
    assert not (tmp_path / "data").exists()


def test_an_imported_mail_shows_who_had_handed_it_over(tmp_path: Path) -> None:
    hop = b"Received: from mx.shop.example ([192.0.2.7]) by relay.example with ESMTPS id abc;\n"
    (tmp_path / "one.eml").write_bytes(hop + b"\tTue, 24 Nov 2026 10:00:05 +0000\n" + _mail(1))
    run(tmp_path / "data", "import", str(tmp_path / "one.eml"))
    backend = EmbeddedBackend(tmp_path / "data")
    (message,) = reading.list_messages(backend, Shelf.inbox(Inbox("bob@x.dev")), limit=9)
    backend.close()
    envelope = message.mail.receipt.envelope

    assert (envelope.ip, envelope.via, envelope.tls) == ("192.0.2.7", "relay.example", True)
