"""Events as AWS sends them, from tests/events/."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "events"


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return event


def notice(message: str = "8k2m4v6x0q1w3e5r7t9y2u4i6o8p0a1s3d5f7g9h", **receipt: Any) -> dict[str, Any]:
    """SES's notice of a mail; `receipt` replaces fields of its receipt."""
    said = recorded("ses_mail")
    said["mail"]["messageId"] = message
    said["receipt"]["action"]["objectKey"] = f"inbound/{message}"
    said["receipt"] |= receipt
    return said


def enveloped(message: str) -> str:
    """A message as SNS brings it without raw delivery."""
    return json.dumps(recorded("sns_envelope") | {"Message": message})


def batch(*bodies: str) -> dict[str, Any]:
    """An SQS event of these bodies; the records are named "record-0", "record-1", ..."""
    record = recorded("sqs_record")
    return {"Records": [record | {"messageId": f"record-{n}", "body": body} for n, body in enumerate(bodies)]}


def as_json(value: Any) -> Any:
    """What the table holds, as Lambda gets it: JSON has no bytes."""
    if isinstance(value, dict):
        return {name: as_json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


class Context:
    """What Lambda tells a function about its call."""

    function_name = "restante-on-mail"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:restante-on-mail"
    aws_request_id = "8f5c1f9e-0000-4000-8000-000000000001"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000
