"""What the table's stream says: the messages that came into it (AWS Lambda Developer Guide, "DynamoDB event")."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from chalicelib.aws.items import read_message
from chalicelib.aws.wire import from_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.mail.message import Message

_INBOX = "INBOX#"


def added_messages(event: dict[str, Any]) -> Iterator[Message]:
    """The messages that were added, in order; changes of those that were there are passed over."""
    for record in event["Records"]:
        change = record["dynamodb"]
        if record["eventName"] == "INSERT" and change["Keys"]["pk"].get("S", "").startswith(_INBOX):
            message = read_message(from_wire({name: _decoded(value) for name, value in change["NewImage"].items()}))
            # The copies of sent mail that their senders keep are no news, and mail that was moved here is old.
            if message.folder != "sent" and not message.mail.receipt.moved:
                yield message


def _decoded(attribute: dict[str, Any]) -> dict[str, Any]:
    # In the event, which is JSON, bytes are base64.
    ((kind, value),) = attribute.items()
    if kind == "B":
        return {"B": base64.b64decode(value)}
    if kind == "L":
        return {"L": [_decoded(one) for one in value]}
    if kind == "M":
        return {"M": {name: _decoded(one) for name, one in value.items()}}
    return attribute
