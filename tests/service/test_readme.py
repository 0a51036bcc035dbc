"""The README's tour, run word for word: only the ports, and the folder, are other ones."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.service.running import ROOT, SECONDS, Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
COMMANDS = [block for language, block in BLOCKS if language == "sh" and "make " not in block]
KEY = "k_tour"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on the PATH")


@pytest.fixture
def toured(tmp_path: Path) -> Iterator[Service]:
    """A service with the tour's key."""
    with running(tmp_path / "data", RESTANTE_API_KEY=KEY) as service:
        yield service


def _run(service: Service, language: str, text: str, folder: Path) -> str:
    """Run a block of the README against this service; answers with what it printed."""
    for port, (_, actual) in ((1025, service.smtp), (8025, service.http)):
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{actual}").replace(f'1", {port})', f'1", {actual})')
    interpreter = [sys.executable, "-"] if language == "python" else ["bash", "-euo", "pipefail"]
    done = subprocess.run(
        interpreter, cwd=folder, input=text.encode(), capture_output=True, timeout=SECONDS, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def _count(service: Service) -> int:
    count: int = service.client(KEY).get("/api/addresses/ana@test.example/message-count").json["count"]
    return count


def test_the_tour_has_what_is_tested_here() -> None:
    assert [language for language, _ in BLOCKS].count("python") == 1
    assert len(COMMANDS) == 6
    assert KEY in COMMANDS[1]


def test_the_tour_sends_reads_and_deletes_as_it_says(toured: Service, tmp_path: Path) -> None:
    (program,) = (block for language, block in BLOCKS if language == "python")
    send, set_up, read, wait, reserve, delete = COMMANDS
    _run(toured, "python", program, tmp_path)
    assert _count(toured) == 1
    _run(toured, "sh", send if shutil.which("swaks") else re.sub(r"^swaks.*\n", "", send), tmp_path)
    assert _count(toured) == (3 if shutil.which("swaks") else 2)

    listed = _run(toured, "sh", set_up, tmp_path)
    shown = _run(toured, "sh", set_up + read, tmp_path).removeprefix(listed)

    assert '"subject":"Welcome, Ana"' in listed
    assert '"subject":"From curl"' in listed
    assert shown.count("Your code is 482913.") == 3, "in the text, the HTML and the raw mail"
    assert '"fileName":"terms.pdf"' in shown
    assert (tmp_path / "terms.pdf").read_bytes() == b"%PDF-1.7 ..."

    waited = _run(toured, "sh", set_up + wait, tmp_path).removeprefix(listed)
    assert '"subject":"Welcome, Ana"' in waited
    assert '"code":"482913"' in waited
    assert '"link":"https://shop.example/verify?token=abc"' in waited

    reserved = _run(toured, "sh", set_up + reserve, tmp_path).removeprefix(listed)
    assert '"owner":"admin"' in reserved
    assert reserved.count('"subject":"Welcome, Ana"') == 2, "in the account's inbox, and found by a word"

    identifier = re.search(r"^ID=.*?\n.*?\n", read, re.MULTILINE)
    assert identifier is not None
    deleted = _run(toured, "sh", set_up + identifier[0] + delete, tmp_path)
    assert '"message":"Message was deleted."' in deleted
    assert _count(toured) == 0
