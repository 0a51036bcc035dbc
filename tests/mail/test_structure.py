"""A structure is stored as JSON and read back exactly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.mime import parse
from chalicelib.mail.structure import from_document, to_document
from tests.mail.expectations import MAILS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", sorted(MAILS.glob("*.eml")), ids=lambda path: path.stem)
def test_a_structure_comes_back_from_its_document(path: Path) -> None:
    structure = parse(path.read_bytes())

    assert from_document(json.loads(json.dumps(to_document(structure)))) == structure


def test_a_document_leaves_out_what_goes_without_saying() -> None:
    document = to_document(parse(b"\n"))

    assert document["p"][0].keys() == {"n", "r", "h", "b", "t", "m", "s"}
    assert document.keys() == {"z", "p"}
