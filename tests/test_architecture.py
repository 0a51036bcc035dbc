"""The house, held against the code: who may import whom, and how large a file and a function may be."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGES = ("chalicelib", "restante", "infra", "tools", "tests", "bench")
"""Every folder of ours with Python in it."""
PRODUCT = ("app", "chalicelib", "restante", "infra")
FILE_LINES = 400
FUNCTION_LINES = 60
ANY = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Room:
    """What a room may import: `ours` are rooms, `others` top-level packages beyond the standard library."""

    ours: frozenset[str]
    others: frozenset[str] = frozenset()


def _room(ours: str = "", others: str = "") -> Room:
    return Room(frozenset(ours.split()), frozenset(others.split()))


INNER = "chalicelib.ports chalicelib.mail chalicelib.errors"
ROOMS = {
    "chalicelib": _room(),
    "chalicelib.errors": _room(),
    "chalicelib.settings": _room(),
    "chalicelib.version": _room(),
    "chalicelib.mail": _room("chalicelib.errors", "disposable_email_domains mailparser nh3 pybase64 standardwebhooks"),
    "chalicelib.ports": _room("chalicelib.mail chalicelib.errors"),
    "chalicelib.actions": _room(INNER),
    "chalicelib.resolving": _room("chalicelib.errors", "dns"),
    "chalicelib.posting": _room(f"{INNER} chalicelib.version"),
    "chalicelib.caching": _room(INNER),
    "chalicelib.composition": _room(f"{INNER} chalicelib.settings"),
    "chalicelib.aws": _room(
        f"{INNER} chalicelib.caching chalicelib.settings chalicelib.composition chalicelib.resolving "
        "chalicelib.posting",
        "aws_lambda_powertools botocore valkey mypy_boto3_apigatewaymanagementapi mypy_boto3_dynamodb "
        "mypy_boto3_s3 mypy_boto3_sesv2 mypy_boto3_sqs",
    ),
    "chalicelib.api": _room(f"{INNER} chalicelib.actions chalicelib.version", "chalice"),
    "chalicelib.functions": _room(f"{INNER} chalicelib.actions chalicelib.api chalicelib.aws", "chalice"),
    "app": _room("chalicelib.api chalicelib.aws chalicelib.functions chalicelib.settings", "chalice"),
    "restante.embedded": _room(
        f"{INNER} chalicelib.api chalicelib.actions chalicelib.caching chalicelib.settings chalicelib.composition "
        "chalicelib.resolving chalicelib.posting",
        "chalice cryptography httptools uvicorn uvloop websockets",
    ),
    "restante": _room(
        f"{INNER} chalicelib.api chalicelib.actions chalicelib.aws chalicelib.settings chalicelib.version"
        " chalicelib.resolving restante.embedded infra",
        "tqdm botocore",
    ),
    "infra": _room("chalicelib.settings", "yaml"),
    "tools": Room(ANY, ANY),
    "tests": Room(ANY, ANY),
    "bench": Room(ANY, ANY),
}
MAY_IMPORT_RESTANTE = {"restante", "restante.embedded", "tools", "tests", "bench"}
MAY_IMPORT_APP = {"tools", "tests", "bench"}


@dataclass(frozen=True, slots=True)
class Source:
    """A module: its full name, where its file is, and what it says."""

    name: str
    path: Path
    text: str

    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))


def _sources() -> list[Source]:
    paths = [ROOT / "app.py", *(path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))]
    return [Source(_module_name(path), path, path.read_text()) for path in paths]


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = _sources()
MODULES = {source.name for source in SOURCES}


def _room_of(module: str) -> str | None:
    """The room with the longest name that the module is in; a folder in chalicelib is a room of its own or none."""
    parts = module.split(".")
    if parts[0] == "chalicelib" and len(parts) > 1:
        room = ".".join(parts[:2])
        return room if room in ROOMS else None
    names = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((name for name in names if name in ROOMS), None)


def _imports(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full name of all that is imported, wherever it stands: in functions and under TYPE_CHECKING too."""
    package = source.name if source.path.name == "__init__.py" else source.name.rpartition(".")[0]
    for node in ast.walk(source.tree()):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*base, node.module or ""]).strip(".")
            for alias in node.names:
                # `from package import module` imports the module.
                module = f"{origin}.{alias.name}"
                yield node.lineno, module if module in MODULES else origin


def _wrong_imports(source: Source) -> Iterator[str]:
    own = _room_of(source.name)
    assert own is not None, f"{source.name} is in no room"
    for line, name in _imports(source):
        top = name.split(".")[0]
        if top in ("app", *PACKAGES):
            room = _room_of(name)
            allowed = room == own or room in ROOMS[own].ours or ROOMS[own].ours == ANY
        else:
            allowed = top in sys.stdlib_module_names or top in ROOMS[own].others or ROOMS[own].others == ANY
        if not allowed:
            yield f"{source.path.relative_to(ROOT)}:{line}: {own} may not import {name}"


def test_every_module_is_in_a_room() -> None:
    assert [source.name for source in SOURCES if _room_of(source.name) is None] == []


def test_every_folder_with_python_is_looked_at() -> None:
    found = {path.parts[len(ROOT.parts)] for path in ROOT.glob("[!.]*/**/*.py") if "node_modules" not in path.parts}

    assert found - {"build", "data"} == set(PACKAGES)


def test_every_room_has_somebody_in_it() -> None:
    assert {_room_of(source.name) for source in SOURCES} == set(ROOMS)


def test_every_room_imports_only_what_it_may() -> None:
    assert [wrong for source in SOURCES for wrong in _wrong_imports(source)] == []


def test_no_room_is_allowed_what_no_room_may_have() -> None:
    for name, room in ROOMS.items():
        if name not in MAY_IMPORT_RESTANTE:
            assert not {one for one in room.ours if one.split(".")[0] == "restante"}, name
        if name not in MAY_IMPORT_APP:
            assert "app" not in room.ours, name
            assert not room.ours & {"tests", "tools", "bench"}, name


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("chalicelib.mail", "import os\ndef f():\n    import sqlite3, botocore"),
        ("chalicelib.mail", "from chalicelib import ports"),
        ("chalicelib.actions", "if TYPE_CHECKING:\n    from chalicelib.aws.backend import AwsBackend"),
        ("chalicelib.actions", "from ..aws import backend"),
        ("chalicelib.aws", "from restante.embedded import backend"),
        ("chalicelib.aws", "import app"),
        ("restante.embedded", "from chalicelib.aws.clients import Clients"),
        ("chalicelib.ports", "from chalicelib import unheard_of"),
    ],
)
def test_an_import_that_the_table_forbids_is_found(room: str, code: str) -> None:
    intruder = Source(f"{room}.intruder", ROOT / room.replace(".", "/") / "intruder.py", code)

    assert len(list(_wrong_imports(intruder))) == 1


def _product() -> list[Source]:
    return [source for source in SOURCES if source.name.split(".")[0] in PRODUCT]


def test_no_file_is_longer_than_a_sitting() -> None:
    lengths = {source.name: len(source.text.splitlines()) for source in _product()}

    assert {name: length for name, length in lengths.items() if length > FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen_and_a_half() -> None:
    lengths = {
        f"{source.name}.{node.name}": _length(node)
        for source in _product()
        for node in ast.walk(source.tree())
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines
