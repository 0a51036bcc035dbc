"""`restante jobs`: what was given up is listed with its reason, and tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.mail.job import Job
from restante.embedded.backend import EmbeddedBackend
from tests.cli.commands import run

if TYPE_CHECKING:
    from pathlib import Path


def _bury(data: Path, *names: str) -> None:
    backend = EmbeddedBackend(data)
    backend.jobs.put([Job(id=name, kind="slack", created=backend.now(), lane=name) for name in names])
    for job in backend.jobs.take(limit=10, lease=60):
        backend.jobs.bury(job, reason="Slack answered 500")
    backend.database.close()


def test_dead_letters_are_listed_and_redriven_by_their_ids(tmp_path: Path) -> None:
    _bury(tmp_path, "job-1", "job-2")
    listed = run(tmp_path, "jobs", "list")
    one = run(tmp_path, "jobs", "redrive", "job-1")
    unknown = run(tmp_path, "jobs", "redrive", "job-1")
    rest = run(tmp_path, "jobs", "redrive")
    empty = run(tmp_path, "jobs", "list")

    assert listed.code == 0
    assert sorted(line.split("  ", 1)[1] for line in listed.out.splitlines()) == [
        f"slack  job-{number}  after 1 tries: Slack answered 500" for number in (1, 2)
    ]
    assert (one.code, one.out) == (0, "1 jobs are tried again.\n")
    assert (unknown.code, unknown.out) == (1, "0 jobs are tried again.\n")
    assert (rest.code, rest.out) == (0, "1 jobs are tried again.\n")
    assert (empty.code, empty.out) == (0, "")
