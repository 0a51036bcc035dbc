"""Lambda's poller of the job queue: what is visible goes to on_job.do, and is deleted when it did not fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.functions.on_job import do
from tests.aws.events import recorded
from tests.worlds import queue_url

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend
    from chalicelib.aws.clients import Clients


def polled(clients: Clients) -> dict[str, Any]:
    """What Lambda's poller would bring: an event of what is visible."""
    answer = clients.sqs.receive_message(QueueUrl=queue_url(clients), MaxNumberOfMessages=10, VisibilityTimeout=360)
    record = recorded("sqs_record")
    return {
        "Records": [
            record | {"messageId": one["MessageId"], "receiptHandle": one["ReceiptHandle"], "body": one["Body"]}
            for one in answer.get("Messages", ())
        ]
    }


def work(world: AwsBackend, clients: Clients) -> int:
    """Do what is visible, as Lambda does it, and delete what did not fail; answers with how many came again."""
    return _do(polled(clients), world, clients)


def work_off(world: AwsBackend, clients: Clients) -> int:
    """Do what is visible until nothing is, as long as nothing fails; answers with how many messages that took."""
    done = 0
    while (event := polled(clients))["Records"]:
        assert _do(event, world, clients) == 0
        done += len(event["Records"])
    return done


def _do(event: dict[str, Any], world: AwsBackend, clients: Clients) -> int:
    failed = {one["itemIdentifier"] for one in do(event, world)["batchItemFailures"]}
    for record in event["Records"]:
        if record["messageId"] not in failed:
            clients.sqs.delete_message(QueueUrl=queue_url(clients), ReceiptHandle=record["receiptHandle"])
    return len(failed)
