"""Batches of a queue: a record that fails is the only one that comes again.

The event source has to ask for it: FunctionResponseTypes [ReportBatchItemFailures] (AWS Lambda Developer Guide,
"Reporting batch item failures"). powertools has a class for this; these lines save its 100 ms of every cold start.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

SUSPECT = 3
"""From its third coming on a record is marked while it is tried: it may be what killed the processes before."""
LAST_TRY = 5
"""A record that comes for the fifth time and fails again is given up."""


class Trials(Protocol):
    """What outlives a process that a record killed: which record was being tried, and those that were given up."""

    def begin(self, record: str) -> bool:
        """Mark a record as being tried; False where it is marked already: the process that tried it died of it."""

    def end(self, record: str) -> None:
        """Take its mark away."""

    def give_up(self, record: str, body: str) -> None:
        """Keep it as a dead letter."""


def each_record(
    event: dict[str, Any], take: Callable[[str], None], trials: Trials | None = None
) -> dict[str, list[dict[str, str]]]:
    """Give the body of each record of an SQS event to `take`; answers which have to be delivered again.

    Whatever `take` raises fails its own record only. What fails at LAST_TRY is given up, and so is what was marked
    when its process died: the others of its batch are taken then. Each delivery finds one that kills, so the queue's
    maxReceiveCount has to be larger than SUSPECT by a batch's records. Without `trials` nothing is given up here.
    """
    failures = []
    for record in event["Records"]:
        tried = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        try:
            if trials is None or tried < SUSPECT:
                take(record["body"])
            else:
                _try_suspect(record, take, trials, last=tried >= LAST_TRY)
        except Exception:
            # The border of the service: whatever went wrong with one mail, the others have to be taken.
            log.exception("Record %s has to be delivered again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _try_suspect(record: dict[str, Any], take: Callable[[str], None], trials: Trials, *, last: bool) -> None:
    name, body = record["messageId"], record["body"]
    if not trials.begin(name):
        log.error("Record %s killed its process and is given up", name)
        trials.give_up(name, body)
        return
    try:
        take(body)
    except Exception:
        trials.end(name)
        if not last:
            raise
        log.exception("Record %s failed each time and is given up", name)
        trials.give_up(name, body)
    else:
        trials.end(name)
