"""Answers are as documented, whatever schemathesis asks: a bounded run with a fixed seed. `make fuzz-api` is longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.api.application import OPERATIONS
from tests.api.documented import prepare
from tests.api.fuzz_api import fuzz

if TYPE_CHECKING:
    from chalicelib.api.operation import Operation
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

EXAMPLES = 12
SEED = 20260301


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)
def test_every_answer_is_one_that_the_document_describes(
    backend: EmbeddedBackend, client: Client, one: Operation
) -> None:
    prepare(backend, one.name)

    fuzz(one, client.address, examples=EXAMPLES, number=SEED)
