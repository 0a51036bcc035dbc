"""Mails that nobody has tidied, from many projects: ours is read as independent parsers agree that it should be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.parse_report import report

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus is not beside the project")
def test_the_corpus_is_read_as_parsers_agree(tmp_path: Path) -> None:
    results, score = tmp_path / "results.jsonl", tmp_path / "score.json"
    reports = [report(path.name, path.read_bytes()) for path in sorted((CORPUS / "mails").glob("*.eml"))]
    results.write_text("".join(json.dumps(found) + "\n" for found in reports))
    subprocess.run(
        [sys.executable, CORPUS / "score.py", results, "--failures", "0", "--json", score],
        check=True,
        capture_output=True,
    )
    scored = json.loads(score.read_text())

    assert (scored["errors"], scored["missing"]) == (0, 0)
    assert scored["hard"] >= 99.9
    assert scored["hard_majority"] >= 99.3


def test_a_report_has_what_the_scorer_reads() -> None:
    found = report("x.eml", b"From: Ann <a@b.example>\nDate: Mon, 2 Feb 2026 09:15:00 +0000\nSubject: x\n\ntext\n")

    assert found.pop("ms") >= 0
    assert found == {
        "file": "x.eml",
        "error": None,
        "subject": "x",
        "from": ["a@b.example"],
        "to": [],
        "cc": [],
        "date": 1770023700,
        "message_id": "",
        "text": "text\n",
        "html": "",
        "attachments": [],
    }
