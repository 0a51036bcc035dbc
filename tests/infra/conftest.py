"""The package, built once a worker; what was fetched for its layer stays in build/layers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.settings import environment
from infra.packaging import ROOT, Bundle, CannotPackageError, package

if TYPE_CHECKING:
    from infra.packaging import Architecture


def built(out: Path, architecture: Architecture = "arm64") -> Bundle:
    """The package of this checkout. Skips where the package index cannot be reached; in CI that is an error."""
    try:
        return package(out, architecture=architecture)
    except CannotPackageError as error:
        if environment().get("CI") or "package index" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return built(tmp_path_factory.mktemp("package") / "arm64")


@pytest.fixture(scope="session")
def checkers() -> Path:
    """The programs of requirements-infra.txt. Skips where they are not installed; in CI that is an error."""
    programs = ROOT / ".venv-infra" / "bin"
    if not (programs / "cfn-lint").exists():
        if environment().get("CI"):
            raise FileNotFoundError(programs)
        pytest.skip("There is no .venv-infra: `make setup` makes it")
    return programs


@pytest.fixture(scope="session")
def translated(bundle: Bundle, checkers: Path) -> dict[str, Any]:
    """The built template without SAM: what CloudFormation makes resources of."""
    done = subprocess.run(
        [checkers / "python", Path(__file__).with_name("translate.py")],
        input=json.dumps(bundle.template),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    template: dict[str, Any] = json.loads(done.stdout)
    return template
