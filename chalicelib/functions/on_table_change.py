"""Listeners are told of the messages that came into the table."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from chalicelib.actions import telling, watching
from chalicelib.actions.owning import holding_of
from chalicelib.aws.changes import added_messages
from chalicelib.errors import NotFound

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend
    from chalicelib.mail.message import Message


def tell(event: dict[str, Any], world: AwsBackend) -> int:
    """Tell every connection that may hear of the new messages; answers with how many frames were sent."""
    return sum(tell_of(world, message) for message in added_messages(event))


def tell_of(world: AwsBackend, message: Message) -> int:
    """Tell every connection that may hear of this message; answers with how many were told."""
    ears = watching.ears_of(holding_of(world, message.inbox))
    listening = {
        connection
        for ear in ears
        for connection in world.connections.listening(ear.name)
        if connection.account == ear.account
    }
    revoked = watching.revoked_of(world, {connection.key for connection in listening})
    hearing = [connection.id for connection in listening if connection.key not in revoked]
    if not hearing:
        return 0
    # It may have been deleted meanwhile.
    with suppress(NotFound):
        frame = telling.frame_of(world, message)
        return sum(world.connections.tell(connection, frame) for connection in hearing)
    return 0
