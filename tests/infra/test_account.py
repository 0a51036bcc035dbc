"""What is found in an account before anything is done, and what is told of a stage that stands."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.session import get_session
from botocore.stub import Stubber
from moto import mock_aws

from chalicelib.errors import BadRequest, Unauthorized, Unavailable
from infra.fragments import merged
from restante.commands.deploy import OPTIONS, add_to, wish_of
from restante.deploying.account import account_of, look, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "eu-west-1"


@pytest.fixture
def clients() -> Iterator[dict[str, Any]]:
    with mock_aws():
        names = ("sts", "s3", "ses", "sesv2", "lambda", "cloudformation")
        yield {name: get_session().create_client(name, REGION) for name in names}


def _stubbed(client: Any, **answers: dict[str, Any]) -> None:
    stub = Stubber(client)
    for operation, answer in answers.items():
        stub.add_response(operation, answer)
    stub.activate()


def test_it_finds_what_a_plan_depends_on(clients: dict[str, Any]) -> None:
    clients["s3"].create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    clients["s3"].put_object(Bucket="artifacts", Key="c0de.zip", Body=b"")
    clients["ses"].create_receipt_rule_set(RuleSetName="theirs")
    clients["ses"].set_active_receipt_rule_set(RuleSetName="theirs")
    _stubbed(clients["lambda"], get_account_settings={"AccountLimit": {"UnreservedConcurrentExecutions": 1000}})
    _stubbed(clients["sesv2"], get_email_identity={}, get_account={"ProductionAccessEnabled": False})

    found = look(clients.__getitem__, stack="restante-prod", domain="a.example", bucket=lambda _: "artifacts")

    assert (found.account, found.region, found.stack) == ("123456789012", REGION, None)
    assert (found.active_rule_set, found.has_identity, found.in_sandbox) == ("theirs", True, True)
    assert (found.can_reserve, found.has_bucket, found.uploaded) == (900, True, frozenset({"c0de.zip"}))


def test_an_empty_account_has_nothing(clients: dict[str, Any]) -> None:
    _stubbed(clients["lambda"], get_account_settings={"AccountLimit": {"UnreservedConcurrentExecutions": 10}})
    stub = Stubber(clients["sesv2"])
    stub.add_client_error("get_email_identity", "NotFoundException")
    stub.add_response("get_account", {"ProductionAccessEnabled": True})
    stub.activate()

    found = look(clients.__getitem__, stack="restante-prod", domain="a.example", bucket=lambda _: "artifacts")

    assert (found.active_rule_set, found.has_identity, found.in_sandbox) == (None, False, False)
    assert (found.can_reserve, found.has_bucket, found.uploaded) == (0, False, frozenset())


def test_a_call_that_is_not_allowed_names_itself(clients: dict[str, Any]) -> None:
    stub = Stubber(clients["lambda"])
    stub.add_client_error("get_account_settings", "AccessDeniedException")
    stub.activate()
    _stubbed(clients["sesv2"], get_email_identity={})

    with pytest.raises(Unavailable, match=r"may not call GetAccountSettings.*AdministratorAccess"):
        look(clients.__getitem__, stack="restante-prod", domain="a.example", bucket=lambda _: "artifacts")


def test_credentials_that_have_expired_are_told_as_such(clients: dict[str, Any]) -> None:
    stub = Stubber(clients["sts"])
    stub.add_client_error("get_caller_identity", "ExpiredToken")
    stub.activate()

    with pytest.raises(Unauthorized, match=r"ExpiredToken.*log in again"):
        account_of(clients.__getitem__)


def test_no_credentials_are_told_with_how_to_get_some() -> None:
    class Nobody:
        def get_caller_identity(self) -> dict[str, str]:
            raise NoCredentialsError

    with pytest.raises(Unauthorized, match="aws configure"):
        account_of(lambda _: Nobody())


def test_another_refusal_is_told_as_aws_says_it() -> None:
    error = ClientError({"Error": {"Code": "LimitExceeded", "Message": "too many stacks"}}, "CreateChangeSet")

    assert refusal(error) == "CreateChangeSet: LimitExceeded: too many stacks"


def _options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_to(parser.add_subparsers())
    return parser.parse_args(["deploy", *arguments])


def test_options_become_parameters_of_the_template() -> None:
    wish = wish_of(
        _options("--stage", "prod", "--domain", "a.example", "--zone", "Z1", "--set", "KeepDays=9", "--take-over")
    )

    assert wish.stack == "restante-prod"
    assert wish.parameters == {"MailDomain": "a.example", "HostedZoneId": "Z1", "KeepDays": "9", "TakeOver": "yes"}


def test_an_option_without_its_value_is_refused() -> None:
    with pytest.raises(BadRequest, match="PARAMETER=VALUE"):
        wish_of(_options("--stage", "prod", "--set", "KeepDays"))


def test_every_option_names_a_parameter_of_the_fragments() -> None:
    assert {parameter for parameter, _ in OPTIONS.values()} <= set(merged()["Parameters"])
