"""The examples of docs/sending.md, run as they stand there, in their order, against a real service."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.serving import KEY
from tests.service.running import ROOT, SECONDS, running, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.serving import Client

PAGE = ROOT / "docs" / "sending.md"
RUNNERS = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"], "javascript": ["node"]}
ARRIVALS = {
    "ann@mail.example": "Your order – thank you",  # noqa: RUF001 - as on the page
    "archive@shop.example": "Your order – thank you",  # noqa: RUF001 - as on the page
    "html@mail.example": "Welcome",
    "file@mail.example": "Your receipt",
    "received@mail.example": "A long way",
    "raw@mail.example": "As it is",
    "big@mail.example": "The film",
    "ses@mail.example": "Caught",
}


@dataclass(frozen=True, kw_only=True)
class Example:
    language: str
    code: str

    @property
    def can_run(self) -> bool:
        return all(
            shutil.which(tool) for tool in (RUNNERS[self.language][0], *(["curl"] if "curl " in self.code else []))
        )

    def run(self, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = surroundings(folder, **variables)
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        argument = self.code
        if self.language == "javascript":
            # A module may await at its top.
            (folder / "example.mjs").write_text(self.code)
            argument = str(folder / "example.mjs")
        return subprocess.run(
            [*RUNNERS[self.language], argument],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def _examples() -> list[Example]:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [Example(language=language, code=code) for language, code in blocks]


EXAMPLES = _examples()


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, list[Any]]]:
    """A service to which somebody did all that the page says, and what each example answered."""
    folder = tmp_path_factory.mktemp("documentation")
    with running(folder / "data", RESTANTE_API_KEY=KEY) as service:
        host, port = service.http
        there = {"RESTANTE_URL": f"http://{host}:{port}", "RESTANTE_KEY": KEY}
        done = [(example, example.run(folder, **there)) for example in EXAMPLES if example.can_run]
        yield service.client(), done


def test_every_example_of_the_page_runs(followed: tuple[Client, list[Any]]) -> None:
    _, done = followed

    for example, ended in done:
        assert ended.returncode == 0, f"{example.code}\n{ended.stdout}{ended.stderr}"
    assert {example.language for example in EXAMPLES} == set(RUNNERS)
    assert len(done) >= len([example for example in EXAMPLES if example.language == "python"])


def test_what_the_page_sends_arrives(followed: tuple[Client, list[Any]]) -> None:
    client, done = followed
    ran = "".join(example.code for example, _ in done)
    wanted = {inbox: subject for inbox, subject in ARRIVALS.items() if inbox in ran}
    never = threading.Event()
    arrived: dict[str, list[str]] = {}
    for _ in range(int(SECONDS * 10)):
        arrived = {
            inbox: [one["subject"] for one in client.get(f"/api/addresses/{inbox}/messages").json] for inbox in wanted
        }
        if all(arrived.values()):
            break
        never.wait(0.1)

    assert arrived == {inbox: [subject] for inbox, subject in wanted.items()}
    assert len(wanted) >= 3
