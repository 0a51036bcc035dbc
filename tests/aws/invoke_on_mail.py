"""Gives the event on standard input to app.on_mail, in an AWS where its mail is stored; then an hour to app.on_hour.

Prints what came of it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from moto import mock_aws

import app
from chalicelib.mail.message import Inbox
from chalicelib.mail.shelf import Shelf
from tests.aws.events import recorded
from tests.aws.test_on_mail import RAW
from tests.worlds import BUCKET, make_stores


def main() -> None:
    event: dict[str, Any] = json.load(sys.stdin)
    with mock_aws():
        key = json.loads(event["Records"][0]["body"])["receipt"]["action"]["objectKey"]
        make_stores().s3.put_object(Bucket=BUCKET, Key=key, Body=RAW)
        answer = app.on_mail(event, None)
        messages = app.backend().index.messages(Shelf.inbox(Inbox("bo@rest.example")), limit=9)
        hour = app.on_hour(recorded("schedule"), None)
    json.dump(
        {"answer": answer, "hour": hour, "subjects": [message.mail.summary.subject for message in messages]}, sys.stdout
    )


if __name__ == "__main__":
    main()
