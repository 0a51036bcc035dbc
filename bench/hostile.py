"""CPU seconds and memory that hostile mails and hostile HTML cost whoever reads them, beside an ordinary newsletter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench.report import Goal, Report, arguments, print_table
from tests.mail.hostile import HOSTILE
from tests.mail.hostile_html import HOSTILE_HTML

GOAL_SECONDS = 2.0
GOAL_MEMORY = 300.0
ORDINARY = "10 MB of an ordinary newsletter"
SHOWN = 10
"""So many of the slowest are printed."""
_ROOT = Path(__file__).parents[1]


def measure(module: str, name: str) -> dict[str, Any]:
    """What one document costs, in a process of its own: its CPU seconds by reader, memory and size in bytes."""
    command = [sys.executable, "-m", module, name]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, check=True, timeout=600)
    took: dict[str, Any] = json.loads(done.stdout)
    seconds = took["seconds"]
    return took | {"seconds": max(seconds.values()) if isinstance(seconds, dict) else seconds}


def main() -> None:
    """Run the benchmark."""
    options = arguments(__doc__).parse_args()
    report = Report()
    wanted = [("tests.mail.hostile", name) for name in HOSTILE]
    wanted += [("tests.mail.hostile_html", name) for name in HOSTILE_HTML]
    took = {name: measure(module, name) for module, name in tqdm(wanted, unit=" documents")}
    usual = took[ORDINARY]["seconds"]
    slowest = sorted(took, key=lambda name: -took[name]["seconds"])
    rows = [
        (
            name,
            f"{took[name]['size'] / 1e6:.1f}",
            f"{took[name]['seconds']:.2f}",
            f"{took[name]['seconds'] / usual:.2f}",
        )
        for name in slowest[:SHOWN]
    ]
    print_table(("the slowest", "MB", "CPU seconds", "x newsletter"), rows)
    for name, one in took.items():
        report.figures[f"{name}: CPU seconds"] = one["seconds"]
    memory = max(one["memory"] for one in took.values()) / (1 << 20)
    seconds = Goal(value=took[slowest[0]]["seconds"], goal=GOAL_SECONDS, sense="at most")
    report.goals["CPU seconds of the slowest reader of any hostile document"] = seconds
    report.goals["MB of memory at most"] = Goal(value=memory, goal=GOAL_MEMORY, sense="at most")
    report.tell(options.json)


if __name__ == "__main__":
    main()
