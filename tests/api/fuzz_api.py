"""Requests made from the OpenAPI document by schemathesis, right ones and wrong ones: `python -m tests.api.fuzz_api`.

Every answer must be one that the document describes: a status, a content type, headers and a body; and never a 5xx.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chalicelib.actions.admitting import ensure_first_key
from chalicelib.api.application import OPERATIONS
from chalicelib.api.openapi import document
from chalicelib.version import VERSION
from restante.embedded.backend import EmbeddedBackend
from tests.api.documented import prepare
from tests.api.serving import KEY, Stage, serving

if TYPE_CHECKING:
    from chalicelib.api.operation import Operation

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(document(OPERATIONS, version=VERSION))
PATIENCE_SECONDS = 60
EXAMPLES = 50


def fuzz(one: Operation, address: tuple[str, int], *, examples: int, number: int) -> None:
    """Send that many requests to an operation; raises what schemathesis finds. The number decides which they are."""
    strategy = SCHEMA[one.path][one.method].as_strategy(generation_mode=GenerationMode.POSITIVE) | SCHEMA[one.path][
        one.method
    ].as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case: Any) -> None:
        # Waiting is tested elsewhere; here it would only take time.
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        case.call_and_validate(
            base_url="http://{}:{}".format(*address),
            headers={"Mailsac-Key": KEY},
            checks=CHECKS,
            timeout=PATIENCE_SECONDS,
        )

    ask()


def main() -> int:
    """Fuzz all operations, round after round, for so many seconds; answers with the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the first round's number")
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    number, asked = options.seed, 0
    stage = Stage()
    with serving(stage) as address:
        while time.monotonic() < deadline:
            for one in OPERATIONS:
                with tempfile.TemporaryDirectory() as folder:
                    backend = EmbeddedBackend(Path(folder))
                    ensure_first_key(backend, KEY)
                    prepare(backend, one.name)
                    stage.put_up(backend)
                    fuzz(one, address, examples=EXAMPLES, number=number)
                    backend.database.close()
                asked += EXAMPLES
                if time.monotonic() > deadline:
                    break
            number += 1
    sys.stdout.write(f"{asked} requests, seeds {options.seed} to {number}: every answer was as documented.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
