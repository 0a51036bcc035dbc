"""The AWS clients."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.aws.clients import READ_SECONDS, Clients
from chalicelib.aws.service_models import USED
from chalicelib.aws.uploads import Uploads

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


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something to sign with."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    ("region", "bucket", "where"),
    [
        ("eu-south-1", "mail", "mail.s3.eu-south-1.amazonaws.com/"),
        ("us-east-1", "mail", "mail.s3.amazonaws.com/"),
        ("cn-north-1", "mail", "mail.s3.cn-north-1.amazonaws.com.cn/"),
        ("eu-south-1", "mail.x.dev", "s3.eu-south-1.amazonaws.com/mail.x.dev/"),
    ],
)
def test_a_signed_url_leads_to_the_bucket_in_its_own_region(region: str, bucket: str, where: str) -> None:
    url = Uploads(Clients(region=region), bucket).offer("u", size=3, seconds=60).url

    assert url.startswith(f"https://{where}")


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_where_an_endpoint_is_given_the_bucket_is_in_the_path(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "http://localhost:4566")
    url = Uploads(Clients(region="eu-south-1"), "mail").offer("u", size=3, seconds=60).url

    assert urlsplit(url).netloc == "localhost:4566"
    assert urlsplit(url).path.startswith("/mail/")


def test_a_mail_is_handed_to_ses_once_and_its_answer_awaited_within_what_a_job_may_take() -> None:
    stage = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]
    (timeout,) = {one["lambda_functions"]["on_job"]["lambda_timeout"] for one in stage.values()}
    config: Any = Clients(region="us-east-1").ses_once.meta.config

    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert READ_SECONDS < config.read_timeout < timeout - 10
