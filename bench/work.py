"""That lists, counts, stars and searches cost what they return, not what is stored: SQLite's work at growing sizes.

Work is counted by what SQLite itself does: the instructions of its virtual machine (sqlite3_progress_handler), and the
bytes that it asks the file for when its cache is empty (Linux). Full-text search runs outside that machine: for it the
bytes tell.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import filling, peers
from bench.report import Goal, Report, arguments, print_table
from chalicelib.actions.admitting import FIRST_ACCOUNT
from chalicelib.mail.names import Inbox
from chalicelib.mail.searching import query_of
from chalicelib.mail.shelf import Shelf
from chalicelib.ports import Marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from restante.embedded.backend import EmbeddedBackend

RETURNED = 50
STARRED = 60
SIZES = (100, 10_000, 1_000_000)
INBOX = Inbox(peers.RECIPIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one question cost."""

    instructions: int
    bytes_read: int


def questions(backend: EmbeddedBackend) -> dict[str, Callable[[], object]]:
    """What is asked, by name."""
    index, newest = backend.index, backend.index.messages(Shelf.inbox(INBOX), limit=1)[0]
    # The number of the newest order, which no other begins with; and a word that stands in every seven hundredth mail.
    rare, common = query_of(newest.mail.summary.subject.split()[1]), query_of(filling.word(7))
    return {
        "list_inbox": lambda: index.messages(Shelf.inbox(INBOX), limit=RETURNED),
        "list_domain": lambda: index.messages(Shelf.domain("restante.test"), limit=RETURNED),
        "list_account": lambda: index.messages(Shelf.account(FIRST_ACCOUNT), limit=RETURNED),
        "list_starred": lambda: index.messages(Shelf.starred(FIRST_ACCOUNT), limit=RETURNED),
        "count_account": lambda: index.count(Shelf.account(FIRST_ACCOUNT)),
        "one_message": lambda: index.message(newest.inbox, newest.id),
        "star": lambda: backend.register.mark(newest.inbox, newest.id, Marks(starred_by=FIRST_ACCOUNT)),
        "search_rare": lambda: index.find(FIRST_ACCOUNT, rare, limit=RETURNED),
        "search_common": lambda: index.find(FIRST_ACCOUNT, common, limit=RETURNED),
    }


def work(backend: EmbeddedBackend, ask: Callable[[], object]) -> Work:
    """What it costs to answer once, on a new connection."""
    backend.database.close()
    connection = backend.database.connection()
    # The schema is read once a connection, not once a question.
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    instructions = 0

    def one_more() -> int:
        nonlocal instructions
        instructions += 1
        return 0

    before = _bytes_read()
    connection.set_progress_handler(one_more, 1)
    try:
        ask()
    finally:
        connection.set_progress_handler(None, 0)
    return Work(instructions=instructions, bytes_read=_bytes_read() - before)


def _bytes_read() -> int:
    (line,) = (one for one in Path("/proc/self/io").read_text().splitlines() if one.startswith("rchar"))
    return int(line.split()[1])


def grow(backend: EmbeddedBackend, size: int) -> None:
    """Fill the inbox up to so many messages, the first few of them starred."""
    there = backend.index.count(Shelf.inbox(INBOX)).messages
    filling.fill(backend, filling.mails(size - there, recipient=INBOX))
    if there == 0:
        for message in backend.index.messages(Shelf.inbox(INBOX), limit=STARRED):
            backend.register.mark(message.inbox, message.id, Marks(starred_by=FIRST_ACCOUNT))
    with backend.database.reading() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of messages, growing")
    chosen = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="restante-bench-") as name:
        backend = filling.open_store(Path(name))
        for size in chosen.sizes:
            grow(backend, size)
            for question, ask in questions(backend).items():
                done = work(backend, ask)
                report.figures[f"{question}_instructions_{size}"] = done.instructions
                report.figures[f"{question}_bytes_{size}"] = done.bytes_read
            print(f"  {size} messages: done", flush=True)
        backend.database.close()
    names = [key.removesuffix(f"_bytes_{size}") for key in report.figures if key.endswith(f"_bytes_{size}")]
    for unit in ("instructions", "bytes"):
        print()
        rows = [(one, *(f"{report.figures[f'{one}_{unit}_{size}']:.0f}" for size in chosen.sizes)) for one in names]
        print_table((unit, *map(str, chosen.sizes)), rows)
    first, last = chosen.sizes[0], chosen.sizes[-1]
    # A common word is found more often where there is more: its figures are shown, and not judged.
    for one in (name for name in names if name != "search_common"):
        growth = report.figures[f"{one}_instructions_{last}"] / report.figures[f"{one}_instructions_{first}"]
        report.goals[f"{one}_growth"] = Goal(value=growth, goal=1.5, sense="at most")
    report.tell(chosen.json)


if __name__ == "__main__":
    main()
