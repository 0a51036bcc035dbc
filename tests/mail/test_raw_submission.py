"""Raw mails: repaired where they have to be, and otherwise left as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.mail.addresses import Address
from chalicelib.mail.bodies import read_content
from chalicelib.mail.mime import parse
from chalicelib.mail.raw_submission import Submission, repair
from chalicelib.mail.structure import Role
from chalicelib.mail.summary import summarise

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHOLE = (
    b"From: Me <me@x.dev>\r\nTo: a@y.dev, B <b@y.dev>\r\nCc: c@y.dev\r\nSubject: Hi\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <7@x.dev>\r\n\r\nText\r\n"
)
CORPUS = sorted((Path(__file__).parents[3] / "shared" / "corpus" / "mails").glob("*.eml"))


def _repair(raw: bytes) -> Submission:
    return repair(raw, date=NOON, message_id="1@x.dev", sender=Address("", "me@x.dev"))


def test_a_mail_that_has_all_it_needs_stays_byte_for_byte() -> None:
    submission = _repair(WHOLE)

    assert submission.raw == WHOLE
    assert submission.senders == ("me@x.dev",)
    assert submission.recipients == ("a@y.dev", "b@y.dev", "c@y.dev")
    assert (submission.subject, submission.message_id) == ("Hi", "7@x.dev")


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_every_line_end_becomes_crlf(end: bytes) -> None:
    assert _repair(WHOLE.replace(b"\r\n", end)).raw == WHOLE
    assert _repair(WHOLE.replace(b"\r\n\r\nText\r\n", b"\r\n\r\nText" + end)).raw == WHOLE


@pytest.mark.parametrize(
    "hidden",
    [
        b"Bcc: s@y.dev\r\n",
        b"BCC : s@y.dev,\r\n\t s@y.dev\r\n",
        b"bcc:\r\n s@y.dev\r\nResent-Bcc: s@y.dev\r\n",
    ],
)
def test_blind_copies_are_recipients_and_nowhere_else(hidden: bytes) -> None:
    for place in (b"From:", b"Subject:", b"\r\nText"):
        submission = _repair(WHOLE.replace(place, hidden + place, 1))

        assert submission.raw == WHOLE
        assert "s@y.dev" in submission.recipients


def test_a_blind_copy_in_the_text_is_text() -> None:
    assert _repair(WHOLE + b"Bcc: s@y.dev\r\n").raw == WHOLE + b"Bcc: s@y.dev\r\n"


def test_what_every_mail_needs_is_put_on_top_where_it_is_missing() -> None:
    assert _repair(b"To: a@y.dev\r\n\r\nText\r\n").raw == (
        b"From: me@x.dev\r\nDate: Tue, 24 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@x.dev>\r\n"
        b"To: a@y.dev\r\n\r\nText\r\n"
    )


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\n\nText", b"To: a@y.dev", b"no header", b"\xff\xfe", b"\r\r\n"])
def test_what_is_hardly_a_mail_becomes_one(raw: bytes) -> None:
    submission = _repair(raw)

    assert submission.senders == ("me@x.dev",)
    assert submission.raw.startswith(b"From: me@x.dev\r\nDate: ")
    assert b"\r\n\r\n" in submission.raw
    assert submission.raw.count(b"\r\n") == submission.raw.count(b"\n") == submission.raw.count(b"\r")


@pytest.mark.skipif(not CORPUS, reason="the corpus, ../shared/corpus/mails, is not there")
def test_repairing_twice_is_the_same_as_once() -> None:
    for path in CORPUS:
        once = _repair(path.read_bytes())

        assert _repair(once.raw).raw == once.raw, path.name


def _content(raw: bytes) -> list[tuple[Role, str | None, bytes]]:
    """What a reader sees. Line ends of text may change: a mail with bare ones cannot be sent as it is."""
    return [
        (part.role, part.file_name, read_content(raw, part).replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n"))
        for part in parse(raw).parts
        if part.role is not Role.CONTAINER
    ]


@pytest.mark.skipif(not CORPUS, reason="the corpus, ../shared/corpus/mails, is not there")
def test_repair_changes_nothing_that_a_reader_sees() -> None:
    for path in CORPUS:
        raw = path.read_bytes()
        submission = _repair(raw)
        before, after = summarise(raw, parse(raw)), summarise(submission.raw, parse(submission.raw))

        assert _content(submission.raw) == _content(raw), path.name
        assert (after.subject.split(), after.to, after.cc) == (before.subject.split(), before.to, before.cc), path.name
        assert after.bcc == (), path.name

    assert len(CORPUS) > 200
