"""Events as AWS sends them, from tests/events/."""

from __future__ import annotations

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
