"""What is expected of each test mail: a .json beside the .eml, read by people, rewritten by one command.

`python -m tests.mail.expectations` writes all of them anew; what changed is then read in the diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.mail import bodies, mime, summary

if TYPE_CHECKING:
    from chalicelib.mail.addresses import Address
    from chalicelib.mail.structure import Part

MAILS = Path(__file__).parent / "mails"


def describe(raw: bytes) -> dict[str, Any]:
    """Tell everything that is read from a mail, line ends made alike so that LF and CRLF have one expectation."""
    structure = mime.parse(raw)
    shown = summary.summarise(raw, structure)
    parts = summary.body_parts(structure)
    return {
        "structure": [f"{part.number} {part.role.value} {part.media_type}" for part in structure.parts],
        "problems": [problem.name for problem in structure.problems],
        "subject": shown.subject,
        "from": _mailboxes(shown.from_),
        "to": _mailboxes(shown.to),
        "cc": _mailboxes(shown.cc),
        "bcc": _mailboxes(shown.bcc),
        "reply_to": _mailboxes(shown.reply_to),
        "date": shown.date.isoformat() if shown.date else None,
        "message_id": shown.message_id,
        "text": [bodies.read_text(raw, part) for part in parts.text],
        "html": [bodies.read_text(raw, part) for part in parts.html],
        "attachments": [_attachment(raw, part) for part in parts.attachments],
    }


def _mailboxes(addresses: tuple[Address, ...]) -> list[str]:
    return [f"{address.name} <{address.address}>".strip() for address in addresses]


def _attachment(raw: bytes, part: Part) -> dict[str, Any]:
    content = bodies.read_content(raw, part).replace(b"\r\n", b"\n")
    return {
        "type": part.media_type,
        "name": part.file_name,
        "id": part.content_id,
        "disposition": part.disposition,
        "content": content.decode("ascii", "backslashreplace"),
    }


def main() -> None:
    """Write the expectation of every test mail."""
    for path in sorted(MAILS.glob("*.eml")):
        text = json.dumps(describe(path.read_bytes()), indent=2, ensure_ascii=False) + "\n"
        path.with_suffix(".json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
