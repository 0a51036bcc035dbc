"""Writes every generated file: `make generate`. A test fails when a committed file differs from what is made here."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

from chalicelib.api.application import OPERATIONS
from chalicelib.api.openapi import document
from chalicelib.settings import PREFIX, Settings
from chalicelib.version import VERSION
from tools.api_client import api_script
from tools.reference.posting import main as record_payload
from tools.reference.recording import main as record_answers
from tools.reference.site import reference_files

ROOT = Path(__file__).parents[1]


def generated_files() -> dict[str, str]:
    """Path from the project's root → text."""
    openapi = json.dumps(document(OPERATIONS, version=VERSION), indent=1, ensure_ascii=False) + "\n"
    settings = _settings_page()
    return {
        "chalicelib/api/openapi.json": openapi,
        "docs/openapi.json": openapi,
        "chalicelib/ui/api.js": api_script(OPERATIONS),
        "docs/settings.md": settings,
        **reference_files(settings),
    }


def _settings_page() -> str:
    lines = [
        "# Settings",
        "",
        "Environment variables; each has a default that works.",
        "This page is made from chalicelib/settings.py by `make generate`.",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    for entry in fields(Settings):
        several = ",".join(map(str, entry.default)) if isinstance(entry.default, tuple) else entry.default
        default = "" if several in (None, "") else f"`{several}`"
        cells = (f"`{PREFIX}{entry.name.upper()}`", default, entry.metadata["meaning"])
        # A bar within a cell would end it.
        row = " | ".join(cell.replace("|", r"\|") for cell in cells)
        lines.append(f"| {row} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the files that differ, and name them. The reference's answers are recorded anew first: it shows them."""
    record_answers()
    record_payload()
    for path, text in generated_files().items():
        file = ROOT / path
        if not file.exists() or file.read_text("utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            print(f"wrote {path}")


if __name__ == "__main__":
    main()
