"""How many mails a second are accepted AND readable: ours beside MailDev and Mailpit, with the same client.

A mail counts once the server's own HTTP API counts it: the clock runs from the first connection until the last mail
is readable. Four connections; a connection for each mail, and kept connections; 1.5 KB, and 800 KB with attachments.
The servers take turns, and the median of the rounds counts.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import peers, sending
from bench.report import Goal, Report, arguments, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

READABLE_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is sent in one run: the mail, how often, and how."""

    name: str
    mail: bytes
    count: int
    keep_connections: bool


def loads(scale: float) -> list[Load]:
    """The four loads, their counts times `scale`."""
    small, large = sending.small_mail(), sending.large_mail()
    return [
        Load(name="small", mail=small, count=int(4000 * scale), keep_connections=False),
        Load(name="small_kept", mail=small, count=int(4000 * scale), keep_connections=True),
        Load(name="large", mail=large, count=int(200 * scale), keep_connections=False),
        Load(name="large_kept", mail=large, count=int(200 * scale), keep_connections=True),
    ]


def rate(program: peers.Program, load: Load, folder: Path) -> float:
    """Mails a second, accepted and readable. The server is warm: it has had a few mails before the clock runs."""
    count = load.count
    if program.name == "MailDev" and not load.keep_connections:
        # It looks up the name of each peer that connects, which may take 100 ms.
        count = max(20, count // 20)
    with peers.started(program, folder) as server:
        sending.send(load.mail, port=server.smtp, count=20, keep_connections=load.keep_connections)
        _wait_until_readable(server, 20)
        began = time.perf_counter()
        sending.send(load.mail, port=server.smtp, count=count, keep_connections=load.keep_connections)
        _wait_until_readable(server, 20 + count)
        return count / (time.perf_counter() - began)


def _wait_until_readable(server: peers.Running, count: int) -> None:
    if not peers.wait_for(lambda: server.count() >= count, seconds=READABLE_SECONDS, every=0.01):
        raise SystemExit(f"{server.program.name} lost mail: {server.count()} of {count} can be read")
    if server.count() != count:
        raise SystemExit(f"{server.program.name} has {server.count()} mails of {count}")


def memory(program: peers.Program, mail: bytes, count: int, folder: Path) -> dict[str, float]:
    """The greatest memory of each process, in MiB, after so many mails: by its place in the family."""
    with peers.started(program, folder) as server:
        sending.send(mail, port=server.smtp, count=count, keep_connections=False)
        _wait_until_readable(server, count)
        return {f"process_{place}": peak for place, peak in enumerate(server.peak_memory().values())}


def measure(programs: Sequence[peers.Program], rounds: int, scale: float, workplace: Path) -> dict[str, float]:
    """The median rate of each program under each load; names as "small_kept_mailpit"."""
    medians = {}
    for load in loads(scale):
        rates: dict[str, list[float]] = {program.name: [] for program in programs}
        for number in range(rounds):
            for program in programs:
                folder = workplace / f"{load.name}-{program.name}-{number}"
                folder.mkdir()
                rates[program.name].append(rate(program, load, folder))
        for name, measured in rates.items():
            medians[f"{load.name}_{name.lower()}"] = statistics.median(measured)
            print(f"  {load.name:11} {name:9}", "  ".join(f"{one:8.1f}" for one in measured), "mails/s", flush=True)
    return medians


def judge(report: Report) -> None:
    """Say which goals were met, of those whose peer was there."""
    figures = report.figures
    # MailDev does best on kept connections: that is where it is compared.
    for name, ours, theirs, goal in (
        ("small_vs_maildev", "small_kept_restante", "small_kept_maildev", 1.5),
        ("small_vs_mailpit", "small_restante", "small_mailpit", 3.0),
        ("small_kept_vs_mailpit", "small_kept_restante", "small_kept_mailpit", 3.0),
        ("large_vs_maildev", "large_kept_restante", "large_kept_maildev", 3.0),
    ):
        if theirs in figures:
            report.goals[name] = Goal(value=figures[ours] / figures[theirs], goal=goal)
    report.goals["rss_mb"] = Goal(value=figures["rss_mb"], goal=200.0, sense="at most")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each server has its turn (default: 3)")
    parser.add_argument("--scale", type=float, default=1.0, help="times the usual number of mails (default: 1)")
    chosen = parser.parse_args()
    if shutil.which("smtp-source") is None:
        print("smtp-source (Postfix) is not on the PATH: an own light client sends instead.")
    report = Report()
    programs = peers.all_programs()
    # Removed at the end only: ext4 is slow to reuse inodes that were freed a moment ago.
    with tempfile.TemporaryDirectory(prefix="restante-bench-") as name:
        workplace = Path(name)
        report.figures.update(measure(programs, chosen.rounds, chosen.scale, workplace))
        (workplace / "memory").mkdir()
        peaks = memory(programs[0], sending.large_mail(), int(1000 * chosen.scale), workplace / "memory")
    report.figures.update({f"rss_mb_{process}": peak for process, peak in peaks.items()})
    report.figures["rss_mb"] = max(peaks.values())
    print()
    names = [program.name for program in programs]
    rows = [
        (load.name, *(f"{report.figures[f'{load.name}_{program.lower()}']:.0f}" for program in names))
        for load in loads(chosen.scale)
    ]
    print_table(("mails/s", *names), rows)
    judge(report)
    report.tell(chosen.json)


if __name__ == "__main__":
    main()
