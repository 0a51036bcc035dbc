from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from chalicelib.aws.backend import AwsBackend
from tests.worlds import BUCKET, TABLE, make_stores, queue_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.aws.clients import Clients


@pytest.fixture
def clients() -> Iterator[Clients]:
    with mock_aws():
        yield make_stores()


@pytest.fixture
def world(clients: Clients) -> AwsBackend:
    return AwsBackend(table=TABLE, bucket=BUCKET, queue=queue_url(clients), clients=clients)
