"""Batches of a queue: a record that fails is the only one that comes again.

The event source has to ask for it: FunctionResponseTypes [ReportBatchItemFailures] (AWS Lambda Developer Guide,
"Reporting batch item failures"). powertools has a class for this; these lines save its 100 ms of every cold start.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


LAST_TRY = 5
"""A record that comes for the fifth time is given up before it is tried: what killed a process left no exception.

The queue's own maxReceiveCount is the same, so its dead-letter queue gets only what could not even be given up."""


def each_record(
    event: dict[str, Any], take: Callable[[str], None], give_up: Callable[[str, str], None] | None = None
) -> dict[str, list[dict[str, str]]]:
    """Give the body of each record of an SQS event to `take`; answers which have to be delivered again.

    Whatever `take` raises fails its own record only. At LAST_TRY a record's id and body go to `give_up`; without it,
    to the queue's dead-letter queue.
    """
    failures = []
    for record in event["Records"]:
        tried = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        try:
            if give_up is not None and tried >= LAST_TRY:
                give_up(record["messageId"], record["body"])
            else:
                take(record["body"])
        except Exception:
            # The border of the service: whatever went wrong with one mail, the others have to be taken.
            log.exception("Record %s has to be delivered again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
