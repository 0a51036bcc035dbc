"""Mails made to hurt a parser, and a process of its own in which one is read and measured.

`python -m tests.mail.hostile NAME` prints what it took, as JSON: CPU seconds, and the most memory the process held.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

from chalicelib.mail import bodies, headers, mime, summary, trace
from chalicelib.mail.structure import to_document
from tests.mail.peak import peak_memory

if TYPE_CHECKING:
    from collections.abc import Callable

SUBJECT = "still right"
FIELDS = b"From: Ann <ann@sender.example>\r\nSubject: still right\r\nDate: Mon, 2 Feb 2026 09:15:00 +0100\r\n"
MULTIPART = FIELDS + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def header(before: Callable[[], bytes]) -> Callable[[], bytes]:
    """Put a field, or many, before the others."""
    return lambda: before() + b"\r\n" + FIELDS + b"\r\ntext\r\n"


def body(encoding: bytes, content: Callable[[], bytes]) -> Callable[[], bytes]:
    """Put content under a transfer encoding."""
    return lambda: FIELDS + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + content()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "multiparts nested 3,000 deep": lambda: (
        FIELDS + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(3000))
    ),
    "messages nested 3,000 deep": lambda: FIELDS + b"Content-Type: message/rfc822\r\n\r\n" * 3000 + b"x" * 10_000_000,
    "one boundary nested 50,000 deep": lambda: (
        FIELDS + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 50_000
    ),
    "100,000 parts": lambda: MULTIPART + b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 100_000 + b"--b--\r\n",
    "1,000,000 delimiters": lambda: MULTIPART + b"--b\r\n" * 1_000_000,
    "1,000,000 closing delimiters": lambda: MULTIPART + b"--b\r\n\r\nx\r\n" + b"--b--\r\n" * 1_000_000,
    "10 MB of header fields": header(lambda: b"\r\n".join([b"X-Y: abc"] * 1_000_000)),
    "one header field of 10 MB": header(lambda: b"X-Y: " + b"abc " * 2_500_000),
    "one header field of 2,500,000 folds": header(lambda: b"X-Y: a\r\n" + b" b\r\n" * 2_500_000 + b" c"),
    "10 MB of header lines that are no fields": header(lambda: b"A: b\r\n" + b"junk\n" * 2_000_000 + b"A: b"),
    "400,000 content types": header(lambda: b"\r\n".join([b"Content-Type: text/plain"] * 400_000)),
    "50,000 parameters": header(lambda: b"Content-Type: text/plain" + b"".join(b"; p%d=v" % i for i in range(50_000))),
    "50,000 continued parameters": header(
        lambda: b"Content-Type: a/b" + b"".join(b"; p*%d=v" % i for i in range(50_000))
    ),
    "5,000,000 semicolons": header(lambda: b"Content-Type: text/plain" + b";" * 5_000_000),
    "5,000,000 quotes in a parameter": header(lambda: b"Content-Type: text/plain; " + b'"' * 5_000_000),
    "5,000,000 backslashes in a parameter": header(lambda: b'Content-Type: text/plain; a="' + b"\\" * 5_000_001),
    "5,000,000 spaces in a parameter": header(lambda: b"Content-Type: text/plain; a" + b" " * 5_000_000 + b"b"),
    "5,000,000 parentheses in a content type": header(lambda: b"Content-Type: text/plain " + b"(" * 5_000_000),
    "2,000,000 lines that start with the boundary": lambda: MULTIPART + b"--bx\r\n" * 2_000_000,
    "8,000,000 lines that start with dashes": lambda: MULTIPART + b"--\n" * 8_000_000,
    "40 MB of dashed lines ended by bare CR": lambda: MULTIPART.replace(b"\r\n", b"\r") + b"--x\r" * 10_000_000,
    "one line of 40 MB": body(b"7bit", lambda: b"x" * 40_000_000),
    "one line of 40 MB, quoted-printable": body(b"quoted-printable", lambda: b"=41" * 13_000_000),
    "one line of 40 MB, base64": body(b"base64", lambda: b"QUJD" * 10_000_000),
    "20 MB of empty quoted-printable lines": body(b"quoted-printable", lambda: b" \n" * 10_000_000),
    "20 MB of spaces, quoted-printable": body(b"quoted-printable", lambda: b" " * 20_000_000),
    "40 MB of padded base64 lines": body(b"base64", lambda: (b"QUJD" * 20 + b"QQ==\n") * 470_000),
    "40 MB of base64 with noise": body(b"base64", lambda: (b"QUJD" * 20 + b"=\n") * 480_000),
    "20 MB of empty uuencoded lines": body(b"x-uuencode", lambda: b"begin 644 x\n" + b"!\n" * 10_000_000),
    "800,000 encoded words": header(lambda: b"Comments: " + b"=?utf-8?q?a?= " * 800_000),
    "2,000,000 encoded words that never end": header(lambda: b"Comments: " + b"=?a?q?" * 2_000_000),
    "500,000 recipients": header(lambda: b"To: c@d.example" + b", x@y.example" * 500_000),
    "5,000,000 parentheses in an address": header(lambda: b"To: " + b"(" * 5_000_000),
    "5,000,000 brackets in an address": header(lambda: b"To: a@b.example, " + b"[" * 5_000_000),
    "5,000,000 quotes in an address": header(lambda: b"To: a@b.example, " + b'"' * 5_000_000),
    "5,000,000 angles in an address": header(lambda: b"To: a@b.example, " + b"<@" * 2_500_000),
    "5,000,000 words in an address": header(lambda: b"To: a@b.example, " + b"a " * 5_000_000),
    "3,000,000 parentheses in a date": header(lambda: b"Date: " + b"(" * 3_000_000),
    "100,000 hops": header(lambda: b"\r\n".join([b"Received: from a by b; Mon, 2 Feb 2026 09:15:00 +0100"] * 100_000)),
    "100 hops of many clauses": header(
        lambda: b"\r\n".join([b"Received: from x by y " + b"with envelope-from " * 250] * 100)
    ),
    "a hop of 5 MB": header(lambda: b"Received: from (" + b"a by " * 1_000_000),
}


def read(raw: bytes) -> str:
    """Read all that is read of a mail at its arrival and its first showing; answers with the subject."""
    structure = mime.parse(raw)
    shown = summary.summarise(raw, structure)
    to_document(structure)
    fields = headers.read_fields(memoryview(raw)[slice(*structure.parts[0].header)])
    for field in fields:
        _ = field.value
    trace.read_hops(fields)
    return shown.subject


def main(name: str) -> None:
    """Read one hostile mail and print what it took."""
    raw = HOSTILE[name]()
    trace.read_hops(headers.read_fields(b"Received: from a by b\n"))
    started = time.process_time()
    subject = read(raw)
    seconds = time.process_time() - started
    structure = mime.parse(raw)
    most = peak_memory()
    text = next((part for part in structure.parts if part.role.value == "text"), structure.parts[0])
    bodies.read_content(raw, text)
    json.dump({"subject": subject, "seconds": seconds, "memory": most, "size": len(raw)}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
