"""Reading a mail of 24 MB over HTTP from real servers: for the first time, and again.

Several such mails come by SMTP, so that there is a first time for each; the servers take turns. That the bytes of a
mail are still in the system's memory is so for all of them.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from bench import filling, peers
from bench.api import QUESTIONS, deliver
from bench.report import Goal, print_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.report import Report

MAILS = 8
WARM = 200
WARM_SECONDS = 20.0
"""No server is asked the same for longer."""
SETTLE_SECONDS = 120.0
HEADERS = {"Mailsac-Key": peers.KEY}
WHAT = ("text", "body", "headers", "attachment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Milliseconds."""

    p50: float
    p99: float


def _restante(one: str) -> Mapping[str, str]:
    inbox = peers.RECIPIENT
    message = f"/api/addresses/{inbox}/messages/{one}"
    return {
        "text": f"/api/text/{inbox}/{one}",
        "body": f"/api/body/{inbox}/{one}",
        "headers": f"{message}/headers",
        "attachment": f"{message}/attachments/0.bin",
    }


def _mailpit(one: str) -> Mapping[str, str]:
    return {
        "text": f"/view/{one}.txt",
        "body": f"/view/{one}.html",
        "headers": f"/api/v1/message/{one}/headers",
        "attachment": f"/api/v1/message/{one}/part/2",
    }


def _maildev(one: str) -> Mapping[str, str]:
    # It has no request for the text or the headers alone.
    message = f"/api/email/{one}"
    return {"text": message, "body": f"{message}/html", "headers": message}


TARGETS: Mapping[str, Callable[[str], Mapping[str, str]]] = {
    "Restante": _restante,
    "Mailpit": _mailpit,
    "MailDev": _maildev,
}


def compare(report: Report) -> None:
    """Start all servers that are here, read from each, and tell."""
    found: dict[tuple[str, str, str], Times] = {}
    with tempfile.TemporaryDirectory(prefix="restante-bench-") as name, ExitStack() as stack:
        servers: dict[str, peers.Running] = {}
        for program in peers.all_programs():
            folder = Path(name) / program.name
            folder.mkdir()
            servers[program.name] = stack.enter_context(peers.started(program, folder))
        for server in servers.values():
            _fill(server)
        ids = {called: QUESTIONS[called](server.http).newest(MAILS) for called, server in servers.items()}
        for what in WHAT:
            for called, server in servers.items():
                cold, warm = _read(server.http, [_target(server, one, what) for one in ids[called]])
                found[what, "cold", called], found[what, "warm", called] = _times(cold), _times(warm)
    _tell(report, found)


def _target(server: peers.Running, one: str, what: str) -> str:
    known = TARGETS[server.program.name](one)
    if what in known:
        return known[what]
    # MailDev names attachments itself, and tells the names with the message.
    with closing(HTTPConnection("127.0.0.1", server.http, timeout=120)) as connection:
        message = json.loads(_ask(connection, known["text"])[1])
    return f"{known['text']}/attachment/{quote(message['attachments'][0]['generatedFileName'])}"


def _large_mail() -> bytes:
    """A mail of 24 MB: a short text, a little HTML, and four attachments."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Sender <sender@shop.example>", peers.RECIPIENT, "Large"
    mail.set_content("A short text in a large mail.\r\n")
    mail.add_alternative("<p>A <b>short</b> text in a large mail.</p>\r\n", subtype="html")
    chance = random.Random(24)
    for number in range(4):
        # Base64 makes four letters of three bytes, and lines of them.
        content = chance.randbytes(filling.LARGE_BYTES // 4 * 54 // 73)
        mail.add_attachment(content, "application", "octet-stream", filename=f"{number}.bin")
    return mail.as_bytes()


def _fill(server: peers.Running) -> None:
    mail = _large_mail()
    taken = deliver(server.smtp, iter([(peers.RECIPIENT, mail)] * MAILS), SETTLE_SECONDS)
    peers.wait_for(lambda: server.count() >= taken, seconds=SETTLE_SECONDS, every=0.2)
    print(f"  {server.program.name}: {server.count()} mails of 24 MB", flush=True)


def _read(port: int, targets: list[str]) -> tuple[list[float], list[float]]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        # The first opens the connection.
        _ask(connection, "/")
        cold = [_ask(connection, target)[0] for target in targets]
        deadline = time.perf_counter() + WARM_SECONDS
        warm: list[float] = []
        while len(warm) < WARM and (time.perf_counter() < deadline or len(warm) < MAILS):
            warm.append(_ask(connection, targets[len(warm) % len(targets)])[0])
    return cold, warm


def _ask(connection: HTTPConnection, target: str) -> tuple[float, bytes]:
    """How many milliseconds the answer took, and its body."""
    began = time.perf_counter()
    connection.request("GET", target, headers=HEADERS)
    reply = connection.getresponse()
    body = reply.read()
    took = (time.perf_counter() - began) * 1000
    if target != "/" and (reply.status != 200 or not body):
        raise SystemExit(f"{target} was answered with {reply.status} and {len(body)} bytes")
    return took, body


def _times(took: list[float]) -> Times:
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    return Times(p50=cuts[49], p99=cuts[98])


def _tell(report: Report, found: Mapping[tuple[str, str, str], Times]) -> None:
    print()
    print_table(
        ("24 MB mail", "", "program", "p50 ms", "p99 ms"),
        [(*names, f"{times.p50:.2f}", f"{times.p99:.2f}") for names, times in found.items()],
    )
    for (what, when, program), times in found.items():
        report.figures[f"{what}_{when}_p50_{program.lower()}"] = times.p50
        report.figures[f"{what}_{when}_p99_{program.lower()}"] = times.p99
    ours = found["text", "cold", "Restante"].p50
    report.goals["cold_text_ms"] = Goal(value=ours, goal=5.0, sense="at most")
    report.goals["warm_text_ms"] = Goal(value=found["text", "warm", "Restante"].p50, goal=1.5, sense="at most")
    for peer in ("Mailpit", "MailDev"):
        if ("text", "cold", peer) in found:
            report.goals[f"cold_text_vs_{peer.lower()}"] = Goal(value=found["text", "cold", peer].p50 / ours, goal=10.0)
