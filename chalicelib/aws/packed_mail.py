"""Mails as the table keeps them: packed documents that are never too large for their item.

The listing copy of a mail is written once for each recipient. An item holds 400 KB; ordinary mail needs 1 KB, and only
mail that was made to be a burden comes near. Such a mail loses description, never content: its raw bytes are whole,
and its receipt is never cut.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.aws.packing import pack, unpack
from chalicelib.mail.records.mails import mail_from_document, mail_to_document, words_from_document, words_to_document
from chalicelib.mail.searching import Words
from chalicelib.mail.structure import Problem, from_document, to_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.mail.message import Mail
    from chalicelib.mail.structure import Part, Structure

MAIL_OCTETS = 60 * 1024
"""The most a packed mail takes: 49 copies and a structure stay within a transaction's 4 MB."""
STRUCTURE_OCTETS = 300 * 1024
"""The most a packed structure takes: with a packed mail it stays within an item's 400 KB."""
SHORTENED = "index-limit"
"""The problem of a mail whose structure was too large for the index."""
_NEVER_CUT = frozenset({"receipt", "size", "date"})


def pack_mail(mail: Mail) -> bytes:
    """What a list shows of a mail, in MAIL_OCTETS at most.

    What does not fit is cut from the end: as often as needed, the longest of its lists and texts loses its second half.
    """
    document = mail_to_document(mail)
    packed = pack(document)
    while len(packed) > MAIL_OCTETS:
        longest = max(document.keys() - _NEVER_CUT, key=lambda name: len(json.dumps(document[name])), default=None)
        if longest is None:
            break
        document[longest] = document[longest][: len(document[longest]) // 2]
        if not document[longest]:
            del document[longest]
        packed = pack(document)
    return packed


def unpack_mail(packed: bytes) -> Mail:
    """The mail that was packed."""
    return mail_from_document(unpack(packed))


def pack_structure(structure: Structure) -> bytes:
    """A structure, in STRUCTURE_OCTETS at most.

    Where it does not fit, names and parameters of parts are shortened (1024, 256, then 64 characters); if that is not
    enough, the last half of its parts and problems is left out, as often as needed. The problem SHORTENED says so.
    """
    packed = b""
    for smaller in _ever_smaller(structure):
        packed = pack(to_document(smaller))
        if len(packed) <= STRUCTURE_OCTETS:
            break
    return packed


def unpack_structure(packed: bytes) -> Structure:
    """The structure that was packed."""
    return from_document(unpack(packed))


def pack_words(words: Words) -> bytes:
    """The words by which a mail is found."""
    return pack(words_to_document(words))


def unpack_words(packed: bytes | None) -> Words:
    """The words that were packed; none where there are none."""
    return words_from_document(unpack(packed)) if packed else Words()


def _ever_smaller(structure: Structure) -> Iterator[Structure]:
    yield structure
    shortened = Problem(name=SHORTENED, offset=0, lossy=True)
    parts, problems = structure.parts, structure.problems
    for longest in (1024, 256, 64):
        parts = tuple(_short(part, longest) for part in parts)
        yield replace(structure, parts=parts, problems=(*problems, shortened))
    while len(parts) > 1:
        parts, problems = parts[: len(parts) // 2], problems[: len(problems) // 2]
        yield replace(structure, parts=parts, problems=(*problems, shortened))


def _short(part: Part, longest: int) -> Part:
    def cut(text: str | None) -> str | None:
        return None if text is None else text[:longest]

    return replace(
        part,
        media_type=part.media_type[:longest],
        parameters=tuple((name[:longest], value[:longest]) for name, value in part.parameters),
        charset=cut(part.charset),
        transfer_encoding=part.transfer_encoding[:longest],
        disposition=cut(part.disposition),
        file_name=cut(part.file_name),
        content_id=cut(part.content_id),
    )
