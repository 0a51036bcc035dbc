"""The version is the same wherever it is told."""

from __future__ import annotations

import json
import re
import tomllib

from chalicelib.version import VERSION
from tools.generate import ROOT


def test_the_version_is_a_semantic_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)


def test_the_project_file_tells_the_same_version() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"] == VERSION


def test_the_api_document_tells_the_same_version() -> None:
    assert json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["info"]["version"] == VERSION


def test_the_changelog_begins_with_this_version_or_what_comes_after_it() -> None:
    headings = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)

    assert headings
    assert headings[0] in {VERSION, "Unreleased"}
