"""Every test mail is read as its .json says, with LF and with CRLF line ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from chalicelib.mail import mime
from tests.mail.expectations import MAILS, describe

if TYPE_CHECKING:
    from pathlib import Path

PATHS = sorted(MAILS.glob("*.eml"))


def test_there_are_test_mails() -> None:
    assert len(PATHS) > 30


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_mail_is_read_as_expected(path: Path, line_end: bytes) -> None:
    raw = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", line_end)
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))

    assert describe(raw) == expected


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_any_kind_of_buffer_gives_the_same_structure(path: Path) -> None:
    raw = path.read_bytes()
    structure = mime.parse(raw)

    assert mime.parse(bytearray(raw)) == structure
    assert mime.parse(memoryview(raw)) == structure
