"""What holds for the structure of every mail, whatever its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.mail.structure import Part, Role, Structure, from_document, to_document

if TYPE_CHECKING:
    from collections.abc import Iterator


def broken_invariants(raw: bytes, structure: Structure) -> list[str]:
    """Name what does not hold: ranges cover the mail, lie inside their parents, do not overlap; numbers are unique."""
    return [name for name, holds in _invariants(raw, structure) if not holds]


def _invariants(raw: bytes, structure: Structure) -> Iterator[tuple[str, bool]]:
    parts = structure.parts
    root = parts[0]
    yield "the size is that of the mail", structure.size == len(raw)
    yield "the root covers the mail", root.header.start == 0 and root.body.end == len(raw)
    yield "the body follows the header", all(part.header.end == part.body.start for part in parts)
    yield "no range is turned round", all(part.header.start <= part.body.start <= part.body.end for part in parts)
    yield "numbers are unique", len({part.number for part in parts}) == len(parts)
    yield "ranges lie inside their parents and do not overlap", _are_nested(parts)
    yield "problems lie inside the mail", all(0 <= problem.offset <= len(raw) for problem in structure.problems)
    yield (
        "content has digests",
        all(part.md5 != "" for part in parts if part.role is not Role.CONTAINER)
        or any(problem.name == "digest-limit" for problem in structure.problems),
    )
    yield "containers have none", all(part.md5 == "" for part in parts if part.role is Role.CONTAINER)
    yield "the document gives the structure back", from_document(to_document(structure)) == structure


def _are_nested(parts: tuple[Part, ...]) -> bool:
    open_parts = [parts[0]]
    for part in parts[1:]:
        position = open_parts[-1].body.start
        while open_parts and not _is_inside(part, open_parts[-1]):
            position = open_parts.pop().body.end
        if not open_parts or part.header.start < position:
            return False
        open_parts.append(part)
    return True


def _is_inside(part: Part, parent: Part) -> bool:
    return parent.body.start <= part.header.start and part.body.end <= parent.body.end
