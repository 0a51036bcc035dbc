"""What ships: as small as it may be, compiled, and the same each time."""

from __future__ import annotations

import importlib.util
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from infra.archives import CannotCompileError, compiled
from infra.packaging import MOST_OCTETS, NEVER, ROOT, CannotPackageError, copy_what_ships, package
from tests.infra.conftest import built

if TYPE_CHECKING:
    from pathlib import Path

    from infra.packaging import Bundle

UNCHECKED = 0b01
"""PEP 552: the bytecode is named by its source's hash, and nobody compares them."""


def _names(bundle: Bundle) -> list[str]:
    return [name for archive in bundle.archives for name in archive.names()]


def test_the_archives_are_under_15_mb_together(bundle: Bundle) -> None:
    octets = sum(archive.path.stat().st_size for archive in bundle.archives)

    assert octets == sum(archive.octets for archive in bundle.archives)
    assert octets < MOST_OCTETS == 15 * 1024**2


def test_nothing_ships_that_the_runtime_brings_or_only_people_need(bundle: Bundle) -> None:
    parts = {part for name in _names(bundle) for part in name.split("/")[:6]}

    assert not parts & NEVER
    assert {"app.py", "chalicelib", "chalice", "aws_lambda_powertools", "nh3"} <= parts
    # Of Chalice only what runs: not its command line.
    assert not {name for name in _names(bundle) if name.startswith(("chalice/cli", "chalice/deploy"))}


def test_everything_of_chalicelib_ships(bundle: Bundle) -> None:
    kept = {path.relative_to(ROOT).as_posix() for path in (ROOT / "chalicelib").rglob("*.py")}

    assert kept <= set(_names(bundle))


def test_every_module_ships_with_bytecode_that_nobody_compares_with_its_source(bundle: Bundle) -> None:
    names = set(_names(bundle))
    compiled_code = {name for name in names if name.endswith(".pyc")}

    assert {name for name in names if name.endswith(".py")} == {_source(name) for name in compiled_code}
    for archive in bundle.archives:
        with zipfile.ZipFile(archive.path) as opened:
            for name in compiled_code & set(archive.names()):
                header = opened.read(name)[:8]

                assert header[:4] == importlib.util.MAGIC_NUMBER
                assert int.from_bytes(header[4:], "little") == UNCHECKED


def _source(name: str) -> str:
    folder, _, file = name.rpartition("/__pycache__/") if "/__pycache__/" in name else ("", "", name.rpartition("/")[2])
    return f"{folder}/{file.split('.')[0]}.py".lstrip("/")


def test_a_traceback_names_files_where_lambda_has_them(bundle: Bundle) -> None:
    with zipfile.ZipFile(bundle.archives[0].path) as opened:
        name = next(one for one in opened.namelist() if one.startswith("__pycache__/app."))

        assert b"/var/task/app.py" in opened.read(name)


def test_the_same_checkout_gives_the_same_bytes_again(bundle: Bundle, tmp_path: Path) -> None:
    again = built(tmp_path / "again")

    assert [archive.digest for archive in again.archives] == [archive.digest for archive in bundle.archives]
    for archive in bundle.archives:
        assert (again.folder / archive.path.name).read_bytes() == archive.path.read_bytes()
    assert again.template == bundle.template


def test_bytecode_and_sources_of_the_page_are_not_copied(tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(ROOT / ".chalice", root / ".chalice", ignore=shutil.ignore_patterns("deployments"))
    (root / "infra").mkdir()
    for name in ("app.py", "requirements.txt"):
        (root / name).write_text("")
    for name in ("mail/__pycache__/x.pyc", "ui/page.ts", "ui/page.js.map", "ui/page.js", "mail/x.py"):
        (root / "chalicelib" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "chalicelib" / name).write_text("")

    copy_what_ships(root, tmp_path / "project", "arm64")

    copied = {path.relative_to(tmp_path / "project").as_posix() for path in (tmp_path / "project").rglob("*.*")}
    assert {name for name in copied if name.startswith("chalicelib/")} == {
        "chalicelib/ui/page.js",
        "chalicelib/mail/x.py",
    }


def test_it_is_packaged_for_x86_64_too(tmp_path: Path) -> None:
    bundle = built(tmp_path / "x86", "x86_64")
    native = [name for name in _names(bundle) if ".so" in name]

    assert all(
        resource["Properties"]["Architectures"] == ["x86_64"]
        for resource in bundle.template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    )
    assert any("x86_64" in name for name in native)
    assert not [name for name in native if "aarch64" in name]


def test_native_code_is_of_the_architecture_that_runs_it(bundle: Bundle) -> None:
    native = [name for name in _names(bundle) if ".so" in name]

    assert any("aarch64" in name for name in native)
    assert not [name for name in native if "x86_64" in name]


def test_what_is_not_python_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "wrong.zip", "w") as archive:
        archive.writestr("wrong.py", "def :")

    with pytest.raises(CannotCompileError, match=r"wrong\.py"):
        compiled(tmp_path / "wrong.zip", tmp_path / "out.zip", prefix="/var/task")


def test_a_project_that_chalice_cannot_package_says_why(tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(ROOT / ".chalice", root / ".chalice", ignore=shutil.ignore_patterns("deployments"))
    (root / "chalicelib").mkdir()
    (root / "infra").mkdir()
    (root / "app.py").write_text("raise RuntimeError('no app today')")
    (root / "requirements.txt").write_text("")

    with pytest.raises(CannotPackageError, match="no app today"):
        package(tmp_path / "out", root=root)
