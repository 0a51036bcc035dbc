"""A client of the WebSocket API is let in, or refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.actions import watching
from chalicelib.actions.admitting import Caller, admit, digest_of
from chalicelib.actions.owning import NO_KEY
from chalicelib.aws.connections import Connection
from chalicelib.aws.observing import count
from chalicelib.errors import RestanteError, Unauthorized
from chalicelib.mail.job import Job

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend

GREETING = "greeting"
"""The kind of job that sends a connection its first frame: API Gateway takes none before $connect was answered."""
GREETING_SECONDS = 1.0


def connect(event: dict[str, Any], world: AwsBackend) -> dict[str, Any]:
    """Keep a connection of $connect with what it listens to; its first frame follows a moment later."""
    query = event.get("queryStringParameters") or {}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    connection = event["requestContext"]["connectionId"]
    ip = event["requestContext"].get("identity", {}).get("sourceIp", "")
    key = query.get("key") or query.get("_mailsacKey") or headers.get("mailsac-key")
    try:
        watching.require_not_shut_out(world, ip)
        if not key:
            raise Unauthorized(NO_KEY)
        caller = Caller(account=admit(world, key), ip=ip)
        watched = watching.watch(world, caller, (query.get("addresses") or "").split(","))
    except RestanteError as error:
        count("ListenersRefused")
        refused = watching.refused(error)
        return {"statusCode": refused["status"], "body": json.dumps(refused)}
    made = Connection(id=connection, account=watched.account, key=digest_of(key))
    world.connections.add(made, [ear.name for ear in watched.ears])
    payload = {"connection": connection, "frame": watching.listening(watched)}
    greeting = Job(id=f"{GREETING}:{connection}", kind=GREETING, created=world.now(), payload=payload, lane=GREETING)
    world.jobs.put([greeting], delay=GREETING_SECONDS)
    return {"statusCode": 200}
