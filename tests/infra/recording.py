"""A pytest plugin that writes down which AWS calls each entry point makes: `pytest -p tests.infra.recording`.

A call belongs to the entry point that stands on its stack; what a test itself asks AWS belongs to nobody.
The variable RESTANTE_TEST_CALLS names the file: one JSON list [function, IAM action, resource, leading keys] a line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.handlers import BUILTIN_HANDLERS

from chalicelib.settings import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from botocore.model import OperationModel

ROOT = Path(__file__).parents[2]
ENTRIES = {
    "take_in": "OnMail",
    "do": "OnJob",
    "tell": "OnTableChange",
    "connect": "WebsocketConnect",
    "tidy": "OnHour",
    "mend": "OnHour",
    "follow_rules": "OnRulesChange",
    "note_events": "OnSendingEvent",
}
"""By function of chalicelib/functions: the logical id of the Lambda function that it is the whole of."""
FUNCTIONS = str(ROOT / "chalicelib" / "functions")
API = str(ROOT / "chalicelib" / "api")
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
S3 = {
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket",
    "HeadBucket": "ListBucket",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
"""Calls of S3 whose permission has another name (Service Authorization Reference, Amazon S3)."""
CALLS: set[tuple[str, str, str, tuple[str, ...]]] = set()


def entry_point() -> str | None:
    """The logical id of the Lambda function that would be running now; None where a test asks for itself."""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - the one way to the stack that costs nothing
    found = None
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(FUNCTIONS) and code.co_name in ENTRIES:
            found = ENTRIES[code.co_name]
        elif code.co_filename.startswith(API):
            found = "APIHandler"
        frame = frame.f_back
    return found


def permissions(service: str, call: str, asked: dict[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Action, resource and leading keys of each permission that a call needs."""
    if service == "dynamodb":
        yield from _of_the_table(call, asked)
    elif service == "s3":
        yield from _of_the_bucket(call, asked)
    elif service == "sqs":
        yield f"sqs:{call.removesuffix('Batch')}", f"queue/{asked['QueueUrl'].rpartition('/')[2]}", ()
    elif service in {"ses", "sesv2"}:
        raw = call == "SendEmail" and "Raw" in asked["Content"]
        # A mail that is handed over whole asks for another permission than the call is named after.
        yield f"ses:{'SendRawEmail' if raw else call}", "ses", ()
    elif service == "apigatewaymanagementapi":
        yield "execute-api:ManageConnections", "connections", ()
    else:
        yield f"{service}:{call}", str(asked.get("Name", "*")), ()


def _of_the_table(call: str, asked: dict[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if call.startswith("Transact"):
        for item in asked["TransactItems"]:
            ((kind, one),) = item.items()
            yield f"dynamodb:{WRITES.get(kind, 'GetItem')}", "table", _keys(one)
    elif call.startswith("Batch"):
        for requests in asked["RequestItems"].values():
            yield f"dynamodb:{call}", "table", ("*",) if isinstance(requests, dict) else tuple(_batched(requests))
    else:
        index = f"/index/{asked['IndexName']}" if "IndexName" in asked else ""
        yield f"dynamodb:{call}", f"table{index}", _keys(asked)


def _keys(asked: dict[str, Any]) -> tuple[str, ...]:
    place = asked.get("Key") or asked.get("Item") or {}
    if "pk" in place:
        value = place["pk"]
        return (value["S"],)
    return tuple(value["S"] for value in asked.get("ExpressionAttributeValues", {}).values() if "S" in value)


def _batched(requests: list[dict[str, Any]]) -> Iterator[str]:
    for request in requests:
        ((_, one),) = request.items()
        yield from _keys(one)


def _of_the_bucket(call: str, asked: dict[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if call == "DeleteObjects":
        for each in asked["Delete"]["Objects"]:
            yield "s3:DeleteObject", f"bucket/{each['Key']}", ()
        return
    if call == "CopyObject":
        source = asked["CopySource"]
        yield "s3:GetObject", f"bucket/{source['Key'] if isinstance(source, dict) else source.partition('/')[2]}", ()
        call = "PutObject"
    action = S3.get(call, call)
    yield f"s3:{action}", "bucket" if action == "ListBucket" else f"bucket/{asked['Key']}", ()


def _record(params: dict[str, Any], model: OperationModel, **_: Any) -> None:
    function = entry_point()
    if function is not None:
        service = model.service_model.service_name
        CALLS.update((function, *needed) for needed in permissions(service, model.name, params))


def pytest_configure() -> None:
    BUILTIN_HANDLERS.append(("before-parameter-build", _record))


def pytest_unconfigure() -> None:
    lines = sorted(json.dumps(call) for call in CALLS)
    Path(environment()["RESTANTE_TEST_CALLS"]).write_text("\n".join(lines))
