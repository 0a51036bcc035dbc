"""How fast mail is parsed, and in how much memory, beside other parsers: `python -m bench.parse [--json FILE]`.

Three mails: 1.5 KB of two alternatives, 800 KB with an attachment, 24 MB with two of 9 MB. Each parser reads each of
them in a process of its own: CPU time is the best of several runs, memory the most that the process held beyond what
it held with the parser loaded and the mail in memory. Ours finds every part, digests all content (MD5 and SHA-256) and
reads the fields that lists show; the others decode all content and make no digests.
Then HTML of 30 KB, a table with a link in each row, is sanitised, beside nh3 as it comes (one net, no limits of ours).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib
import itertools
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.report import Goal, Report, arguments, print_table

if TYPE_CHECKING:
    from collections.abc import Callable

KB = 1000
LINES = b"Thank you for your order, it will be sent =E2=80=93 as always =E2=80=93 today.\r\n"
FIELDS = (
    b"Received: from mail.sender.example (mail.sender.example [192.0.2.1])\r\n"
    b"\tby mx.restante.example (Restante) with ESMTPS id 4F2A;\r\n\tTue, 03 Mar 2026 10:20:31 +0100\r\n"
    b"From: Ann Sender <ann@sender.example>\r\n"
    b"To: Bob <bob@restante.example>, Carol <carol@restante.example>\r\n"
    b"Subject: =?utf-8?q?Ihre_Bestellung_=E2=80=93?= number 17\r\n"
    b"Date: Tue, 03 Mar 2026 10:20:30 +0100\r\n"
    b"Message-ID: <17.4F2A@sender.example>\r\n"
    b"MIME-Version: 1.0\r\n"
)


def alternatives(lines: int) -> bytes:
    """Write text and HTML, quoted-printable, as two alternatives of so many lines each."""
    part = b"--alt\r\nContent-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%b\r\n"
    return (
        b"Content-Type: multipart/alternative; boundary=alt\r\n\r\n"
        + part % (b"plain", LINES * lines)
        + part % (b"html", b"<p>" + LINES * lines)
        + b"--alt--\r\n"
    )


def with_attachments(sizes: list[int], lines: int) -> bytes:
    """Write a multipart/mixed with alternatives and attachments of so many bytes each."""
    chance = random.Random(1)
    pieces = [FIELDS, b'Content-Type: multipart/mixed; boundary="=_mixed"\r\n\r\n--=_mixed\r\n', alternatives(lines)]
    for number, size in enumerate(sizes):
        content = base64.encodebytes(chance.randbytes(size)).replace(b"\n", b"\r\n")
        pieces.append(
            b'--=_mixed\r\nContent-Type: application/pdf; name="%d.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
            b'Content-Disposition: attachment; filename="%d.pdf"\r\n\r\n%b' % (number, number, content)
        )
    return b"".join([*pieces, b"--=_mixed--\r\n"])


MAILS: dict[str, tuple[Callable[[], bytes], int]] = {
    # name: (the mail, how many runs)
    "1.5 KB": (lambda: FIELDS + alternatives(4), 1000),
    "800 KB": (lambda: with_attachments([500 * KB], 400), 20),
    "24 MB": (lambda: with_attachments([9000 * KB] * 2, 400), 5),
}


def floor() -> Callable[[bytes], object]:
    """Do what cannot be left out: one look at every byte, one decode, one digest of each kind."""
    pybase64 = importlib.import_module("pybase64")

    def read(raw: bytes) -> None:
        view = memoryview(raw)
        delimiters = [found.start() for found in re.finditer(rb"\n--=_mixed", raw)]
        for delimiter, end in itertools.pairwise(delimiters):
            body = raw.find(b"\r\n\r\n", delimiter) + 4
            if raw.find(b"base64", delimiter, body) < 0:
                continue
            for start in range(body, end, 78 * 840):
                content = pybase64.b64decode(view[start : min(end, start + 78 * 840)])
                hashlib.md5(content).digest()
                hashlib.sha256(content).digest()

    return read


def ours() -> Callable[[bytes], object]:
    """Structure and summary, as at the arrival of a mail."""
    mime = importlib.import_module("chalicelib.mail.mime")
    summary = importlib.import_module("chalicelib.mail.summary")
    return lambda raw: summary.summarise(raw, mime.parse(raw))


def mail_parser() -> Callable[[bytes], object]:
    """SpamScope's mail-parser, which parses and decodes at once."""
    module = importlib.import_module("mailparser")
    return module.parse_from_bytes  # type: ignore[no-any-return]


def stdlib() -> Callable[[bytes], object]:
    """Python's own email package, each part decoded."""
    module = importlib.import_module("email")
    return lambda raw: [part.get_payload(decode=True) for part in module.message_from_bytes(raw).walk()]


def fast_mail_parser() -> Callable[[bytes], object]:
    """fast-mail-parser, written in Rust."""
    module = importlib.import_module("fast_mail_parser")
    return module.parse_email  # type: ignore[no-any-return]


PARSERS = {
    "restante": ours,
    "mail-parser": mail_parser,
    "stdlib email": stdlib,
    "fast-mail-parser": fast_mail_parser,
    "floor": floor,
}


def held() -> int:
    """Tell the most memory this process held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measure(parser: str, path: str, runs: int) -> dict[str, float]:
    """Measure one parser on the mail of a file, in this process: seconds of CPU time, and bytes."""
    read = PARSERS[parser]()
    read(FIELDS + b"\r\nwarm up\r\n")
    raw = Path(path).read_bytes()
    before = held()
    read(raw)
    memory = held() - before
    best = float("inf")
    for _ in range(runs):
        started = time.process_time()
        read(raw)
        best = min(best, time.process_time() - started)
    return {"seconds": best, "memory": memory}


def measure_apart(parser: str, path: Path, runs: int) -> dict[str, float] | None:
    """Measure in a process of its own; None when the parser is not installed."""
    command = [sys.executable, "-m", "bench.parse", "--measure", parser, str(path), str(runs)]
    done = subprocess.run(command, capture_output=True, check=False)
    if b"ModuleNotFoundError" in done.stderr:
        print(f"{parser} is not installed and left out")
        return None
    done.check_returncode()
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def measure_all() -> dict[tuple[str, str], dict[str, float]]:
    """Measure every parser on every mail."""
    figures = {}
    parsers = list(PARSERS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mail.eml"
        for mail, (write, runs) in MAILS.items():
            path.write_bytes(write())
            for parser in list(parsers):
                if (measured := measure_apart(parser, path, runs)) is None:
                    parsers.remove(parser)
                else:
                    figures[mail, parser] = measured
    return figures


def sanitise_all(report: Report) -> None:
    """Measure what makes HTML safe, in this process."""
    row = '<tr><td class="a"><a href="https://shop.example/%d">Thank you for your order, it will be sent.</a></td></tr>'
    html = f"<table>{''.join(row % number for number in range(280))}</table>"
    rows = []
    for name, sanitise in (
        ("restante", importlib.import_module("chalicelib.mail.sanitising").sanitise),
        ("nh3", importlib.import_module("nh3").clean),
    ):
        best = float("inf")
        for _ in range(50):
            started = time.process_time()
            sanitise(html)
            best = min(best, time.process_time() - started)
        per_kb = best * 1000 / (len(html) / KB)
        report.figures[f"sanitise, {name}: ms/KB"] = per_kb
        rows.append((name, f"{per_kb:.3f}", f"{report.figures['sanitise, restante: ms/KB'] / per_kb:.2f}"))
    print()
    print_table(("sanitise", "CPU ms/KB", "ours / theirs"), rows)


def main() -> None:
    """Read the command line, measure, print."""
    options = arguments(__doc__)
    options.add_argument("--measure", nargs=3, metavar=("PARSER", "FILE", "RUNS"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.measure:
        parser, path, runs = chosen.measure
        print(json.dumps(measure(parser, path, int(runs))))
        return
    measured = measure_all()
    report = Report()
    rows = []
    for (mail, parser), figure in measured.items():
        share = measured[mail, "restante"]["seconds"] / figure["seconds"]
        megabytes = figure["memory"] / 2**20
        rows.append((mail, parser, f"{figure['seconds'] * 1000:.3f}", f"{share:.2f}", f"{megabytes:.1f}"))
        report.figures[f"{mail}, {parser}: ms"] = figure["seconds"] * 1000
        report.figures[f"{mail}, {parser}: MB"] = megabytes
        report.figures[f"{mail}, {parser}: ours / theirs"] = share
    print_table(("mail", "parser", "CPU ms", "ours / theirs", "memory MB"), rows)
    for mail, share in (("24 MB", 1 / 6), ("1.5 KB", 1 / 2)):
        if (mail, "mail-parser") in measured:
            value = report.figures[f"{mail}, mail-parser: ours / theirs"]
            report.goals[f"{mail}: share of mail-parser's time"] = Goal(value=value, goal=share, sense="at most")
    memory = report.figures["24 MB, restante: MB"]
    report.goals["24 MB: memory beyond the mail, MB"] = Goal(value=memory, goal=8, sense="at most")
    sanitise_all(report)
    report.tell(chosen.json)


if __name__ == "__main__":
    main()
