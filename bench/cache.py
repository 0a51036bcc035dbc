"""What the parse cache saves: four designs beside each other on one workload, then real latencies beside real servers.

First, by simulated clocks: 100,000 reads of 20,000 mails (bench/caching/workload.py) with the latencies and prices of
bench/latencies.json, through re-parsing with mail-parser each time, the seed's LRU of parsed mails in each instance of
the API, and ours with DynamoDB and with Valkey. Then a mail of 24 MB is read over HTTP, for the first time and again,
from ours, Mailpit and MailDev in turns.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from bench.caching import costs, workload
from bench.caching.designs import SEED_LRU, Ours, Reparsing
from bench.caching.reading import compare
from bench.report import Goal, Report, arguments, print_table
from chalicelib.aws.cache import LARGEST_ENTRY
from chalicelib.aws.valkey_cache import LARGEST_ENTRY as LARGEST_IN_VALKEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.caching.costs import Kind
    from bench.caching.designs import Design

MILLION = 1_000_000
VALKEY_OCTETS = 100 * 1000**2


def designs() -> dict[str, Design]:
    """The four, by name."""
    terms = costs.terms()
    return {
        "reparse": Reparsing(terms, held=0),
        "seed": Reparsing(terms, held=SEED_LRU),
        "dynamodb": Ours(terms, "dynamodb", most=LARGEST_ENTRY),
        "valkey": Ours(terms, "valkey", most=LARGEST_IN_VALKEY, bound=VALKEY_OCTETS),
    }


def play(design: Design, events: Sequence[workload.Arrived | workload.Asked], kinds: Sequence[Kind]) -> None:
    """Let everything happen to a design."""
    replacements = workload.replacements()
    for event in events:
        while replacements and replacements[0][0] <= event.at:
            design.replace(replacements.pop(0)[1])
        if isinstance(event, workload.Arrived):
            design.arrive(event, kinds[event.kind])
        else:
            design.answer(event, kinds[event.kind])
    design.finish(workload.SECONDS / 3600)


def simulate(report: Report) -> None:
    """Play all designs, and tell what each cost."""
    print("  measuring what each kind of mail costs to parse and to render", flush=True)
    kinds = costs.measure(workload.kinds())
    events = workload.events()
    rows = []
    for name, design in designs().items():
        play(design, events, kinds)
        meter = design.meter
        count = len(meter.latencies)
        cuts = statistics.quantiles(meter.latencies, n=100, method="inclusive")
        ratio = {source: number / count for source, number in meter.sources.items()}
        figures = {
            "p50": cuts[49],
            "p95": cuts[94],
            "p99": cuts[98],
            "gb": meter.raw_octets / 1e9,
            "cpu": meter.cpu / count * MILLION,
            "cpu_sanitising": meter.sanitising / count * MILLION,
            "dollars": meter.dollars / count * MILLION,
            "without_raw": 1 - meter.raw_reads / count,
        }
        report.figures.update({f"{figure}_{name}": value for figure, value in figures.items()})
        shares = " ".join(f"{source} {share:.1%}" for source, share in sorted(ratio.items()))
        cells = (f"{figures[one]:.2f}" for one in ("p50", "p95", "p99", "gb"))
        cpu = (f"{figures['cpu'] / 1000:.0f}", f"{figures['cpu_sanitising'] / 1000:.0f}")
        rows.append((name, *cells, *cpu, f"{figures['dollars']:.2f}", shares))
    print()
    head = (
        "design",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "raw GB",
        "CPU s/million",
        "of it sanitising",
        "$/million",
        "answered from",
    )
    print_table(head, rows)
    _judge(report)


def _judge(report: Report) -> None:
    figures = report.figures
    for name in ("dynamodb", "valkey"):
        report.goals[f"{name}_without_raw"] = Goal(value=figures[f"without_raw_{name}"], goal=0.95)
        report.goals[f"{name}_bytes_saved"] = Goal(value=figures["gb_reparse"] / figures[f"gb_{name}"], goal=50)
        report.goals[f"{name}_cpu_saved"] = Goal(value=figures["cpu_reparse"] / figures[f"cpu_{name}"], goal=20)
        theirs, ours = (figures[f"cpu_{one}"] - figures[f"cpu_sanitising_{one}"] for one in ("reparse", name))
        report.goals[f"{name}_cpu_saved_sanitising_apart"] = Goal(value=theirs / ours, goal=20)
        report.goals[f"{name}_p99_vs_seed_p50"] = Goal(
            value=figures[f"p99_{name}"] / figures["p50_seed"], goal=1.0, sense="at most"
        )


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--only", choices=("simulated", "real"), help="one of the two parts only")
    chosen = parser.parse_args()
    report = Report()
    if chosen.only != "real":
        simulate(report)
    if chosen.only != "simulated":
        compare(report)
    report.tell(chosen.json)


if __name__ == "__main__":
    main()
