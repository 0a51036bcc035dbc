"""WebSocket connections through API Gateway: who listens to what, and how they are told.

A connection is an item of its own and one more for each name it listens to, so that a mail finds its listeners by one
Query for each of its names. API Gateway ends a connection after two hours; items expire by themselves after that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.aws.border import border
from chalicelib.aws.writes import ItemKey, partition
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from chalicelib.aws.clients import Clients
    from chalicelib.aws.table import Table

LONGEST_SECONDS = 2 * 3600 + 600
"""API Gateway ends a connection after two hours (its quotas); what is older has only not been cleaned up."""
OPENING_SECONDS = 30
"""Until $connect is answered API Gateway says of a connection that it is gone; it waits for 29 seconds (its quotas)."""
_WHAT = "The WebSocket API"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connection that listens to a name, as that account."""

    id: str
    account: str
    key: str
    """The digest of the key it came with."""


class Connections:
    """The connections of the WebSocket API at `endpoint`."""

    def __init__(self, table: Table, clients: Clients, endpoint: str, now: Callable[[], datetime]) -> None:
        self._table = table
        self._clients = clients
        self._endpoint = endpoint
        self._now = now

    def add(self, connection: Connection, names: Iterable[str]) -> None:
        """Keep a connection, which listens to these names. Raises Unavailable."""
        listed = list(names)
        expires = int(self._now().timestamp()) + LONGEST_SECONDS
        common = {"account": connection.account, "key": connection.key, "expires": expires}
        items = {_listening_key(name, connection.id): common for name in listed}
        # Its own item comes first: whoever finds that it listens finds how old it is.
        self._table.put_all({_key(connection.id): {**common, "names": listed}})
        self._table.put_all(items)

    def names(self, connection: str) -> tuple[str, ...]:
        """What a connection listens to; nothing when it is not there."""
        item = self._table.get(_key(connection))
        return tuple(item["names"]) if item else ()

    def remove(self, connection: str) -> None:
        """Forget a connection; one that is not there is no error."""
        keys = [_listening_key(name, connection) for name in self.names(connection)]
        self._table.delete_all([*keys, _key(connection)])

    def listening(self, name: str) -> Iterator[Connection]:
        """The connections that listen to a name."""
        now = self._now().timestamp()
        for item in self._table.query(partition("LISTENING", name)):
            if item["expires"] > now:
                yield Connection(id=item["sk"], account=item["account"], key=item["key"])

    def tell(self, connection: str, frame: str) -> bool:
        """Send a frame; False when the connection is gone: it is forgotten then.

        Raises Unavailable, also for a connection that may not be open yet: it listens from $connect on.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415 - on first use, as all of botocore

        client = self._clients.connections(self._endpoint)
        try:
            with border(_WHAT):
                client.post_to_connection(ConnectionId=connection, Data=frame.encode())
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"GoneException", "410"}:
                raise
            if self._is_opening(connection):
                raise Unavailable("The connection is not open yet") from error
            self.remove(connection)
            return False
        return True

    def _is_opening(self, connection: str) -> bool:
        item = self._table.get(_key(connection))
        return item is not None and self._now().timestamp() < item["expires"] - LONGEST_SECONDS + OPENING_SECONDS


def _key(connection: str) -> ItemKey:
    return ItemKey(partition("CONNECTION", connection), "CONNECTION")


def _listening_key(name: str, connection: str) -> ItemKey:
    return ItemKey(partition("LISTENING", name), connection)
