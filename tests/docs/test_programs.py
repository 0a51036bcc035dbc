"""Every program on a page of docs/ is run as it stands there, in the page's order, against the whole service.

The pages with servers of their own (webhooks, WebSocket, sending, README) have tests of their own: OTHERS names them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.api.serving import KEY
from tests.docs.interpreters import require
from tests.service.running import ROOT, SECONDS, Service, running, surroundings
from tools.reference.contents import PAGES
from tools.reference.fences import PROGRAMS, Fence, fences_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GUIDES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "guides").glob("*.md"))
HERE = {**dict.fromkeys(GUIDES, PROGRAMS), "docs/webhooks.md": ("sh",), "docs/websocket.md": ("sh",)}
"""Page → the languages whose programs are run by this module."""
OTHERS = {
    "docs/sending.md": (PROGRAMS, "tests/service/test_documentation.py"),
    "docs/webhooks.md": (("python", "javascript"), "tests/live/test_documentation.py"),
    "docs/websocket.md": (("python", "javascript"), "tests/live/test_documentation.py"),
    "README.md": (("sh", "python"), "tests/service/test_readme.py"),
}
"""Page → the languages whose programs are run by another module, and that module.

Of README.md those are left out that call make: they start what the tests start, and the tests themselves.
"""
NEEDS_AN_ADDRESS = {"docs/webhooks.md"}
"""Pages that speak of an address that the reader has reserved already."""
PAGES_OF_MARKDOWN = sorted(
    {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}
    | {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
)
TOOLS = {"javascript": "node", "sh": "curl", "python": sys.executable}


def _fences(page: str) -> list[Fence]:
    return fences_of((ROOT / page).read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES_OF_MARKDOWN)
def test_every_program_of_a_page_is_run_by_a_test_or_says_why_not(page: str) -> None:
    languages, module = OTHERS.get(page, ((), ""))
    run = {*HERE.get(page, ()), *languages}
    assert not module or page.rpartition("/")[2] in (ROOT / module).read_text("utf-8")

    for fence in _fences(page):
        assert fence.language, f"a block of {page} names no language:\n{fence.code}"
        if fence.is_program:
            assert fence.language in run, f"nobody runs this block of {page}:\n{fence.code}"


def test_every_page_of_docs_but_the_decisions_is_in_the_table_of_contents() -> None:
    listed = {page.markdown for page in PAGES}

    assert [
        page
        for page in PAGES_OF_MARKDOWN
        if page.startswith("docs/") and "/decisions/" not in page and page not in listed
    ] == []


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Service]:
    """The whole service, with the key KEY."""
    with running(tmp_path / "data", RESTANTE_API_KEY=KEY) as service:
        yield service


def _variables(service: Service, folder: Path) -> dict[str, str]:
    """The environment of a reader who followed the page so far."""
    programs = folder / "bin"
    programs.mkdir()
    command = programs / "restante"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m restante "$@"\n')
    command.chmod(0o755)
    (http_host, http_port), (smtp_host, smtp_port) = service.http, service.smtp
    values = surroundings(
        service.data,
        RESTANTE_URL=f"http://{http_host}:{http_port}",
        RESTANTE_SMTP=f"{smtp_host}:{smtp_port}",
        RESTANTE_KEY=KEY,
    )
    path = os.pathsep.join([str(programs), sys.executable.rpartition("/")[0], values["PATH"]])
    return {**values, "PATH": path}


@pytest.mark.parametrize("page", HERE)
def test_the_programs_of_a_page_run_in_their_order(page: str, tmp_path: Path, there: Service) -> None:
    fences = [fence for fence in _fences(page) if fence.is_program and fence.language in HERE[page]]
    for tool in {TOOLS[fence.language] for fence in fences} | ({"chromium"} if _needs_chromium(fences) else set()):
        require(tool)
    if page in NEEDS_AN_ADDRESS:
        there.client().tell("POST", "/api/addresses/signup@mail.example")
    variables = _variables(there, tmp_path)
    ran = 0
    for fence in fences:
        if fence.file:
            (tmp_path / fence.file).write_text(fence.code, "utf-8")
        else:
            _run(fence, tmp_path, variables)
            ran += 1

    assert ran > 0


def _needs_chromium(fences: list[Fence]) -> bool:
    return any("chromium" in fence.code for fence in fences)


def _run(fence: Fence, folder: Path, variables: dict[str, str]) -> None:
    if fence.language == "javascript":
        # Only in a module may a program await at its top.
        (folder / "example.mjs").write_text(fence.code, "utf-8")
        command = ["node", "example.mjs"]
    elif fence.language == "python":
        command = [sys.executable, "-c", fence.code]
    else:
        command = ["bash", "-euo", "pipefail", "-c", fence.code]
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=2 * SECONDS, check=False
    )
    assert done.returncode == 0, f"{fence.code}\n{done.stdout}{done.stderr}"
