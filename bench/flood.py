"""The outage, replayed: four addresses flood the server with mail; does anybody else notice?

127.0.0.11 to 127.0.0.14 send as fast as they can, 25 connections each, while 127.0.0.20 sends 10 mails a second and one
client reads the API 50 times a second. Told are the API's times before, during and after, what became of the honest
mail, how soon the flood was shut out, and how soon a block by hand counts while the HTTP process stands still.

Ours is started with RESTANTE_TRUSTED=none, because loopback is trusted otherwise, and RESTANTE_FLOOD_ARRIVALS=200 (20 a
second for 10 seconds), which the honest sender stays below. All is on loopback, on one machine: the flooding process
has a low priority.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import flooding, peers
from bench.report import Goal, Report, arguments, print_table
from chalicelib.settings import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.flooding import Samples

CALM_SECONDS = 10.0
BY_HAND = "127.0.0.30"
TARGETS = {
    "Restante": "/api/addresses/honest@restante.test/messages?limit=50",
    "Mailpit": "/api/v1/messages?limit=50",
    "MailDev": "/api/email?limit=50",
}
SETTINGS = {"RESTANTE_TRUSTED": "none", "RESTANTE_FLOOD_ARRIVALS": "200"}


def replay(program: peers.Program, folder: Path, seconds: float) -> dict[str, float]:
    """The figures of one server."""
    ours = program.name == "Restante"
    if ours:
        known = program.variables
        program = replace(program, variables=lambda smtp, http, data: {**known(smtp, http, data), **SETTINGS})
    with peers.started(program, folder) as server:
        figures = asyncio.run(_replay(server, seconds))
        if ours:
            figures["manual_block_s"] = _block_by_hand(server, folder)
        figures["rss_mb"] = max(server.peak_memory().values())
    return figures


async def _replay(server: peers.Running, seconds: float) -> dict[str, float]:
    done = asyncio.Event()
    reader = flooding.Reader(server.http, TARGETS[server.program.name], peers.KEY)
    reading = asyncio.create_task(flooding.read(reader, done))
    sending = asyncio.create_task(flooding.send_honestly(server.smtp, done))
    # The first seconds warm the server up.
    await asyncio.sleep(CALM_SECONDS / 2)
    before = time.monotonic()
    await asyncio.sleep(CALM_SECONDS)
    during = time.monotonic()
    flood = await _flood(server.smtp, seconds)
    after = time.monotonic()
    await asyncio.sleep(CALM_SECONDS)
    done.set()
    read, sent = await asyncio.gather(reading, sending)
    reader.close()
    figures = _times(read, {"before": (before, during), "during": (during, after), "after": (after, time.monotonic())})
    honest = sent.between(before, time.monotonic())
    figures["honest_lost"] = len(honest.errors)
    figures["honest_slowest_s"] = max((took for _, took in honest.taken), default=float("inf"))
    figures["flood_accepted"] = sum(flood["sent"].values())
    figures["flood_refused"] = sum(flood["refused"].values())
    if len(flood["shut_out"]) == len(flooding.FLOODERS):
        figures["automatic_block_s"] = max(flood["shut_out"].values()) - flood["first"]
    return figures


async def _flood(port: int, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.flooding", str(port), str(seconds)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, cwd=peers.ROOT)
    try:
        out, _ = await asyncio.wait_for(process.communicate(), seconds + 60.0)
    except TimeoutError:
        process.kill()
        raise SystemExit("The flooding process did not end") from None
    told: dict[str, Any] = json.loads(out)
    return told


def _times(read: Samples, phases: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for phase, (begin, end) in phases.items():
        some = read.between(begin, end)
        took = sorted(seconds * 1000 for _, seconds in some.taken) or [float("inf")]
        figures[f"api_p50_ms_{phase}"] = statistics.median(took)
        figures[f"api_p99_ms_{phase}"] = took[min(len(took) - 1, int(len(took) * 0.99))]
        figures[f"api_errors_{phase}"] = len(some.errors)
    return figures


def _block_by_hand(server: peers.Running, folder: Path) -> float:
    """Seconds from the start of `restante block` to the first refusal, while the HTTP process stands still."""
    pid = server.process.pid
    # The supervisor starts SMTP first, then HTTP.
    http = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[1])
    os.kill(http, signal.SIGSTOP)
    try:
        command = [sys.executable, "-m", "restante", "--data", str(folder), "block", BY_HAND, "--reason", "bench"]
        begun = time.monotonic()
        process = subprocess.Popen(command, cwd=peers.ROOT, env=dict(environment()), stdout=subprocess.DEVNULL)
        refused = asyncio.run(flooding.time_to_refusal(server.smtp, BY_HAND, 30.0))
        process.wait(30.0)
    finally:
        os.kill(http, signal.SIGCONT)
    return float("inf") if refused is None else refused - begun


def judge(report: Report) -> None:
    """Say which goals were met."""
    figures = report.figures
    errors = sum(figures[f"restante_api_errors_{phase}"] for phase in ("before", "during", "after"))
    idle, flooded = figures["restante_api_p99_ms_before"], figures["restante_api_p99_ms_during"]
    report.goals["api_errors"] = Goal(value=errors, goal=0, sense="at most")
    report.goals["api_p99_flood_vs_idle"] = Goal(value=flooded / idle, goal=3.0, sense="at most")
    report.goals["api_p99_flood_ms"] = Goal(value=flooded, goal=100.0, sense="at most")
    report.goals["honest_lost"] = Goal(value=figures["restante_honest_lost"], goal=0, sense="at most")
    report.goals["honest_slowest_s"] = Goal(value=figures["restante_honest_slowest_s"], goal=1.0, sense="at most")
    blocked = figures.get("restante_automatic_block_s", float("inf"))
    report.goals["automatic_block_s"] = Goal(value=blocked, goal=2.0, sense="at most")
    report.goals["manual_block_s"] = Goal(value=figures["restante_manual_block_s"], goal=1.0, sense="at most")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the flood lasts (default: 60)")
    parser.add_argument("--alone", action="store_true", help="leave the other servers out")
    chosen = parser.parse_args()
    report = Report()
    programs = [peers.restante()] if chosen.alone else peers.all_programs()
    measured: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="restante-bench-") as name:
        for program in programs:
            folder = Path(name) / program.name
            folder.mkdir()
            measured[program.name] = replay(program, folder, chosen.seconds)
            report.figures.update({f"{program.name.lower()}_{key}": v for key, v in measured[program.name].items()})
    rows = [
        (key, *(f"{measured[program][key]:.2f}" if key in measured[program] else "-" for program in measured))
        for key in measured["Restante"]
    ]
    print_table(("", *measured), rows)
    judge(report)
    report.tell(chosen.json)


if __name__ == "__main__":
    main()
