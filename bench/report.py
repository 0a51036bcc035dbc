"""How a benchmark tells its result: a table for people, JSON for machines."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What was to be reached, and what was; `sense` says whether more is better or less."""

    value: float
    goal: float
    sense: Literal["at least", "at most"] = "at least"

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.value >= self.goal if self.sense == "at least" else self.value <= self.goal


@dataclass(slots=True)
class Report:
    """Figures by name, and the goals that could be measured."""

    figures: dict[str, float] = field(default_factory=dict)
    goals: dict[str, Goal] = field(default_factory=dict)

    def tell(self, path: Path | None) -> None:
        """Print the goals, and write everything as JSON to the path if there is one."""
        print()
        rows = [
            (name, f"{goal.value:.2f}", f"{goal.sense} {goal.goal:g}", "met" if goal.met else "NOT MET")
            for name, goal in self.goals.items()
        ]
        print_table(("goal", "value", "to reach", ""), rows)
        if path is not None:
            goals = {
                name: {"value": goal.value, "goal": goal.goal, "met": goal.met} for name, goal in self.goals.items()
            }
            path.write_text(json.dumps({"figures": self.figures, "goals": goals}, indent=2) + "\n")


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a head: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [
            cell.ljust(width) if not index else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The arguments every benchmark takes."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and goals to this file")
    return parser
