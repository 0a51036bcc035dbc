"""The Jobs port on SQLite: a table, leases, and a look at each lane's oldest (schema/0001_mail.sql)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.mail.job import BuriedJob, Job

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from restante.embedded.database import Database

# The lanes one after the other, each found by one step along the index, however many jobs they hold.
_LANES = """
    WITH RECURSIVE lanes (lane) AS (
        SELECT min(lane) FROM jobs WHERE buried IS NULL
        UNION ALL
        SELECT (SELECT min(lane) FROM jobs WHERE buried IS NULL AND jobs.lane > lanes.lane)
        FROM lanes WHERE lanes.lane IS NOT NULL
    )
    SELECT lane FROM lanes WHERE lane IS NOT NULL
"""
_DUE = "SELECT id FROM jobs WHERE buried IS NULL AND lane = ? AND due <= ? ORDER BY due LIMIT ?"
_UNDER_WAY = "SELECT count(*) FROM jobs WHERE buried IS NULL AND lane = ? AND due > ? AND leased = 1"
_ROW = "id, document, lane, attempts"


class Jobs:
    """See ports.Jobs."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def put(self, jobs: Sequence[Job], *, delay: float = 0.0) -> None:
        with self._database.writing() as connection:
            insert_jobs(connection, jobs, due=self._now().timestamp() + delay)

    def take(self, *, limit: int, lease: float, lane_limit: int = 4) -> tuple[Job, ...]:
        now = self._now().timestamp()
        # Without work, looking for some must not take the writer's place.
        with self._database.reading() as connection:
            if (
                connection.execute("SELECT 1 FROM jobs WHERE buried IS NULL AND due <= ? LIMIT 1", (now,)).fetchone()
                is None
            ):
                return ()
        with self._database.writing(durable=False) as connection:
            chosen = _choose(connection, now, limit, lane_limit)
            rows = [
                connection.execute(
                    f"UPDATE jobs SET due = ?, leased = 1, attempts = attempts + 1 WHERE id = ? RETURNING {_ROW}",
                    (now + lease, job),
                ).fetchone()
                for job in chosen
            ]
        return tuple(_job(row) for row in rows)

    def free(self) -> int:
        """Let what was taken and not settled be due at once; says how many jobs that were.

        For the start of the only worker: whoever took them is dead, and would hold up their lanes until the leases end.
        """
        with self._database.writing(durable=False) as connection:
            return connection.execute(
                "UPDATE jobs SET due = ?, leased = 0 WHERE leased = 1 AND buried IS NULL AND due > ?",
                (self._now().timestamp(), self._now().timestamp()),
            ).rowcount

    def finish(self, job: Job) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job.id,))

    def retry(self, job: Job, *, delay: float, reason: str) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET due = ?, leased = 0, reason = ? WHERE id = ?",
                (self._now().timestamp() + delay, reason, job.id),
            )

    def bury(self, job: Job, *, reason: str) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET buried = ?, leased = 0, reason = ? WHERE id = ?",
                (self._now().timestamp(), reason, job.id),
            )

    def buried(self, *, limit: int) -> tuple[BuriedJob, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT {_ROW}, buried, reason FROM jobs WHERE buried IS NOT NULL ORDER BY buried DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return tuple(
            BuriedJob(job=_job(row[:4]), buried=datetime.fromtimestamp(row[4], UTC), reason=row[5]) for row in rows
        )

    def redrive(self, jobs: Sequence[str] | None = None) -> int:
        now = self._now().timestamp()
        # It is as new: work is given up by its age.
        statement = (
            "UPDATE jobs SET buried = NULL, attempts = 0, due = ?, document = json_set(document, '$.created', ?) "
            "WHERE buried IS NOT NULL"
        )
        with self._database.writing() as connection:
            if jobs is None:
                return connection.execute(statement, (now, now)).rowcount
            return sum(connection.execute(f"{statement} AND id = ?", (now, now, job)).rowcount for job in jobs)


def insert_jobs(connection: sqlite3.Connection, jobs: Sequence[Job], *, due: float) -> None:
    """Put jobs within a transaction that is under way."""
    connection.executemany(
        "INSERT OR IGNORE INTO jobs (id, document, lane, attempts, due) VALUES (?, ?, ?, ?, ?)",
        [(job.id, json.dumps(_document(job)), job.lane, job.attempts, due) for job in jobs],
    )


def _choose(connection: sqlite3.Connection, now: float, limit: int, lane_limit: int) -> list[str]:
    queues = []
    for (lane,) in connection.execute(_LANES).fetchall():
        room = lane_limit - connection.execute(_UNDER_WAY, (lane, now)).fetchone()[0]
        if room > 0:
            queues.append([row[0] for row in connection.execute(_DUE, (lane, now, min(room, limit)))])
    # One of each lane, then the second of each: no lane waits for another's backlog.
    ordered = [queue[turn] for turn in range(lane_limit) for queue in queues if turn < len(queue)]
    return ordered[:limit]


def _document(job: Job) -> dict[str, Any]:
    return {"kind": job.kind, "payload": job.payload, "created": job.created.timestamp()}


def _job(row: Sequence[Any]) -> Job:
    document = json.loads(row[1])
    made = Job(
        id=row[0],
        kind=document["kind"],
        created=datetime.fromtimestamp(document["created"], UTC),
        payload=document["payload"],
        lane=row[2],
    )
    return replace(made, attempts=row[3])
