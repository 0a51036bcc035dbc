"""What runs the reference's examples: one process for all of Python, one for all of JavaScript, one for each curl."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.settings import environment
from tests.service.running import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Run = Callable[[str], Any]
    """Runs a program, and answers with what it printed: a value, or the text of its output."""

HERE = Path(__file__).parent
PROGRAMS = {
    "python": [sys.executable, str(HERE / "run_python.py")],
    "javascript": ["node", str(HERE / "run_javascript.mjs")],
}
NEEDS = {"curl": "curl", "python": sys.executable, "javascript": "node"}


def require(tool: str) -> None:
    """Skip the test where a program is not on the PATH; fail in CI."""
    if shutil.which(tool) is None:
        if environment().get("CI") == "true":
            pytest.fail(f"CI must have {tool}")
        pytest.skip(f"{tool} is not on the PATH")


@contextmanager
def interpreter(language: str, folder: Path, values: Mapping[str, str]) -> Iterator[Run]:
    """What runs programs of that language in this folder, with these environment variables."""
    surroundings = {**environment(), **values}
    if language == "curl":
        yield lambda code: _curl(code, folder, surroundings)
        return
    process = subprocess.Popen(
        PROGRAMS[language], cwd=folder, env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield lambda code: _told(process, code)
    finally:
        process.communicate(timeout=SECONDS)


def _curl(code: str, folder: Path, surroundings: Mapping[str, str]) -> str:
    # As the reference shows it a refusal would go unnoticed.
    strict = 'set -euo pipefail\ncurl() { command curl -sS --fail-with-body --max-time 60 "$@"; }\n'
    done = subprocess.run(
        ["bash", "-c", strict + code], cwd=folder, env=surroundings, capture_output=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    return done.stdout.decode()


def _told(process: subprocess.Popen[str], code: str) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(code) + "\n")
    process.stdin.flush()
    said = json.loads(process.stdout.readline())
    assert "failed" not in said, said["failed"]
    printed = said["printed"]
    assert len(printed) <= 1, "an example of the reference prints one thing"
    return printed[0] if printed else ""
