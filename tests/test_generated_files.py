"""Committed files that are made from the code are as the code would make them now."""

from __future__ import annotations

import pytest

from tools.generate import ROOT, generated_files


@pytest.mark.parametrize(("path", "text"), generated_files().items(), ids=generated_files().keys())
def test_a_generated_file_is_as_it_would_be_made_now(path: str, text: str) -> None:
    file = ROOT / path

    assert file.exists(), f"{path} is not there; run `make generate`"
    assert file.read_text("utf-8") == text, f"{path} is out of date; run `make generate`"
