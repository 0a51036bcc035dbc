"""A server of its own for each test: who listens must hear of one backend alone. And receivers of webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.targets import TargetRules
from chalicelib.posting import HttpMessenger
from tests.api.conftest import rival, team
from tests.api.serving import KEY, Client, serving
from tests.live.receiver import Receiver, receiving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restante.embedded.backend import EmbeddedBackend

__all__ = ["rival", "team"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks that takes everything."""
    with receiving() as made:
        yield made


@pytest.fixture
def client(backend: EmbeddedBackend, receiver: Receiver) -> Iterator[Client]:
    """A client, with the key KEY, of an HTTP server over a backend that may tell the receiver."""
    backend.messenger = HttpMessenger(TargetRules(listed=frozenset({receiver.name})))
    with serving(backend) as address:
        yield Client(address, key=KEY)
