"""The Jobs port on DynamoDB and SQS: the table says what there is to do, a message of the queue that it is time.

A job's item is the truth: when it is due, how often it was tried. A message names a job, and is good for nothing else:
one that comes early is put off, or replaced by a new one where that is long; one whose job is done is thrown away, one
too many does no harm. So neither a message that SQS delivers twice nor a crash between two steps loses a job or does
more than do it once again.
A message carries its lane as message group: SQS gives every group its turn (AWS: "Amazon SQS fair queues").
docs/decisions/0012-jobs-on-aws.md says why.
"""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, Any

from chalicelib.aws.border import border
from chalicelib.aws.packing import pack, unpack
from chalicelib.aws.table import ConditionFailedError
from chalicelib.aws.writes import ItemKey, change, delete, key_name, partition, put, put_new
from chalicelib.errors import Unavailable
from chalicelib.mail.job import BuriedJob, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chalicelib.aws.clients import Clients
    from chalicelib.aws.table import Table
    from chalicelib.aws.wire import Item
    from chalicelib.aws.writes import Write

log = logging.getLogger(__name__)

LETTERS = "DEAD-LETTERS"
SEND_AT_ONCE = 10
"""The most messages of one SendMessageBatch, and of one ReceiveMessage (AWS: SQS quotas)."""
LONGEST_DELAY = 900
"""The most seconds a message may be delayed when it is sent (AWS: SQS quotas, "Message timers")."""
LONGEST_IN_FLIGHT = 300.0
"""Jobs that wait longer get a new message, which is delayed: one that was received and is put off is in flight, and a
queue has no more than 120,000 of those, whomever they wait for (AWS: SQS quotas)."""
REDRIVE_SECONDS = 120.0
"""After so long a letter that is redriven is a job, or never will be: longer than botocore tries one write."""
_WHAT = "The queue"


class Jobs:
    """See ports.Jobs. Jobs that were taken here are settled here: it knows the messages they came with."""

    def __init__(self, table: Table, clients: Clients, queue: str, now: Callable[[], datetime]) -> None:
        self._table = table
        self._clients = clients
        self._queue = queue
        self._now = now
        self._handles: dict[str, str] = {}
        self._replaced: set[str] = set()

    def put(self, jobs: Sequence[Job], *, delay: float = 0.0) -> None:
        due = self._milliseconds(delay)
        for job in jobs:
            try:
                self._table.transact([put_new(_key(job.id), _item(job, due))])
            except ConditionFailedError:
                # It is there; but whether its message was sent nobody knows, and one too many does no harm.
                log.debug("Job %s is there already", job.id)
        self._send(jobs, delay)

    def take(self, *, limit: int, lease: float, lane_limit: int = 4) -> tuple[Job, ...]:  # noqa: ARG002 - see ports.Jobs
        taken: list[Job] = []
        while len(taken) < limit:
            with border(_WHAT):
                answer = self._clients.sqs.receive_message(
                    QueueUrl=self._queue,
                    MaxNumberOfMessages=min(SEND_AT_ONCE, limit - len(taken)),
                    VisibilityTimeout=ceil(lease),
                )
            messages = answer.get("Messages", ())
            claimed = (self.claim(one["Body"], one["ReceiptHandle"], lease=lease) for one in messages)
            taken += [job for job in claimed if job is not None]
            if not messages:
                break
        return tuple(taken)

    def claim(self, body: str, handle: str, *, lease: float) -> Job | None:
        """The job that a message names, leased; None when it is done, or not due yet: the message is put off then."""
        name = _name_in(body)
        item = self._table.get(_key(name)) if name else None
        if item is None:
            self._delete_message(handle)
            return None
        now = self._milliseconds()
        if item["due"] > now:
            self._wait(_job(item), handle, (item["due"] - now) / 1000)
            return None
        values: dict[str, Any] = {":one": 1, ":due": self._milliseconds(lease), ":seen": item["due"]}
        take = change(_key(name), "SET #attempts = #attempts + :one, #due = :due", values, condition="#due = :seen")
        try:
            self._table.transact([take])
        except ConditionFailedError:
            # Another message named it too, and was a moment faster.
            self._put_off(handle, lease)
            return None
        self._handles[name] = handle
        return _job({**item, "attempts": item["attempts"] + 1})

    def is_settled(self, body: str, handle: str) -> bool:
        """Whether the message need not come again: its job is done or buried, it names none, or another came for it."""
        if handle in self._replaced:
            self._replaced.remove(handle)
            return True
        name = _name_in(body)
        return not name or self._table.get(_key(name)) is None

    def finish(self, job: Job) -> None:
        self._end([delete(_key(job.id))])
        self._drop_message(job)

    def retry(self, job: Job, *, delay: float, reason: str) -> None:
        values: dict[str, Any] = {":due": self._milliseconds(delay), ":reason": reason}
        if not self._end([change(_key(job.id), "SET #due = :due, #reason = :reason", values, condition=_THERE)]):
            return
        handle = self._handles.pop(job.id, None)
        if handle is None:
            self._send([job], delay)
        else:
            self._wait(job, handle, delay)

    def bury(self, job: Job, *, reason: str) -> None:
        self._end([delete(_key(job.id)), put(*self._letter(job, reason))])
        self._drop_message(job)

    def _letter(self, job: Job, reason: str) -> tuple[ItemKey, Item]:
        buried = self._milliseconds()
        letter = {**_item(job, 0), "attempts": job.attempts, "job": job.id, "buried": buried, "reason": reason}
        return ItemKey(LETTERS, f"{buried:013}#{key_name(job.id)}"), letter

    def keep_letter(self, job: Job, *, reason: str) -> None:
        """Keep a dead letter of work that never was a job here. Raises Unavailable."""
        self._table.put_all(dict([self._letter(job, reason)]))

    def buried(self, *, limit: int) -> tuple[BuriedJob, ...]:
        found = []
        for item in self._table.query(LETTERS, newest_first=True, page=limit):
            moment = datetime.fromtimestamp(item["buried"] / 1000, UTC)
            found.append(BuriedJob(job=_job(item), buried=moment, reason=item["reason"]))
            if len(found) >= limit:
                break
        return tuple(found)

    def redrive(self, jobs: Sequence[str] | None = None) -> int:
        wanted = None if jobs is None else set(jobs)
        redriven = 0
        for item in list(self._table.query(LETTERS)):
            if wanted is not None and item["job"] not in wanted:
                continue
            job = _as_new(_job(item), self._now())
            letter = ItemKey(item["pk"], item["sk"])
            # A message that names no job is thrown away; a job that no message names would be lost.
            self._send([job], REDRIVE_SECONDS)
            if self._end([delete(letter), put(_key(job.id), _item(job, self._milliseconds()))]):
                redriven += 1
                self._hurry(job)
        return redriven

    def _hurry(self, job: Job) -> None:
        try:
            self._send([job], 0.0)
        except Unavailable:
            log.warning("Job %s is redriven only by its delayed message", job.id)

    def _end(self, writes: list[Write]) -> bool:
        """Settle; False when somebody else has done so."""
        try:
            self._table.transact(writes)
        except ConditionFailedError:
            return False
        return True

    def _send(self, jobs: Sequence[Job], delay: float) -> None:
        for chunk in _chunks(jobs):
            entries: list[Any] = [
                {
                    "Id": str(number),
                    "MessageBody": json.dumps({"job": job.id}),
                    "DelaySeconds": min(ceil(delay), LONGEST_DELAY),
                    "MessageGroupId": hashlib.sha256(job.lane.encode("utf-8", "surrogatepass")).hexdigest(),
                }
                for number, job in enumerate(chunk)
            ]
            with border(_WHAT):
                answer = self._clients.sqs.send_message_batch(QueueUrl=self._queue, Entries=entries)
            if answer.get("Failed"):
                raise Unavailable(f"{_WHAT} did not take every message")

    def _wait(self, job: Job, handle: str, seconds: float) -> None:
        """Let a job's message come after some time, or as late as a new one can: it is put off again then."""
        if seconds <= LONGEST_IN_FLIGHT:
            self._put_off(handle, seconds)
            return
        # A crash in between leaves two, and one too many does no harm.
        self._send([job], seconds)
        self._delete_message(handle)
        self._replaced.add(handle)

    def _put_off(self, handle: str, seconds: float) -> None:
        with border(_WHAT):
            self._clients.sqs.change_message_visibility(
                QueueUrl=self._queue,
                ReceiptHandle=handle,
                VisibilityTimeout=max(0, ceil(seconds)),
            )

    def _drop_message(self, job: Job) -> None:
        handle = self._handles.pop(job.id, None)
        if handle is not None:
            self._delete_message(handle)

    def _delete_message(self, handle: str) -> None:
        with border(_WHAT):
            self._clients.sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=handle)

    def _milliseconds(self, later: float = 0.0) -> int:
        return int((self._now().timestamp() + later) * 1000)


_THERE = "attribute_exists(#pk)"


def job_to_document(job: Job) -> dict[str, Any]:
    """A job as JSON values."""
    return {
        "id": job.id,
        "kind": job.kind,
        "created": job.created.timestamp(),
        "payload": job.payload,
        "lane": job.lane,
    }


def job_from_document(document: dict[str, Any], attempts: int = 0) -> Job:
    """The job that was written."""
    return Job(
        id=document["id"],
        kind=document["kind"],
        created=datetime.fromtimestamp(document["created"], UTC),
        payload=document["payload"],
        lane=document["lane"],
        attempts=attempts,
    )


def _key(job: str) -> ItemKey:
    return ItemKey(partition("JOB", job), "JOB")


def _item(job: Job, due: int) -> Item:
    return {"document": pack(job_to_document(job)), "attempts": job.attempts, "due": due}


def _job(item: Item) -> Job:
    return job_from_document(unpack(item["document"]), item["attempts"])


def _as_new(job: Job, now: datetime) -> Job:
    # It is as new: work is given up by its age.
    return job_from_document({**job_to_document(job), "created": now.timestamp()})


def _name_in(body: str) -> str:
    try:
        name = json.loads(body)["job"]
    except (ValueError, TypeError, KeyError):
        log.warning("A message of the queue names no job")
        return ""
    return name if isinstance(name, str) else ""


def _chunks(jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
    for start in range(0, len(jobs), SEND_AT_ONCE):
        yield jobs[start : start + SEND_AT_ONCE]
