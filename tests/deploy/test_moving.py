"""Commands that work on a stage from one machine: push, pull and reconcile, as processes of their own."""

from __future__ import annotations

import re
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.actions.admitting import create_account, create_key
from chalicelib.mail.holding import Reservation
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Marks
from restante.embedded.backend import EmbeddedBackend
from tests.api.mails import arrive
from tests.deploy.stage import DOMAIN

if TYPE_CHECKING:
    from chalicelib.mail.message import Message
    from tests.deploy.front import Front
    from tests.deploy.stage import Stage

MAILS = Path(__file__).parents[1] / "mail" / "mails"
NAMES = ("alternative", "base64-damaged", "encoded-words", "file-names", "japanese")
INBOX = Inbox(f"ana@{DOMAIN}")
KEY = "k_of_ana_on_one_machine"

pytestmark = pytest.mark.xdist_group("deploy")


def _fill(folder: Path) -> None:
    """A data folder in use: an account with a key and an address, and mail that was read, labelled and filed."""
    store = EmbeddedBackend(folder)
    create_account(store, "ana")
    create_key(store, "ana", label="CI", secret=KEY)
    now = store.now()
    store.addresses.reserve(Reservation(inbox=INBOX, owner="ana", created=now, updated=now))
    for name in NAMES:
        arrive(store, (MAILS / f"{name}.eml").read_bytes(), INBOX)
    newest, older, *_ = store.index.messages(Shelf.inbox(INBOX), limit=9)
    store.register.mark(INBOX, newest.id, Marks(read=True, labels=("a", "ü")))
    store.register.mark(INBOX, older.id, Marks(folder="spam"))
    store.close()


def _shown(folder: Path) -> list[tuple[Any, ...]]:
    """All of the inbox: what a list shows of each message, and its bytes."""
    store = EmbeddedBackend(folder)
    found = store.index.messages(Shelf.inbox(INBOX), limit=99)
    shown = [(*_marks(one), one.mail.summary, store.raw.read(one.mail.receipt)) for one in found]
    store.close()
    return shown


def _marks(one: Message) -> tuple[Any, ...]:
    return one.id, one.inbox, one.owner, one.folder, one.labels, one.read, one.mail.size, one.mail.receipt.envelope


def _get(stage: Stage, path: str, key: str) -> bytes:
    request = urllib.request.Request(stage.api + path, headers={"Mailsac-Key": key, "Accept": "*/*"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        body: bytes = answer.read()
    return body


def test_mail_is_pushed_once_and_pulled_as_it_was(front: Front, stage: Stage, tmp_path: Path) -> None:
    here, back = tmp_path / "here", tmp_path / "back"
    _fill(here)
    before = _shown(here)

    pushed = front.run(here, "push", "--stage", stage.name)
    assert pushed.code == 0, pushed.err
    assert re.match(r"1 accounts, 1 keys, 1 reservations, 5 mails copied \(\d+ bytes\); 0 mails were there", pushed.out)

    # The key that was made on one machine opens the stage, and reads there what came here, byte for byte.
    listed = stage.ask("GET", f"/addresses/{INBOX}/messages", key=KEY)
    assert [one["_id"] for one in listed] == [one[0] for one in before]
    assert listed[0]["labels"] == ["a", "ü"]
    for one in before:
        assert _get(stage, f"/raw/{INBOX}/{one[0]}", KEY) == one[-1]

    again = front.run(here, "push", "--stage", stage.name)
    assert (again.code, again.out) == (0, "0 mails copied (0 bytes); 5 mails were there already.\n")

    pulled = front.run(back, "pull", "--stage", stage.name)
    assert pulled.code == 0, pulled.err
    assert _shown(back) == before


def test_mail_that_nobody_was_told_of_is_found_and_read(front: Front, stage: Stage, tmp_path: Path) -> None:
    name, inbox = "inbound/never-told", f"stray@{DOMAIN}"
    raw = (
        f"Received: from mx.shop.example (192.0.2.9) by inbound-smtp.us-east-1.amazonaws.com with SMTP id x\r\n"
        f" for {inbox}; Mon, 02 Feb 2026 10:00:00 +0000 (UTC)\r\n"
        f"From: a@shop.example\r\nTo: list@shop.example\r\nSubject: Stray\r\n\r\nHello from nowhere.\r\n"
    )
    stage.stack.client("s3").put_object(Bucket=stage.ids["MailBucket"], Key=name, Body=raw.encode())
    early = front.run(tmp_path, "reconcile", "--stage", stage.name)
    front.aged[name] = timedelta(days=40)
    late = front.run(tmp_path, "reconcile", "--stage", stage.name)
    again = front.run(tmp_path, "reconcile", "--stage", stage.name)

    # Its notice may still come in the first two hours. It is kept for as long as the stage keeps mail, which is for
    # ever, and not for as long as this machine would.
    for ran, indexed in ((early, 0), (late, 1), (again, 0)):
        assert ran.code == 0, ran.out + ran.err
        assert f" mails looked at, {indexed} indexed, 0 let go, 0 without raw mail" in ran.out
    found = stage.arrived(inbox, "Stray")
    assert found["ip"] == "192.0.2.9"
    assert stage.ask("GET", f"/addresses/{inbox}/messages/{found['_id']}/")["subject"] == "Stray"
    assert b"Hello from nowhere." in _get(stage, f"/text/{inbox}/{found['_id']}", stage.key)


def test_a_message_whose_raw_mail_is_gone_is_named(front: Front, stage: Stage, tmp_path: Path) -> None:
    inbox = f"lost@{DOMAIN}"
    stage.mail("lost", inbox, "Lost")
    found = stage.arrived(inbox, "Lost")
    stage.stack.client("s3").delete_object(Bucket=stage.ids["MailBucket"], Key="inbound/lost")

    ran = front.run(tmp_path, "reconcile", "--stage", stage.name)
    stage.ask("DELETE", f"/addresses/{inbox}/messages/{found['_id']}")

    assert ran.code == 1
    assert ": its raw mail is gone\n" in ran.out
    assert ", 1 without raw mail" in ran.out
