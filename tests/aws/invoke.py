"""Gives the event on standard input to app.on_mail, in an AWS where its mail is stored; then calls the other functions.

It is the service as Lambda runs it: a process of its own, whose standard output is the log. Its last line is what came
of it all.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from moto import mock_aws

import app
from chalicelib.actions.admitting import create_account, create_key
from chalicelib.mail.job import Job
from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from tests.aws.events import Context, recorded
from tests.aws.test_live import connecting
from tests.aws.test_on_mail import RAW
from tests.worlds import BUCKET, make_stores, queue_url

if TYPE_CHECKING:
    from chalicelib.aws.clients import Clients

KEY = "k_that-nobody-may-see"


def main() -> None:
    event: dict[str, Any] = json.load(sys.stdin)
    with mock_aws():
        key = json.loads(event["Records"][0]["body"])["receipt"]["action"]["objectKey"]
        clients = make_stores()
        clients.s3.put_object(Bucket=BUCKET, Key=key, Body=RAW)
        answer = app.on_mail(event, Context())
        messages = app.backend().index.messages(Shelf.inbox(Inbox("bo@rest.example")), limit=9)
        job = app.on_job(_job(clients), Context())
        hour = app.on_hour(recorded("schedule"), Context())
        create_account(app.backend(), "ana")
        create_key(app.backend(), "ana", secret=KEY)
        asked = [app.app(_request(key), Context())["statusCode"] for key in (KEY, "k_wrong-one", None)]
        listening = app.on_ws_connect(connecting(key=KEY), Context())["statusCode"]
    subjects = [message.mail.summary.subject for message in messages]
    said = {"answer": answer, "hour": hour, "job": job, "asked": asked, "listening": listening, "subjects": subjects}
    sys.stdout.write(json.dumps(said))


def _job(clients: Clients) -> dict[str, Any]:
    """The event of a job that nobody knows how to do."""
    world = app.backend()
    world.jobs.put([Job(id="strange-1", kind="strange", created=world.now(), payload={}, lane="l")])
    (message,) = clients.sqs.receive_message(QueueUrl=queue_url(clients))["Messages"]
    told = {"messageId": "m1", "receiptHandle": message["ReceiptHandle"], "body": message["Body"]}
    return {"Records": [recorded("sqs_record") | told]}


def _request(key: str | None) -> dict[str, Any]:
    """API Gateway's event of a request for an inbox (REST proxy integration, version 1.0)."""
    path = "/api/addresses/{email}/messages"
    return {
        "resource": path,
        "path": "/api/addresses/bo@rest.example/messages",
        "httpMethod": "GET",
        "headers": {"Mailsac-Key": key} if key else {},
        "multiValueQueryStringParameters": {"_mailsacKey": [key]} if key else None,
        "pathParameters": {"email": "bo@rest.example"},
        "requestContext": {
            "resourcePath": path,
            "httpMethod": "GET",
            "requestId": "api-request-1",
            "identity": {"sourceIp": "192.0.2.9"},
        },
        "body": None,
        "isBase64Encoded": False,
        "stageVariables": None,
    }


if __name__ == "__main__":
    main()
