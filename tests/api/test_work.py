"""What is answered costs what it returns, not what is stored. bench/work.py shows the same at a million messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import filling, work

if TYPE_CHECKING:
    from pathlib import Path

FEW, MANY = 150, 3000


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[int]]:
    """By question: the instructions of SQLite's machine that it cost among few messages, and among many."""
    folder: Path = tmp_path_factory.mktemp("work")
    backend = filling.open_store(folder)
    counted: dict[str, list[int]] = {}
    for size in (FEW, MANY):
        work.grow(backend, size)
        for name, ask in work.questions(backend).items():
            counted.setdefault(name, []).append(work.work(backend, ask).instructions)
    backend.database.close()
    return counted


@pytest.mark.xdist_group("work")
@pytest.mark.parametrize(
    "question",
    [
        "list_inbox",
        "list_domain",
        "list_account",
        "list_starred",
        "count_account",
        "one_message",
        "star",
    ],
)
def test_an_answer_costs_the_same_among_few_messages_and_among_many(
    figures: dict[str, list[int]], question: str
) -> None:
    few, many = figures[question]

    assert 0 < many <= 1.5 * few


@pytest.mark.xdist_group("work")
@pytest.mark.parametrize("question", ["search_rare", "search_common"])
def test_a_search_costs_what_it_finds(figures: dict[str, list[int]], question: str) -> None:
    _, many = figures[question]

    # Some 25 instructions for each message that is returned, and the reading of the index's own segments.
    assert 0 < many < 60 * work.RETURNED
