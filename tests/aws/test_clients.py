"""The AWS clients."""

from __future__ import annotations

from functools import cached_property

import pytest

from chalicelib.aws.clients import Clients
from chalicelib.aws.service_models import USED

MADE = sorted(name for name, value in vars(Clients).items() if isinstance(value, cached_property) and name[0] != "_")


@pytest.mark.parametrize("name", MADE)
def test_a_client_of_each_service_is_made(name: str) -> None:
    assert getattr(Clients(region="us-east-1"), name).meta.service_model.service_name == name


def test_the_services_whose_models_are_found_are_those_that_have_a_client() -> None:
    assert sorted(USED) == sorted([*MADE, "apigatewaymanagementapi"])
    assert (
        Clients(region="us-east-1").connections("https://x.example/live").meta.endpoint_url == "https://x.example/live"
    )
