"""Two ordinary accounts, and a client of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.admitting import create_account, create_key
from tests.api.serving import Client

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend


def _client_of(backend: EmbeddedBackend, account: str, address: tuple[str, int]) -> Client:
    create_account(backend, account)
    return Client(address, key=create_key(backend, account, secret=f"k_of_{account}")[1])


@pytest.fixture
def team(backend: EmbeddedBackend, client: Client) -> Client:
    """A client with a key of the account "team"."""
    return _client_of(backend, "team", client.address)


@pytest.fixture
def rival(backend: EmbeddedBackend, client: Client) -> Client:
    """A client with a key of the account "rival"."""
    return _client_of(backend, "rival", client.address)
