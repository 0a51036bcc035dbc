"""Decoded content in pieces is the content, of every mail that anybody has thought of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions import reading
from chalicelib.mail.names import Inbox
from chalicelib.mail.structure import Span
from tests.api.mails import arrive

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend

MAILS = sorted((Path(__file__).parents[1] / "mail" / "mails").glob("*.eml"))


def test_there_are_mails() -> None:
    assert len(MAILS) > 20


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_every_part_in_pieces_is_the_part_and_as_long_as_was_told(backend: EmbeddedBackend, path: Path) -> None:
    opened = reading.open_message(backend, Inbox("bob@x.dev"), arrive(backend, path.read_bytes()))

    for part in opened.structure.parts:
        stream = opened.stream(part)
        content = b"".join(stream.open(None))
        assert content == opened.content(part)
        assert stream.length in {None, len(content)}
        if stream.length:
            middle = Span(stream.length // 3, stream.length // 2 + 1)
            assert b"".join(stream.open(middle)) == content[middle.start : middle.end]
