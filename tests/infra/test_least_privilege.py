"""Each function may do what it does, and nothing else: its policy against the AWS calls that it really makes.

Tests of the entry points run once more in a process of their own, on moto, with a plugin that writes the calls down.
"""

from __future__ import annotations

import fnmatch
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.settings import environment
from infra.packaging import ROOT
from infra.template import functions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.packaging import Bundle

SUITES = ("operations", "copies", "reconciling", "on_mail", "jobs", "keeping", "live", "sending", "perimeter")
"""Of tests/aws: those that go through entry points, and"""
CHOSEN = "(not test_sending and not test_perimeter) or any_order or two_workers or cloudwatch"
"""of the two longest ones the tests that make every kind of call."""
STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")
POLLER = "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"
BY_LAMBDA = {
    # Event source mappings and the log use the function's role, without the function's code.
    *("logs:CreateLogStream", "logs:PutLogEvents"),
    *STREAM,
    *POLLER,
}
"""Actions that Lambda itself takes in the function's name ("Lambda execution role")."""
NOT_FORBIDDEN = "without it S3 says Forbidden instead of NoSuchKey of what is not there; moto does not"
CONDITIONAL: dict[tuple[str, str, str], str] = {
    ("APIHandler", "s3:ListBucket", "bucket"): NOT_FORBIDDEN,
    ("OnJob", "s3:ListBucket", "bucket"): NOT_FORBIDDEN,
    ("OnMail", "s3:ListBucket", "bucket"): NOT_FORBIDDEN,
    ("OnTableChange", "s3:ListBucket", "bucket"): NOT_FORBIDDEN,
    ("OnMail", "sqs:SendMessage", "queue/jobs"): "mail to an inbox with a webhook puts a job: tests/aws/test_jobs.py",
    ("OnJob", "sqs:SendMessage", "queue/jobs"): "mail forwarded to an inbox with a webhook puts that one's job",
    ("OnJob", "ses:SendRawEmail", "ses"): "tests/aws/test_sending.py calls the sender without the queue",
    ("OnJob", "ses:GetAccount", "*"): "as above: the sender's pace is the account's quota",
    ("APIHandler", "s3:AbortMultipartUpload", "bucket/decoded/*"): "only a copy that fails half way is given up",
    ("OnHour", "dynamodb:Query", "table/index/by_age"): "the whole look, once a day: its action is tested by itself",
    ("OnHour", "dynamodb:Query", "table/index/by_star"): "as above: what is starred is in this index",
    ("OnHour", "dynamodb:GetItem", "table"): "as above: what the index says of a mail that it finds",
    ("OnHour", "dynamodb:BatchWriteItem", "table"): "jobs that a crash left over are put and forgotten together",
}
"""By function, action and resource: why a permission is there that no recorded call needs."""
WILDCARDS = {
    "ses:DescribeActiveReceiptRuleSet": "SES's first API knows no resources",
    "ses:SetActiveReceiptRuleSet": "as above",
    "ses:ListReceiptFilters": "as above",
    "ses:CreateReceiptFilter": "as above",
    "ses:DeleteReceiptFilter": "as above",
    "ses:GetAccount": "the account is no resource",
}
"""Actions that AWS has no resource for (Service Authorization Reference), each with why."""


SEEN_ELSEWHERE = {"WebsocketMessage", "WebsocketDisconnect", "OnRuleSet"}
"""Functions of one line, whose few calls are written down below."""


@dataclass(frozen=True, slots=True)
class Permission:
    """An action on resources; `resource` is a pattern in the words of tests/infra/recording.py."""

    action: str
    resource: str


def _named(resource: Any) -> str:
    """A policy's resource in the words of the recording: table/index/by_age, bucket/inbound/*, queue, ..."""
    if resource == "*":
        return "*"
    if "Fn::GetAtt" in resource:
        name = resource["Fn::GetAtt"][0]
        known = {"Table": "table", "MailBucket": "bucket", "BlockedIpv4": "ipv4", "BlockedIpv6": "ipv6"}
        return "queue/jobs" if name == "JobQueue" else known.get(name, name)
    text: str = resource["Fn::Sub"]
    for start, word in (("${Table.Arn}", "table"), ("${MailBucket.Arn}", "bucket")):
        if text.startswith(start):
            return word + text.removeprefix(start)
    return "connections" if "execute-api" in text else "ses" if ":ses:" in text else text


def _allowed(bundle: Bundle, function: str) -> Iterator[Permission]:
    role = bundle.template["Resources"][functions(bundle.template)[function]["Role"]["Fn::GetAtt"][0]]
    for policy in role["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                yield Permission(action, _named(statement["Resource"]))


def _fits(allowed: Permission, action: str, resource: str) -> bool:
    # WAF is asked by a set's name, which moto's tests choose themselves.
    by_name = allowed.action.startswith("wafv2:") or allowed.resource == "*"
    return allowed.action == action and (by_name or fnmatch.fnmatchcase(resource, allowed.resource))


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[tuple[str, str]]]:
    """By function: action and resource of everything that it was seen to need."""
    path: Path = tmp_path_factory.mktemp("calls") / "calls"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "tests.infra.recording"),
            *(f"tests/aws/test_{suite}.py" for suite in SUITES),
            *("-k", CHOSEN),
        ],
        cwd=ROOT,
        env={**environment(), "RESTANTE_TEST_CALLS": str(path)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    found: dict[str, set[tuple[str, str]]] = {}
    for line in path.read_text().splitlines():
        function, action, resource, _ = json.loads(line)
        found.setdefault(function, set()).add((action, resource))
    return found


@pytest.mark.timeout(1000)
def test_every_function_was_seen_at_work(bundle: Bundle, calls: dict[str, set[tuple[str, str]]]) -> None:
    assert set(calls) == set(functions(bundle.template)) - SEEN_ELSEWHERE


def test_no_function_makes_a_call_that_its_policy_does_not_allow(
    bundle: Bundle, calls: dict[str, set[tuple[str, str]]]
) -> None:
    missing = {
        (function, action, resource)
        for function, made in calls.items()
        for action, resource in made
        if not any(_fits(one, action, resource) for one in _allowed(bundle, function))
    }

    assert missing == set()


def test_no_function_is_allowed_what_it_was_never_seen_to_need(
    bundle: Bundle, calls: dict[str, set[tuple[str, str]]]
) -> None:
    unused = {
        (function, one.action, one.resource)
        for function, made in calls.items()
        for one in _allowed(bundle, function)
        if one.action not in BY_LAMBDA
        and (function, one.action, one.resource) not in CONDITIONAL
        and not any(_fits(one, action, resource) for action, resource in made)
    }

    assert unused == set()


def test_what_is_allowed_for_a_reason_is_allowed(bundle: Bundle) -> None:
    for function, action, resource in CONDITIONAL:
        assert Permission(action, resource) in set(_allowed(bundle, function)), (function, action)


def test_only_actions_without_resources_are_allowed_on_all(bundle: Bundle) -> None:
    everything = {
        one.action
        for function in functions(bundle.template)
        for one in _allowed(bundle, function)
        if one.resource == "*"
    }

    assert everything == set(WILDCARDS)


def test_no_action_is_a_wildcard(bundle: Bundle) -> None:
    actions = [one.action for function in functions(bundle.template) for one in _allowed(bundle, function)]

    assert not [action for action in actions if "*" in action]


def test_the_rule_set_function_may_do_its_two_calls(bundle: Bundle) -> None:
    actions = {one.action for one in _allowed(bundle, "OnRuleSet")} - BY_LAMBDA

    assert actions == {"ses:DescribeActiveReceiptRuleSet", "ses:SetActiveReceiptRuleSet"}


def test_a_connection_that_ends_may_be_forgotten_and_nothing_else(bundle: Bundle) -> None:
    actions = {one.action for one in _allowed(bundle, "WebsocketDisconnect")} - BY_LAMBDA

    # chalicelib/aws/connections.py, Connections.remove.
    assert actions == {"dynamodb:GetItem", "dynamodb:BatchWriteItem"}


def test_what_the_poller_takes_is_allowed_on_its_own_queue_or_stream_alone(bundle: Bundle) -> None:
    for name, function in functions(bundle.template).items():
        kinds = {event["Type"] for event in function.get("Events", {}).values()}
        actions = {one.action for one in _allowed(bundle, name)}

        assert (set(POLLER) <= actions) == ("SQS" in kinds), name
        assert (set(STREAM) <= actions) == ("DynamoDB" in kinds), name
