"""Commands run as people run them: a process of its own, its output and exit code."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.service.running import ROOT, SECONDS, command, surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command printed, and the code it ended with."""

    code: int
    out: str
    err: str


def run(data: Path, *arguments: str | Path, given: bytes = b"", settings: Mapping[str, str] | None = None) -> Ran:
    """Run `restante` with this data folder, arguments, standard input and settings as in the environment."""
    done = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=surroundings(data, **(settings or {})),
        input=given,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    return Ran(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())
