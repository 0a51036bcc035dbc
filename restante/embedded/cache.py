"""The shared tier of the parse cache on one machine: an SQLite file of its own, bounded in bytes, the oldest out first.

No write of it is synced, and a file that cannot be used is made anew: everything in it can be made again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from chalicelib.errors import Unavailable
from chalicelib.mail.rendering import Terms
from restante.embedded.database import Database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from chalicelib.mail.names import MailId
    from chalicelib.mail.rendering import CacheKey

log = logging.getLogger(__name__)

SHARED_OCTETS = 256 * 1024**2
LARGEST_ENTRY = 1024 * 1024
REMEMBERED_DROPS = 10_000
CACHE_TERMS = Terms(ahead=2000.0, kept=200.0)
"""To fetch an entry takes 20 to 140 microseconds, to keep one 150 to 450: less work than that is done each time."""


class SharedCache:
    """See ports.caching.SharedTier; `bound` is in bytes."""

    most = LARGEST_ENTRY

    def __init__(self, path: Path, bound: int = SHARED_OCTETS) -> None:
        self._bound = bound
        self._database = _opened(path)

    def get(self, key: CacheKey) -> bytes | None:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT content FROM entries WHERE mail = ? AND name = ?", (key.mail, key.entry)
            ).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, entries: Mapping[CacheKey, bytes]) -> None:
        rows = [(key.mail, key.entry, content) for key, content in entries.items() if len(content) <= self.most]
        with self._database.writing(durable=False) as connection:
            # What is there already may be damaged; REPLACE would not tell the triggers of it.
            connection.executemany("DELETE FROM entries WHERE mail = ? AND name = ?", [row[:2] for row in rows])
            connection.executemany(
                "INSERT INTO entries (mail, name, content) "
                "SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM dropped WHERE mail = ?1)",
                rows,
            )
            self._evict(connection)

    def drop(self, mails: Sequence[MailId], *, for_good: bool = True) -> None:
        rows = [(mail,) for mail in mails]
        with self._database.writing(durable=False) as connection:
            connection.executemany("DELETE FROM entries WHERE mail = ?", rows)
            if not for_good:
                return
            connection.executemany("INSERT OR IGNORE INTO dropped (mail) VALUES (?)", rows)
            connection.execute(
                "DELETE FROM dropped WHERE number <= (SELECT max(number) FROM dropped) - ?", (REMEMBERED_DROPS,)
            )

    def octets(self) -> int:
        """What all entries take, in bytes."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT octets FROM size").fetchone()[0])

    def close(self) -> None:
        """Close this thread's connection."""
        self._database.close()

    def _evict(self, connection: sqlite3.Connection) -> None:
        while connection.execute("SELECT octets FROM size").fetchone()[0] > self._bound:
            connection.execute("DELETE FROM entries WHERE number = (SELECT min(number) FROM entries)")


def _opened(path: Path) -> Database:
    try:
        return Database(path, schema="cache_schema")
    except Unavailable as error:
        log.warning("The cache %s cannot be used, and is made anew: %s", path, error)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return Database(path, schema="cache_schema")
