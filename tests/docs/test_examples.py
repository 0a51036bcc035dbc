"""Every example of the reference, run in every language against a real server: the answers shown are those given."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.api.application import OPERATIONS
from tests.api.serving import KEY, Stage, serving
from tests.docs.interpreters import NEEDS, interpreter, require
from tests.service.running import ROOT
from tools.reference.fences import fences_of
from tools.reference.posting import PAYLOAD, posted
from tools.reference.recording import normalised, record, recording, scene, shown
from tools.reference.requests import ExampleRequest, Kind, example_requests
from tools.reference.snippets import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from tools.reference.recording import Recorded


def test_the_answers_that_are_shown_are_those_that_a_server_gives_now() -> None:
    now, before = record(), recording()

    assert now.keys() == before.keys()
    for operation, answer in now.items():
        assert answer == before[operation], f"{operation} answers anew; run `make generate` and look at the difference"


def test_every_operation_has_an_example_and_a_recorded_answer() -> None:
    assert [request.operation for request in example_requests()] == [one.name for one in OPERATIONS]
    assert recording().keys() == {one.name for one in OPERATIONS}


def test_the_webhook_that_is_shown_is_what_is_posted_now() -> None:
    recorded = json.loads(posted())
    assert PAYLOAD.read_text("utf-8") == posted(), "it is told anew; run `make generate` and look at the difference"

    (fence,) = [fence for fence in fences_of((ROOT / "docs" / "webhooks.md").read_text("utf-8")) if fence.origin]
    part = json.loads(fence.code)

    assert fence.origin == PAYLOAD.stem
    assert part["headers"] == recorded["headers"]
    assert part["body"] == {name: recorded["body"][name] for name in part["body"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_of_a_language_prints_what_the_reference_shows(language: str, tmp_path: Path) -> None:
    require(NEEDS[language])
    answers, stage, ran = recording(), Stage(), 0
    with serving(stage) as (host, port):
        there = {"RESTANTE_URL": f"http://{host}:{port}", "RESTANTE_KEY": KEY}
        with interpreter(language, tmp_path, there) as run:
            for request in example_requests():
                with scene(stage, request.operation):
                    printed = run(LANGUAGES[language](request))
                _hold(request, printed, answers[request.operation], tmp_path)
                ran += 1

    assert ran == len(OPERATIONS)


def _hold(request: ExampleRequest, printed: Any, recorded: Recorded, folder: Path) -> None:
    """Hold what an example printed, or saved, against what was recorded."""
    if request.kind is Kind.FILE:
        saved = folder / request.file
        assert saved.read_bytes() == base64.b64decode(recorded["base64"]), request.operation
        saved.unlink()
    elif request.kind is Kind.JSON:
        value = json.loads(normalised(printed if isinstance(printed, str) else json.dumps(printed)))
        assert shown(request.operation, value) == recorded["json"], request.operation
    elif request.kind is Kind.TEXT:
        assert normalised(printed) == recorded["text"], request.operation
    else:
        # Curl prints nothing where there is no body.
        assert printed in ("", recorded["status"]), request.operation
