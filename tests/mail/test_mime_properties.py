"""Properties of the parser: on any bytes at all, and on mails that a standard library wrote."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.mail import bodies, headers, mime, summary
from chalicelib.mail.bounds import Bounds
from tests.mail.invariants import broken_invariants

PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: multipart/alternative; boundary=bb\r\n",
        b"Content-Type: multipart/digest; boundary=b--\n",
        b"Content-Type: multipart/mixed\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Type: text/html; charset=x\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1*=%A9\n",
        b"Subject: =?utf-8?q?=C3?= =?utf-8?b?qQ?=\n",
        b"From: =?x?q?a?= <a@b>, (c \n",
        b"no field\n",
        b"From a@b\n",
        b" folded\n",
        b"--b\n",
        b"--b--\n",
        b"--bb\r\n",
        b"--bb--\r\n",
        b"--b----\n",
        b"--b \t\n",
        b"--",
        b"\n",
        b"\r\n",
        b"\r",
        b"\0",
        b"aGVsbG8=\n",
        b"=C3=A9 =\n",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
    ]
)
UNTIDY = st.lists(st.one_of(PIECES, st.binary(max_size=5)), max_size=60).map(b"".join)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"], include_characters=" "), max_size=200)


@settings(max_examples=500)
@given(UNTIDY)
def test_any_bytes_have_a_structure_that_holds_together(raw: bytes) -> None:
    assert broken_invariants(raw, mime.parse(raw)) == []


@given(UNTIDY)
def test_everything_about_any_bytes_can_be_read(raw: bytes) -> None:
    structure = mime.parse(raw)
    shown = summary.summarise(raw, structure)
    texts = [bodies.read_text(raw, part) for part in structure.parts]
    values = [field.value for field in headers.read_fields(raw)]

    assert "".join([shown.subject, shown.message_id, *texts, *values]).encode() is not None


@given(UNTIDY, st.integers(min_value=1, max_value=4), st.integers(min_value=1, max_value=6))
def test_bounds_hold_whatever_the_bytes(raw: bytes, depth: int, parts: int) -> None:
    bounds = Bounds(depth=depth, parts=parts, header_bytes=40, parameters=2, problems=3, digested=1)
    structure = mime.parse(raw, bounds)

    assert broken_invariants(raw, structure) in ([], ["content has digests"])
    assert len(structure.parts) <= parts
    assert len(structure.problems) <= 3


@given(
    policy=st.sampled_from([SMTP, SMTPUTF8, SMTP.clone(linesep="\n")]),
    subject=TEXT,
    text=TEXT,
    html=TEXT,
    attached=st.binary(max_size=200),
    name=TEXT,
)
def test_what_was_written_is_read(
    policy: EmailPolicy, subject: str, text: str, html: str, attached: bytes, name: str
) -> None:
    message = EmailMessage(policy=policy)
    message["Subject"] = subject
    message["From"] = "Ann <ann@sender.example>"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    message.add_attachment(attached, maintype="application", subtype="x-any", filename=name)
    raw = message.as_bytes()
    structure = mime.parse(raw)
    parts = summary.body_parts(structure)

    assert structure.problems == ()
    assert summary.summarise(raw, structure).subject.split() == subject.split()
    assert bodies.read_text(raw, parts.text[0]).rstrip("\n") == text.rstrip("\n")
    assert bodies.read_text(raw, parts.html[0]).rstrip("\n") == html.rstrip("\n")
    assert bodies.read_content(raw, parts.attachments[0]) == attached
