"""What lists show of a mail."""

from __future__ import annotations

import hashlib

from chalicelib.mail.mime import parse
from chalicelib.mail.summary import Summary, body_parts, summarise

MAIL = (
    b"Subject: one\n"
    b"SUBJECT: two\n"
    b"Message-ID: <id@example>\n"
    b"Content-Type: multipart/mixed; boundary=b\n"
    b"\n"
    b"--b\n\ntext\n"
    b"--b\nContent-Type: text/html\n\nhtml\n"
    b"--b\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: image/png\n\npng\n"
    b"--b--\n"
)


def test_the_first_of_two_fields_counts() -> None:
    assert summarise(MAIL, parse(MAIL)).subject == "one"


def test_a_message_id_has_no_brackets() -> None:
    assert summarise(MAIL, parse(MAIL)).message_id == "id@example"


def test_attachments_are_told_by_their_digests() -> None:
    message = b"Subject: inner\nContent-Type: image/png\n\npng"

    assert summarise(MAIL, parse(MAIL)).attachments == (hashlib.md5(message).hexdigest(),)


def test_a_mail_without_fields_has_an_empty_summary() -> None:
    assert summarise(b"", parse(b"")) == Summary()


def test_parts_inside_a_message_are_not_the_mails_own() -> None:
    parts = body_parts(parse(MAIL))

    assert [part.number for part in parts.text] == ["1"]
    assert [part.number for part in parts.html] == ["2"]
    assert [part.number for part in parts.attachments] == ["3"]
