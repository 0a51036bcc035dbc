"""Composed mails: lawful, and the same to every parser."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any

import mailparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.mail.addresses import Address, is_address
from chalicelib.mail.bodies import read_content, read_text
from chalicelib.mail.composing import Draft, DraftAttachment, compose
from chalicelib.mail.inline_references import bind_references
from chalicelib.mail.mime import parse
from chalicelib.mail.summary import body_parts, summarise

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
ME, YOU = Address("Me", "me@x.dev"), Address("", "you@y.dev")
PLAIN = Draft(from_=(ME,), to=(YOU,), subject="Hi", text="Hello, you.\n")
LOGO = DraftAttachment(
    content=PNG, file_name="l.png", media_type="image/png", content_id="logo@x.dev", disposition="inline"
)
FILE = DraftAttachment(content=b"\r\n.\r\nFrom x\x00\xff", file_name='März, "1"; größer.bin')
RICH = replace(PLAIN, html='<p>Hi <img src="cid:logo@x.dev"></p>', attachments=(LOGO, FILE))
DRAFTS = {
    "text": PLAIN,
    "empty": replace(PLAIN, text="", subject=""),
    "HTML": replace(PLAIN, text=None, html="<p>Grüße</p>"),
    "both": replace(PLAIN, html="<p>Hi</p>"),
    "everything": RICH,
    "file alone": replace(PLAIN, attachments=(FILE,)),
    "image alone": replace(PLAIN, text=None, html="<img src=cid:logo@x.dev>", attachments=(LOGO,)),
    "Japanese": replace(PLAIN, subject="こんにちは世界" * 30, text="こんにちは世界" * 500),
    "long lines": replace(PLAIN, text="x" * 5000 + "\n" + "word " * 5000, html="<p>" + "y" * 5000),
    "dots and From": replace(PLAIN, text=".\n..\nFrom me\n.x\n"),
    "trailing spaces": replace(PLAIN, text="a \nb\t\n \n\u00e4 \n"),
    "line ends": replace(PLAIN, text="a\rb\r\nc\nd"),
    "names": replace(
        PLAIN,
        from_=(Address('Jörg "J" Ünal, (CEO) <x@y.z>', "me@bücher.example"),),
        to=(Address("O'Neil, Ann", "a@y.dev"), Address("名前" * 40, "b@y.dev"), Address("A\\B", "c@y.dev")),
        cc=tuple(Address(f"Number {n}", f"n{n}@y.dev") for n in range(50)),
        reply_to=(Address("=?utf-8?q?trick?=", "r@y.dev"),),
    ),
    "long subject": replace(PLAIN, subject="word " * 300 + "x" * 2000),
    "encoded-looking subject": replace(PLAIN, subject="=?utf-8?q?Bcc:?= x"),
    "long name": replace(PLAIN, attachments=(replace(FILE, file_name="ä" * 300 + ".txt", media_type="text/plain"),)),
    "long ASCII name": replace(PLAIN, attachments=(replace(FILE, file_name="a" * 400 + ".txt"),)),
    "boundary-like text": replace(PLAIN, text="--=_x\n--=_x--\n", attachments=(FILE,)),
    "controls": replace(PLAIN, text="\x00\x01\x7f\x0b"),
    "emoji": replace(PLAIN, subject="👩‍👩‍👧‍👦" * 40, text="👩‍👩‍👧‍👦"),
}


def _compose(draft: Draft) -> bytes:
    return compose(draft, date=NOON, message_id="1@x.dev")


def lint(raw: bytes) -> list[str]:
    """What is not as RFC 5322 and RFC 2045 ask of a mail that is made."""
    faults = []
    lines = raw.split(b"\r\n")
    header = raw.partition(b"\r\n\r\n")[0] + b"\r\n"
    names = [name.decode().lower() for name in re.findall(rb"(?m)^([!-9;-~]+):", header)]
    if not raw.endswith(b"\r\n"):
        faults.append("the last line is not ended")
    if any(b"\n" in line or b"\r" in line for line in lines):
        faults.append("a bare CR or LF")
    if not raw.isascii() or b"\x00" in raw:
        faults.append("not 7bit")
    faults += [f"a line of {len(line)}" for line in lines if len(line) > 998]
    faults += [f"a header line of {len(line)}" for line in header.split(b"\r\n") if len(line) > 998]
    faults += ["a folded line of white space alone"] * bool(re.search(rb"\r\n[ \t]*(?=\r\n[ \t])", header))
    for required in ("from", "date", "message-id", "mime-version", "content-type", "subject", "to"):
        if names.count(required) != 1:
            faults.append(f"{required} stands there {names.count(required)} times")
    parsed = email.message_from_bytes(raw, policy=policy.default)
    faults += [str(defect) for part in parsed.walk() for defect in part.defects]
    boundaries = [part.get_boundary() for part in parsed.walk() if part.is_multipart()]
    if len(boundaries) != len(set(boundaries)):
        faults.append("a boundary twice")
    return faults


@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
def test_a_composed_mail_passes_the_lint(draft: Draft) -> None:
    assert lint(_compose(draft)) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a\nTo: b\r\n\r\nx\r\n",
        b"From: a\r\n\r\n" + b"x" * 999 + b"\r\n",
        b"From: a\r\n\r\n\xff\r\n",
        b"From: a\r\nFrom: b\r\n\r\nx",
        _compose(RICH).replace(b"--\r\n", b"\r\n"),
    ],
)
def test_the_lint_finds_what_it_looks_for(raw: bytes) -> None:
    assert lint(raw) != []


def _lines(text: str | None) -> list[str]:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")


def _by_standard_library(raw: bytes) -> dict[str, Any]:
    parsed = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    files = [part for part in parsed.walk() if part.get_content_disposition() is not None]
    return {
        "subject": parsed["subject"],
        "text": _lines(text.get_content() if text else None),
        "html": _lines(html.get_content() if html else None),
        "files": [(part.get_filename(), part.get_payload(decode=True)) for part in files],
    }


def _by_ours(raw: bytes) -> dict[str, Any]:
    structure = parse(raw)
    parts = body_parts(structure)
    assert structure.problems == ()
    return {
        "subject": summarise(raw, structure).subject,
        "text": _lines("".join(read_text(raw, part) for part in parts.text)),
        "html": _lines("".join(read_text(raw, part) for part in parts.html)),
        "files": [(part.file_name, read_content(raw, part)) for part in parts.attachments],
    }


@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
def test_every_parser_reads_the_draft_back(draft: Draft) -> None:
    raw = _compose(draft)
    ours, theirs = _by_ours(raw), _by_standard_library(raw)
    third = mailparser.parse_from_bytes(raw)

    assert ours["text"] == theirs["text"]
    assert ours["html"] == theirs["html"]
    assert ours["files"] == theirs["files"] == [(one.file_name, one.content) for one in draft.attachments]
    assert ours["subject"] == theirs["subject"].rstrip() == draft.subject.rstrip() == third.subject.rstrip()
    assert [one["filename"] for one in third.attachments] == [one.file_name for one in draft.attachments]
    assert [_lines(one) for one in third.text_plain[:1]] == [ours["text"]]
    if draft.text is not None:
        assert ours["text"] == _lines(draft.text)
    if draft.html is not None:
        assert ours["html"] == _lines(draft.html)


def test_mailboxes_are_read_back_with_their_names() -> None:
    draft = DRAFTS["names"]
    raw = _compose(draft)
    summary = summarise(raw, parse(raw))
    parsed = email.message_from_bytes(raw, policy=policy.default)

    assert [one.name for one in summary.from_] == [draft.from_[0].name]
    assert summary.from_[0].address == "me@xn--bcher-kva.example"
    assert (summary.to, summary.cc, summary.reply_to) == (draft.to, draft.cc, draft.reply_to)
    assert [(one.display_name, one.addr_spec) for one in parsed["cc"].addresses] == [
        (one.name, one.address) for one in draft.cc
    ]


def test_parts_are_nested_as_mail_programs_expect_it() -> None:
    structure = parse(_compose(RICH))

    assert [(part.number, part.media_type) for part in structure.parts] == [
        ("0", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "multipart/related"),
        ("1.2.1", "text/html"),
        ("1.2.2", "image/png"),
        ("2", "application/octet-stream"),
    ]
    assert [part.disposition for part in structure.parts][-2:] == ["inline", "attachment"]


@pytest.mark.parametrize(
    ("html", "bound", "named"),
    [
        ('<img src="cid:logo@x.dev">', '<img src="cid:logo@x.dev">', True),
        ('<img src="logo@x.dev">', '<img src="cid:logo@x.dev">', True),
        ("<img src=logo@x.dev.>", "<img src=cid:logo@x.dev>", True),
        ('<img src="cid:logo@elsewhere.example">', '<img src="cid:logo@x.dev">', True),
        ('<img src="CID:LOGO@X.DEV">', '<img src="CID:LOGO@X.DEV">', True),
        ('<td background="logo@x.dev">', '<td background="cid:logo@x.dev">', True),
        ("<p style=\"background:url('logo@x.dev')\">", "<p style=\"background:url('cid:logo@x.dev')\">", True),
        (
            "<style>p {b: url(cid:logo@x.dev)}</style>",
            "<style>p {b: url(cid:logo@x.dev)}</style>",
            True,
        ),
        ('<img src="https://logo@x.dev/">', '<img src="https://logo@x.dev/">', False),
        ('<img src="logo">', '<img src="logo">', False),
        ('<a href="logo@x.dev">logo@x.dev</a>', '<a href="logo@x.dev">logo@x.dev</a>', False),
        ('<img src="mailto:logo@x.dev">', '<img src="mailto:logo@x.dev">', False),
    ],
)
def test_a_reference_to_an_image_is_bound_to_it(html: str, bound: str, named: bool) -> None:  # noqa: FBT001 - a column
    assert bind_references(html, ["logo@x.dev"]) == (bound, frozenset(["logo@x.dev"] if named else []))


def test_an_image_that_the_html_does_not_name_is_a_file_like_any_other() -> None:
    structure = parse(_compose(replace(RICH, html="<p>Hi</p>")))

    assert "multipart/related" not in [part.media_type for part in structure.parts]
    assert len(body_parts(structure).attachments) == 2


def test_two_images_of_one_local_part_are_not_taken_for_each_other() -> None:
    html = '<img src="cid:a@one"><img src="cid:a@two"><img src="cid:a@three">'

    assert bind_references(html, ["a@one", "a@two"]) == (html, frozenset(["a@one", "a@two"]))


def test_a_header_that_nobody_would_read_to_its_end_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than 262144 bytes"):
        _compose(replace(PLAIN, subject="x" * 300_000))


def test_a_mail_depends_on_its_draft_alone() -> None:
    assert _compose(RICH) == _compose(RICH)


HOSTILE = ["a\r\nBcc: x@y.dev", "a\nb", "a\rb", "a\x00b", "a\x0bb", "a\x7fb", "\ud800"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_that_could_end_its_field_is_refused(text: str) -> None:
    for draft in (
        replace(PLAIN, subject=text),
        replace(PLAIN, to=(Address(text, "a@y.dev"),)),
        replace(PLAIN, to=(Address("", f"{text}@y.dev"),)),
        replace(PLAIN, headers=(("X-A", text),)),
        replace(PLAIN, headers=(("X-A" + text, "1"),)),
        replace(PLAIN, headers=(("References", f"<{text}>"),)),
        replace(PLAIN, received=(f"from {text} by b; Tue, 24 Nov 2026 10:00:00 +0000",)),
        replace(PLAIN, attachments=(replace(FILE, content_id=text),)),
        replace(PLAIN, attachments=(replace(FILE, media_type=f"a/{text}"),)),
    ):
        with pytest.raises(ValueError, match=r"\S"):
            _compose(draft)


@pytest.mark.parametrize(
    "name", ["From", "bcc", "Received", "Content-Type", "DKIM-Signature", "X-SES-MESSAGE-TAGS", ""]
)
def test_a_header_that_says_something_else_of_the_mail_cannot_be_set(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be set"):
        _compose(replace(PLAIN, headers=((name, "1"),)))


@pytest.mark.parametrize(
    "value", ["", "yesterday", "from a by b", "; Tue, 24 Nov 2026 10:00:00 +0000", "a; not a date"]
)
def test_a_received_value_without_shape_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        _compose(replace(PLAIN, received=(value,)))


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
_ONE_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=150)


@settings(max_examples=60, deadline=None)
@given(
    subject=_ONE_LINE,
    name=_ONE_LINE,
    text=_TEXTS,
    html=st.none() | _TEXTS,
    file_name=_ONE_LINE,
    content=st.binary(max_size=300),
)
def test_whatever_is_written_it_is_lawful_and_is_read_back(
    subject: str, name: str, text: str, html: str | None, file_name: str, content: bytes
) -> None:
    file = DraftAttachment(content=content, file_name=file_name)
    raw = _compose(
        replace(PLAIN, subject=subject, to=(Address(name, "a@y.dev"),), text=text, html=html, attachments=(file,))
    )
    structure = parse(raw)
    (attachment,) = body_parts(structure).attachments
    (to,) = summarise(raw, structure).to

    assert lint(raw) == []
    assert read_content(raw, attachment) == content
    assert to.address == "a@y.dev"
    assert is_address(to.address)
    assert "".join(summarise(raw, structure).subject.split()) == "".join(subject.split())
    assert _by_ours(raw)["text"] == _lines(text)
