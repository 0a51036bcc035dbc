"""The worlds that the service runs in, each as tests build it."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.session import get_session
from moto import mock_aws

from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.clients import Clients
from chalicelib.settings import environment
from infra.fragments import table_request
from restante.embedded.backend import EmbeddedBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

    from chalicelib.ports import Backend

TABLE, BUCKET, REGION = "mail-table", "mail-bucket", "us-east-1"
DYNAMODB_LOCAL = "RESTANTE_TEST_DYNAMODB"
"""The variable that names a DynamoDB Local that is running, as http://127.0.0.1:8000."""


@dataclass(frozen=True, kw_only=True)
class World:
    name: str
    build: Callable[..., Backend]
    """A backend on the same stores each time; `clock`, `entropy` and `policy` may be given."""
    clients: Clients | None = None
    """Of a world on AWS: its clients, to look at what they do."""


@contextmanager
def embedded(folder: Path) -> Iterator[World]:
    built: list[EmbeddedBackend] = []

    def build(**settings: Any) -> EmbeddedBackend:
        built.append(EmbeddedBackend(folder, **settings))
        return built[-1]

    yield World(name="embedded", build=build)
    for backend in built:
        backend.close()


@contextmanager
def aws(_folder: Path) -> Iterator[World]:
    with mock_aws():
        yield _on_aws("aws", make_stores(_shared_clients()), TABLE)


@contextmanager
def dynamodb_local(_folder: Path) -> Iterator[World]:
    """The table in DynamoDB Local, under a name of its own, and the bucket as in `aws`."""
    endpoint = environment().get(DYNAMODB_LOCAL)
    if not endpoint:
        pytest.skip(f"{DYNAMODB_LOCAL} names no DynamoDB Local: see tools/dynamodb_local.py")
    with mock_aws():
        table = f"mail-{secrets.token_hex(8)}"
        clients = make_stores(_shared_clients(endpoint), table)
        yield _on_aws("dynamodb-local", clients, table)
        clients.dynamodb.delete_table(TableName=table)


WORLDS = {"embedded": embedded, "aws": aws, "dynamodb-local": dynamodb_local}


class LocalClients(Clients):
    """Clients of which that of DynamoDB asks a server on this machine."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(region=REGION)
        self._endpoint = endpoint

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return cast("DynamoDBClient", get_session().create_client("dynamodb", REGION, endpoint_url=self._endpoint))


@cache
def _shared_clients(endpoint: str | None = None) -> Clients:
    # To make a client costs more than most tests: it reads the whole description of its service.
    return LocalClients(endpoint) if endpoint else Clients(region=REGION)


def make_stores(clients: Clients | None = None, table: str = TABLE) -> Clients:
    """The table, from its one definition, and a bucket."""
    clients = clients or Clients(region=REGION)
    clients.dynamodb.create_table(**table_request(table))
    clients.s3.create_bucket(Bucket=BUCKET)
    return clients


def _on_aws(name: str, clients: Clients, table: str) -> World:
    def build(**settings: Any) -> Backend:
        # Every port but Jobs, which the contract does not ask of this world yet.
        return cast("Backend", AwsBackend(table=table, bucket=BUCKET, clients=clients, **settings))

    return World(name=name, build=build, clients=clients)
