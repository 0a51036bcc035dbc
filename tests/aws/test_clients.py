"""The AWS clients."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from chalicelib.aws.clients import READ_SECONDS, Clients
from chalicelib.aws.service_models import USED

MADE = sorted(name for name, value in vars(Clients).items() if isinstance(value, cached_property) and name[0] != "_")
ROOT = Path(__file__).parents[2]
SERVICES = {"ses_once": "sesv2"}


@pytest.mark.parametrize("name", MADE)
def test_a_client_of_each_service_is_made(name: str) -> None:
    assert getattr(Clients(region="us-east-1"), name).meta.service_model.service_name == SERVICES.get(name, name)


def test_the_services_whose_models_are_found_are_those_that_have_a_client() -> None:
    assert sorted(USED) == sorted({*(SERVICES.get(name, name) for name in MADE), "apigatewaymanagementapi"})
    assert (
        Clients(region="us-east-1").connections("https://x.example/live").meta.endpoint_url == "https://x.example/live"
    )


def test_a_mail_is_handed_to_ses_once_and_its_answer_awaited_within_what_a_job_may_take() -> None:
    stage = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]
    (timeout,) = {one["lambda_functions"]["on_job"]["lambda_timeout"] for one in stage.values()}
    config: Any = Clients(region="us-east-1").ses_once.meta.config

    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert READ_SECONDS < config.read_timeout < timeout - 10
