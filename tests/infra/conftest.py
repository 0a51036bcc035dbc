"""The package, built once a worker; what was fetched for its layer stays in build/layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.settings import environment
from infra.packaging import Bundle, CannotPackageError, package

if TYPE_CHECKING:
    from pathlib import Path

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
