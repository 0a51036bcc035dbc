"""The SQLite file of the embedded world: one connection a thread, WAL mode, numbered schema steps."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING

from chalicelib.errors import Unavailable
from restante.embedded.text import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS = 20.0
"""How long a writer waits for another: far longer than any write of ours takes."""


LOOK_SECONDS = 0.02
"""How often it is looked whether another process has written; a look takes microseconds."""


class Database:
    """A store that processes and threads share: many readers beside one writer (https://sqlite.org/wal.html)."""

    def __init__(self, path: Path, *, schema: str = "schema") -> None:
        self._path = path
        self._schema = schema
        self._local = threading.local()
        # Threads of one process queue here: SQLite lets a writer that has to wait sleep and try again.
        self._writer = threading.Lock()
        self._migrate()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, opened on first use; it is closed when the thread ends."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for single reads. Raises Unavailable where SQLite cannot answer."""
        with _translated():
            yield self.connection()

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or, when anything is raised, nothing.

        Once this returns it survives the end of the process; with `durable`, a loss of power too.
        """
        with _translated(), self._writer:
            connection = self.connection()
            connection.execute("PRAGMA synchronous = FULL" if durable else "PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def changes(self) -> int:
        """A number that differs once another connection has written (https://sqlite.org/pragma.html, data_version)."""
        with _translated():
            return int(self.connection().execute("PRAGMA data_version").fetchone()[0])

    def wait_for_change(self, most: float) -> float:
        """Wait until another connection has written, `most` seconds at most; answers with the seconds that passed."""
        begun = time.monotonic()
        before = self.changes()
        never = threading.Event()
        while (passed := time.monotonic() - begun) < most and self.changes() == before:
            never.wait(min(LOOK_SECONDS, most - passed))
        return time.monotonic() - begun

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, factory=Connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Who deletes a mail expects that its bytes are gone.
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    def _migrate(self) -> None:
        steps = sorted(
            (int(file.name.split("_")[0]), file.read_text())
            for file in resources.files("restante.embedded").joinpath(self._schema).iterdir()
            if file.name.endswith(".sql")
        )
        with _translated():
            connection = self.connection()
            reached = connection.execute("PRAGMA user_version").fetchone()[0]
            for number, sql in steps:
                if number > reached:
                    self._apply(connection, number, sql)
        self.close()

    def _apply(self, connection: sqlite3.Connection, number: int, sql: str) -> None:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have been first while we waited for the lock.
        if connection.execute("PRAGMA user_version").fetchone()[0] < number:
            for statement in _statements(sql):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")


def _statements(sql: str) -> Iterator[str]:
    # executescript would commit the transaction that guards the step.
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        raise Unavailable(f"The index cannot be used: {error}") from error
