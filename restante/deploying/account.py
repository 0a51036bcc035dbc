"""The account that is deployed to: its clients, and what is found in it before anything is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError
from botocore.session import get_session

from chalicelib.errors import NotFound, Unauthorized, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack as CloudFormation tells of it."""

    name: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    template: Mapping[str, Any]
    """Without what the transform made of it; empty where it could not be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is in the account and the region."""

    account: str
    region: str
    stack: Stack | None
    active_rule_set: str | None
    has_identity: bool
    """Whether the domain is an identity of SES."""
    can_reserve: int
    """Concurrent executions that may still be reserved to functions."""
    in_sandbox: bool
    """Whether SES sends to verified addresses only."""
    uploaded: frozenset[str] = field(default_factory=frozenset)
    """Keys of artifacts that are in the bucket."""
    has_bucket: bool = False


KEPT_UNRESERVED = 100
"""What Lambda keeps for functions without a reservation ("Lambda quotas")."""


def clients_of(region: str | None) -> Callable[[str], Any]:
    """Makes a client of a service, each once. Raises NotFound where no region is known."""
    session: Session = get_session()
    chosen = region or session.get_config_variable("region")
    if not chosen:
        raise NotFound("No region is known: give --region, or set AWS_DEFAULT_REGION. SES must receive mail there.")

    @cache
    def client(service: str) -> Any:
        settings = Config(retries={"mode": "standard", "total_max_attempts": 8})
        return session.create_client(service, region_name=chosen, config=settings)

    return client


def stack_of(client: Callable[[str], Any], name: str) -> Stack | None:
    """The stack of that name; None where there is none."""
    formation = client("cloudformation")
    try:
        told = formation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        # It has no code of its own for a stack that is not there.
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    template: Any = {}
    if told["StackStatus"] != "REVIEW_IN_PROGRESS":
        template = formation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    return Stack(
        name=name,
        status=told["StackStatus"],
        parameters={one["ParameterKey"]: one.get("ParameterValue", "") for one in told.get("Parameters", [])},
        outputs={one["OutputKey"]: one["OutputValue"] for one in told.get("Outputs", [])},
        template=template if isinstance(template, dict) else {},
    )


def account_of(client: Callable[[str], Any]) -> str:
    """The account's number. Raises Unauthorized where no credentials are found, or these are not valid."""
    try:
        account: str = client("sts").get_caller_identity()["Account"]
    except NoCredentialsError:
        raise Unauthorized(
            "No AWS credentials are found: run `aws configure`, or `aws sso login` and set AWS_PROFILE."
        ) from None
    except ClientError as error:
        raise Unauthorized(
            f"AWS does not take these credentials ({error.response['Error']['Code']}): log in again, and look at "
            "AWS_PROFILE."
        ) from None
    return account


def look(client: Callable[[str], Any], *, stack: str, domain: str | None, bucket: Callable[[str], str]) -> Findings:
    """Ask AWS for what a plan depends on; nothing is changed. Raises Unauthorized or Unavailable, with what to do."""
    account = account_of(client)
    try:
        found = stack_of(client, stack)
        domain = domain or (found.parameters.get("MailDomain") if found else None)
        uploaded = _uploaded(client, bucket(account), account)
        return Findings(
            account=account,
            region=client("sts").meta.region_name,
            stack=found,
            active_rule_set=_active_rule_set(client),
            has_identity=domain is not None and identity_of(client, domain) is not None,
            can_reserve=_can_reserve(client),
            in_sandbox=not client("sesv2").get_account().get("ProductionAccessEnabled", False),
            uploaded=frozenset(uploaded or ()),
            has_bucket=uploaded is not None,
        )
    except NoRegionError:
        raise NotFound("No region is known: give --region, or set AWS_DEFAULT_REGION.") from None
    except ClientError as error:
        raise Unavailable(refusal(error)) from None
    except BotoCoreError as error:
        raise Unavailable(
            f"AWS could not be reached ({type(error).__name__}): look at the network and retry."
        ) from None


def refusal(error: ClientError) -> str:
    """What to do about a call that AWS refused."""
    told = error.response["Error"]
    if "AccessDenied" in told["Code"] or told["Code"] == "UnauthorizedOperation":
        return (
            f"These credentials may not call {error.operation_name}: use a role that may, as one with "
            "AdministratorAccess, or have somebody add that action."
        )
    return f"{error.operation_name}: {told['Code']}: {told.get('Message', '')}".rstrip(": ")


def identity_of(client: Callable[[str], Any], domain: str) -> Mapping[str, Any] | None:
    """What SES knows of a domain; None where it is no identity."""
    try:
        known: Mapping[str, Any] = client("sesv2").get_email_identity(EmailIdentity=domain)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise
    return known


def _active_rule_set(client: Callable[[str], Any]) -> str | None:
    name: str | None = client("ses").describe_active_receipt_rule_set().get("Metadata", {}).get("Name")
    return name


def _can_reserve(client: Callable[[str], Any]) -> int:
    limit = client("lambda").get_account_settings()["AccountLimit"]
    return max(0, int(limit["UnreservedConcurrentExecutions"]) - KEPT_UNRESERVED)


def _uploaded(client: Callable[[str], Any], bucket: str, account: str) -> list[str] | None:
    """The keys in the bucket of artifacts; None where there is none."""
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, ExpectedBucketOwner=account)
    try:
        return [each["Key"] for page in pages for each in page.get("Contents", [])]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return None
        raise
