"""A job is done, or comes again when it is due."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.actions.handlers import HANDLERS
from chalicelib.actions.working import NeverError, Outcome, work
from chalicelib.aws.observing import count, metrics
from chalicelib.functions.on_mail import NOTICE, take_in
from chalicelib.functions.on_table_change import TELLING, tell_again
from chalicelib.functions.on_ws_connect import GREETING

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend
    from chalicelib.mail.job import Job

LEASE_SECONDS = 90.0
"""Longer than a job may take (.chalice/config.json: on_job's timeout)."""
_OUTCOMES = {Outcome.DONE: "JobsDone", Outcome.RETRIED: "JobsRetried", Outcome.BURIED: "JobsBuried"}


def do(event: dict[str, Any], world: AwsBackend) -> dict[str, Any]:
    """Do the job of each record; answers with those that must come again, each when it is due."""
    handlers = {
        **HANDLERS,
        GREETING: lambda _, job: _greet(world, job),
        TELLING: lambda _, job: tell_again(world, job),
        NOTICE: lambda _, job: _take_again(world, job),
    }
    failures = []
    for message in event["Records"]:
        job = world.jobs.claim(message["body"], message["receiptHandle"], lease=LEASE_SECONDS)
        if job is not None:
            count(_OUTCOMES[work(world, handlers, job)])
            metrics.add_metadata("job", job.id)
        if not world.jobs.is_settled(message["body"], message["receiptHandle"]):
            failures.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failures}


def _take_again(world: AwsBackend, job: Job) -> None:
    """Take in the mail of a notice that was given up once, and is redriven."""
    again = {"Records": [{"messageId": job.id, "body": job.payload["body"]}]}
    if take_in(again, world)["batchItemFailures"]:
        raise NeverError("It failed again; the log of on_job says why")


def _greet(world: AwsBackend, job: Job) -> None:
    world.connections.tell(job.payload["connection"], json.dumps(job.payload["frame"]))
