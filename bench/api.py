"""How fast mail is read over HTTP: ours beside MailDev and Mailpit, the same mail, the same client, in turns.

Ten thousand mails for one address and one of 24 MB come in by SMTP. Asked for are then: a list of the newest 50; one
message with its text (which takes ours two requests, timed together); the text of the large one. Then come mails for a
thousand other addresses, and a word is searched among all. MailDev has no search. One kept connection for the times,
four for the requests a second.

Mailpit and MailDev take mail by SMTP only, so theirs is bounded in time; what they got is told. Ours is written
straight into its index.
"""

from __future__ import annotations

import json
import smtplib
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import filling, peers
from bench.report import Goal, Report, arguments, print_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

IN_INBOX = 10_000
CONNECTIONS = 4
RATE_SECONDS = 3.0
MOST_SECONDS = 60.0
"""No question is asked longer than this, however slow its answers are."""
SETTLE_SECONDS = 60.0
COUNTS = {"list": 300, "read": 300, "large_text": 40, "search": 200}
WARM = 5
"""The first few open the connection and warm caches: they do not count, for any program."""
LEAST = 20
HEADERS = {"Mailsac-Key": peers.KEY}

Targets = tuple[str, ...]
"""Requests that belong together: asked one after the other, and timed as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """How a program is asked: for the ids of its newest mails, and from an id or word to the targets to ask."""

    newest: Callable[[int], list[str]]
    listing: Targets
    message: Callable[[str], Targets]
    text: Callable[[str], Targets]
    search: Callable[[str], Targets] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What was measured for one question: requests a second, and milliseconds."""

    rate: float
    p50: float
    p99: float


Measured = dict[str, dict[str, Times]]
"""By question, then by program."""


def _ask(connection: HTTPConnection, target: str) -> bytes:
    connection.request("GET", target, headers=HEADERS)
    reply = connection.getresponse()
    body = reply.read()
    if reply.status != 200:
        raise SystemExit(f"{target} was answered with {reply.status}: {body[:200]!r}")
    return body


def _json(port: int, target: str) -> Any:
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        return json.loads(_ask(connection, target))


def _restante(port: int) -> Questions:
    inbox = f"/api/addresses/{peers.RECIPIENT}/messages"
    return Questions(
        newest=lambda limit: [one["_id"] for one in _json(port, f"{inbox}?limit={limit}")],
        listing=(f"{inbox}?limit=50",),
        message=lambda one: (f"{inbox}/{one}", f"/api/text/{peers.RECIPIENT}/{one}"),
        text=lambda one: (f"/api/text/{peers.RECIPIENT}/{one}",),
        search=lambda word: (f"/api/inbox-search?query={word}",),
    )


def _mailpit(port: int) -> Questions:
    listing = "/api/v1/messages?limit="
    return Questions(
        newest=lambda limit: [one["ID"] for one in _json(port, f"{listing}{limit}")["messages"]],
        listing=(f"{listing}50",),
        message=lambda one: (f"/api/v1/message/{one}",),
        text=lambda one: (f"/view/{one}.txt",),
        search=lambda word: (f"/api/v1/search?query={word}&limit=100",),
    )


def _maildev(port: int) -> Questions:
    listing = "/api/email/summary?limit="
    return Questions(
        newest=lambda limit: [one["id"] for one in _listed(_json(port, f"{listing}{limit}"))],
        listing=(f"{listing}50",),
        message=lambda one: (f"/api/email/{one}",),
        text=lambda one: (f"/api/email/{one}",),
        search=None,
    )


def _listed(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else next(value for value in answer.values() if isinstance(value, list))


QUESTIONS = {"Restante": _restante, "Mailpit": _mailpit, "MailDev": _maildev}


def timed(asked: dict[int, Sequence[Targets]], count: int) -> dict[int, Times]:
    """Put `count` questions to each program, by its port, in turns on a connection each; then for the rate on several.

    In turns, so that whatever else the machine does is borne by all.
    """
    took: dict[int, list[float]] = {port: [] for port in asked}
    deadline = time.perf_counter() + MOST_SECONDS
    with ExitStack() as stack:
        connections = {port: stack.enter_context(closing(_connection(port))) for port in asked}
        for number in range(count + WARM):
            if time.perf_counter() > deadline and number > LEAST:
                break
            for port, targets in asked.items():
                began = time.perf_counter()
                for target in targets[number % len(targets)]:
                    _ask(connections[port], target)
                took[port].append((time.perf_counter() - began) * 1000)
    cuts = {port: statistics.quantiles(each[WARM:], n=100, method="inclusive") for port, each in took.items()}
    return {port: Times(rate=_rate(port, asked[port]), p50=cuts[port][49], p99=cuts[port][98]) for port in asked}


def _connection(port: int) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", port, timeout=120)


def _rate(port: int, asked: Sequence[Targets]) -> float:
    deadline = time.perf_counter() + RATE_SECONDS

    def one_connection(start: int) -> int:
        done = 0
        with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
            while time.perf_counter() < deadline:
                for target in asked[(start + done) % len(asked)]:
                    _ask(connection, target)
                done += 1
        return done

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        began = time.perf_counter()
        done = sum(threads.map(one_connection, range(CONNECTIONS)))
        return done / (time.perf_counter() - began)


def deliver(port: int, wanted: Iterator[tuple[str, bytes]], seconds: float) -> int:
    """Send these mails on several connections for so long at most; answers with how many were taken."""
    deadline = time.monotonic() + seconds
    lock = threading.Lock()

    def one_connection(_: int) -> int:
        sent = 0
        with smtplib.SMTP("127.0.0.1", port, timeout=120) as sender:
            while time.monotonic() < deadline:
                with lock:
                    following = next(wanted, None)
                if following is None:
                    break
                sender.sendmail("sender@shop.example", [following[0]], following[1])
                sent += 1
        return sent

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        return sum(threads.map(one_connection, range(CONNECTIONS)))


def measure(programs: Sequence[peers.Program], workplace: Path, messages: int, fill_seconds: float) -> Measured:
    """Start and fill all programs, and ask them everything; answers by question and program."""
    with ExitStack() as stack:
        servers = {}
        for program in programs:
            folder = workplace / program.name
            folder.mkdir()
            if program.name == "Restante":
                filling.open_store(folder).database.close()
            servers[program.name] = stack.enter_context(peers.started(program, folder))
        for server in servers.values():
            _fill_inbox(server, fill_seconds)
        questions = {name: QUESTIONS[name](server.http) for name, server in servers.items()}
        newest = {name: one.newest(200) for name, one in questions.items()}
        asked = {
            "list": {name: [one.listing] for name, one in questions.items()},
            "read": {name: [one.message(id_) for id_ in newest[name][1:]] for name, one in questions.items()},
            "large_text": {name: [one.text(newest[name][0])] for name, one in questions.items()},
        }
        found = {question: _by_name(servers, targets, COUNTS[question]) for question, targets in asked.items()}
        searching = {name: one.search for name, one in questions.items() if one.search is not None}
        for name in searching:
            _fill(servers[name], workplace / name, messages, fill_seconds)
        words = [filling.word(number) for number in range(0, filling.VOCABULARY, 37)]
        searches = {name: [search(word) for word in words] for name, search in searching.items()}
        found["search"] = _by_name(servers, searches, COUNTS["search"])
    return found


def _by_name(servers: dict[str, peers.Running], asked: dict[str, list[Targets]], count: int) -> dict[str, Times]:
    times = timed({servers[name].http: targets for name, targets in asked.items()}, count)
    return {name: times[servers[name].http] for name in asked}


def _fill_inbox(server: peers.Running, seconds: float) -> None:
    taken = deliver(server.smtp, filling.mails(IN_INBOX, recipient=peers.RECIPIENT), seconds)
    taken += deliver(server.smtp, iter([(peers.RECIPIENT, filling.large_mail())]), max(seconds, 1.0))
    peers.wait_for(lambda: server.count() >= taken, seconds=SETTLE_SECONDS, every=0.2)
    print(f"  {server.program.name}: {server.count()} mails for one address", flush=True)


def _fill(server: peers.Running, folder: Path, messages: int, seconds: float) -> None:
    program = server.program
    began = time.monotonic()
    if program.name == "Restante":
        backend = filling.open_store(folder)
        got = filling.fill(backend, filling.mails(messages))
        backend.database.close()
    else:
        got = deliver(server.smtp, filling.mails(messages), seconds)
    passed = time.monotonic() - began
    print(f"  {program.name}: {got} of {messages} mails more to search among, in {passed:.0f} s", flush=True)


def judge(report: Report) -> None:
    """Say which goals were met; they are all beside Mailpit."""
    for name, figure, goal in (
        ("list_p99_vs_mailpit", "list_p99", 1.0),
        ("read_p99_vs_mailpit", "read_p99", 1.0),
        ("search_p50_vs_mailpit", "search_p50", 1 / 3),
    ):
        with suppress(KeyError):
            value = report.figures[f"{figure}_restante"] / report.figures[f"{figure}_mailpit"]
            report.goals[name] = Goal(value=value, goal=goal, sense="at most")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--messages", type=int, default=100_000, help="mails to search among (full run: 1000000)")
    parser.add_argument("--fill-seconds", type=float, default=300.0, help="how long a peer is filled at most")
    parser.add_argument("--only", action="append", help="this program only; may be given again")
    chosen = parser.parse_args()
    programs = [one for one in peers.all_programs() if not chosen.only or one.name in chosen.only]
    report = Report()
    rows = []
    with tempfile.TemporaryDirectory(prefix="restante-bench-") as name:
        for question, by_program in measure(programs, Path(name), chosen.messages, chosen.fill_seconds).items():
            for program, times in by_program.items():
                rows.append((question, program, f"{times.rate:.0f}", f"{times.p50:.2f}", f"{times.p99:.2f}"))
                for figure in ("rate", "p50", "p99"):
                    report.figures[f"{question}_{figure}_{program.lower()}"] = getattr(times, figure)
    print()
    print_table(("question", "program", "requests/s", "p50 ms", "p99 ms"), sorted(rows, key=lambda row: row[0]))
    judge(report)
    report.tell(chosen.json)


if __name__ == "__main__":
    main()
