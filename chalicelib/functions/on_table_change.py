"""Listeners are told of the messages that came into the table.

The table's stream brings many messages at once, and again all of them when one fails, so none fails for one listener's
sake: whoever cannot be told now is told by a job of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.actions import telling, watching
from chalicelib.actions.owning import holding_of
from chalicelib.aws.changes import added_messages
from chalicelib.aws.observing import count
from chalicelib.errors import NotFound, Unavailable
from chalicelib.mail.job import Job
from chalicelib.mail.names import Inbox, MessageId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.aws.backend import AwsBackend
    from chalicelib.mail.message import Message

TELLING = "telling"
"""The kind of job that tells one connection of one message, which could not be told at once."""
TELLING_SECONDS = 1.0


def tell(event: dict[str, Any], world: AwsBackend) -> int:
    """Tell every connection that may hear of the new messages; answers with how many frames were sent."""
    return sum(tell_of(world, message) for message in added_messages(event))


def tell_of(world: AwsBackend, message: Message) -> int:
    """Tell every connection that may hear of this message; answers with how many were told."""
    hearing = _hearing(world, message)
    if not hearing:
        return 0
    try:
        frame = telling.frame_of(world, message)
    except NotFound:
        # It was deleted meanwhile.
        return 0
    except Unavailable:
        _tell_later(world, message, hearing)
        return 0
    told, failed = 0, []
    for connection in hearing:
        try:
            told += world.connections.tell(connection, frame)
        except Unavailable:
            # It may not be open yet, or its client reads too slowly (LimitExceededException).
            failed.append(connection)
    _tell_later(world, message, failed)
    return told


def tell_again(world: AwsBackend, job: Job) -> None:
    """Do a job of kind "telling". Raises Unavailable where the connection still cannot be told."""
    message = world.index.message(Inbox(job.payload["inbox"]), MessageId(job.payload["message"]))
    connection = job.payload["connection"]
    if message is None or connection not in _hearing(world, message):
        return
    try:
        frame = telling.frame_of(world, message)
    except NotFound:
        return
    world.connections.tell(connection, frame)


def _hearing(world: AwsBackend, message: Message) -> list[str]:
    ears = watching.ears_of(holding_of(world, message.inbox))
    listening = {
        connection
        for ear in ears
        for connection in world.connections.listening(ear.name)
        if connection.account == ear.account
    }
    revoked = watching.revoked_of(world, {connection.key for connection in listening})
    # One that listens by two names is told once.
    return list(dict.fromkeys(connection.id for connection in listening if connection.key not in revoked))


def _tell_later(world: AwsBackend, message: Message, connections: Iterable[str]) -> None:
    jobs = [
        Job(
            id=f"{TELLING}:{connection}:{message.inbox}:{message.id}",
            kind=TELLING,
            created=world.now(),
            payload={"connection": connection, "inbox": message.inbox, "message": message.id},
            lane=f"{TELLING}:{connection}",
        )
        for connection in connections
    ]
    if jobs:
        count("ListenersToldLater", len(jobs))
        world.jobs.put(jobs, delay=TELLING_SECONDS)
