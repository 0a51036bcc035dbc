"""Parse every .eml file of a folder, print what was found as JSON lines: `python -m tools.parse_report FOLDER`.

The shape is that of a scorer that compares parsers: header fields decoded, text and HTML joined, attachments
digested.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.mail import bodies, mime, summary

if TYPE_CHECKING:
    from chalicelib.mail.structure import Part


def report(name: str, raw: bytes) -> dict[str, Any]:
    """Describe one mail; an exception is a result too, and is told as `error`."""
    started = time.perf_counter()
    try:
        result = _describe(raw)
    except Exception as error:  # noqa: BLE001 - the report must show a crash as a crash, and go on
        result = {"error": f"{type(error).__name__}: {error}"}
    return {"file": name, "error": None, **result, "ms": round((time.perf_counter() - started) * 1000, 3)}


def _describe(raw: bytes) -> dict[str, Any]:
    structure = mime.parse(raw)
    shown = summary.summarise(raw, structure)
    parts = summary.body_parts(structure)
    return {
        "subject": shown.subject,
        "from": [address.address for address in shown.from_],
        "to": [address.address for address in shown.to],
        "cc": [address.address for address in shown.cc],
        "date": int(shown.date.timestamp()) if shown.date else None,
        "message_id": shown.message_id,
        "text": "\n".join(bodies.read_text(raw, part) for part in parts.text),
        "html": "\n".join(bodies.read_text(raw, part) for part in parts.html),
        "attachments": [_attachment(part) for part in parts.attachments],
    }


def _attachment(part: Part) -> dict[str, Any]:
    return {
        "filename": part.file_name,
        "content_type": part.media_type,
        "content_id": part.content_id,
        "disposition": part.disposition,
        "length": part.length,
        "md5": part.md5,
    }


def main(folder: str) -> None:
    """Print the report of every .eml file under `folder`, in the order of their names."""
    for path in sorted(Path(folder).rglob("*.eml")):
        print(json.dumps(report(path.name, path.read_bytes())))


if __name__ == "__main__":
    main(sys.argv[1])
