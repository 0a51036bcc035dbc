"""The worlds that the service runs in, each as tests build it."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto import mock_aws

from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.clients import Clients
from chalicelib.aws.items import message_key
from chalicelib.aws.table import Table, change
from chalicelib.composition import system_clock
from infra.fragments import table_request
from restante.embedded.backend import EmbeddedBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from chalicelib.mail.message import Message
    from chalicelib.ports import Backend

TABLE, BUCKET, REGION = "mail-table", "mail-bucket", "us-east-1"


@dataclass(frozen=True, kw_only=True)
class World:
    build: Callable[..., Backend]
    """A backend on the same stores each time; `clock` and `entropy` may be given."""
    star: Callable[[Any, Message, str], None]
    """Backend, message, account: what its reader will do with a message, which no port offers yet."""


@contextmanager
def embedded(folder: Path) -> Iterator[World]:
    built: list[EmbeddedBackend] = []

    def build(**settings: Any) -> EmbeddedBackend:
        built.append(EmbeddedBackend(folder, **settings))
        return built[-1]

    yield World(build=build, star=_star_in_sqlite)
    for backend in built:
        backend.close()


@contextmanager
def aws(_folder: Path) -> Iterator[World]:
    with mock_aws():
        clients = make_stores()

        def build(
            clock: Callable[[], datetime] = system_clock, entropy: Callable[[int], bytes] = secrets.token_bytes
        ) -> AwsBackend:
            return AwsBackend(table=TABLE, bucket=BUCKET, clients=clients, clock=clock, entropy=entropy)

        yield World(build=build, star=_star_in_dynamodb)


def make_stores() -> Clients:
    """The table, from its one definition, and a bucket."""
    clients = Clients(region=REGION)
    clients.dynamodb.create_table(**table_request(TABLE))
    clients.s3.create_bucket(Bucket=BUCKET)
    return clients


def _star_in_sqlite(backend: EmbeddedBackend, message: Message, account: str) -> None:
    with backend.database.writing() as connection:
        connection.execute(
            "UPDATE messages SET starred_by = ? WHERE inbox = ? AND id = ?", (account, message.inbox, message.id)
        )


def _star_in_dynamodb(_backend: AwsBackend, message: Message, account: str) -> None:
    star = change(
        message_key(message.inbox, message.id),
        "SET starred_by = :account",
        {":account": account},
        condition="attribute_exists(pk)",
    )
    Table(Clients(region=REGION), TABLE).transact([star])


WORLDS = {"embedded": embedded, "aws": aws}
