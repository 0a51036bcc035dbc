"""What a deployment would do, from what is wished and what is found: no account is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from restante.deploying.account import Findings, Stack
from restante.deploying.planning import Artifact, Plan, Wish, differences, plan
from restante.deploying.records import Record, missing, records
from restante.deploying.removing import removal_of

TEMPLATE: dict[str, Any] = {
    "Parameters": {name: {"Type": "String"} for name in ("MailDomain", "KeepDays", "RuleSet", "TakeOver")},
    "Resources": {
        "OnMail": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./deployment.zip"}},
        "ManagedLayer": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "./layer.zip"}},
    },
}
TEMPLATE["Parameters"] |= {name: {"Type": "String"} for name in ("DomainIdentity", "MailConcurrency")}
CODE = Artifact(path=Path("deployment.zip"), name="deployment.zip", digest="c0de")
LAYER = Artifact(path=Path("layer.zip"), name="layer.zip", digest="1a7e")
EMPTY = Findings(
    account="123456789012",
    region="eu-west-1",
    stack=None,
    active_rule_set=None,
    has_identity=False,
    can_reserve=900,
    in_sandbox=False,
)
STACK = Stack(
    name="restante-prod",
    status="UPDATE_COMPLETE",
    parameters={"MailDomain": "mail.example.com", "KeepDays": "90"},
    outputs={},
    template={},
)


def planned(found: Findings, **parameters: str) -> Plan:
    return plan(Wish(stage="prod", parameters=parameters), TEMPLATE, (CODE, LAYER), found)


def test_an_empty_account_gets_a_bucket_both_archives_and_a_stack() -> None:
    made = planned(EMPTY, MailDomain="mail.example.com")

    assert (made.creates, made.makes_bucket, made.problems, made.notices) == (True, True, (), ())
    assert made.stack == "restante-prod"
    assert made.bucket == "restante-artifacts-123456789012-eu-west-1"
    assert made.uploads == (CODE, LAYER)
    assert made.parameters == ({"ParameterKey": "MailDomain", "ParameterValue": "mail.example.com"},)


def test_the_template_names_archives_by_what_is_in_them() -> None:
    resources = json.loads(planned(EMPTY, MailDomain="a.example").template)["Resources"]

    place = {"Bucket": "restante-artifacts-123456789012-eu-west-1", "Key": "c0de.zip"}
    assert resources["OnMail"]["Properties"]["CodeUri"] == place
    assert resources["ManagedLayer"]["Properties"]["ContentUri"] == {**place, "Key": "1a7e.zip"}


def test_what_is_in_the_bucket_is_not_uploaded_again() -> None:
    found = replace(EMPTY, has_bucket=True, uploaded=frozenset({"1a7e.zip"}))

    made = planned(found, MailDomain="a.example")

    assert (made.makes_bucket, made.uploads) == (False, (CODE,))


def test_what_is_not_given_stays_as_it_is() -> None:
    made = planned(replace(EMPTY, stack=STACK, active_rule_set="restante-prod", has_identity=True), KeepDays="7")

    assert not made.creates
    assert made.problems == ()
    assert made.parameters == (
        {"ParameterKey": "MailDomain", "UsePreviousValue": True},
        {"ParameterKey": "KeepDays", "ParameterValue": "7"},
    )


def test_a_new_parameter_of_a_new_release_has_its_default() -> None:
    made = planned(replace(EMPTY, stack=STACK, active_rule_set="restante-prod"))

    assert {one["ParameterKey"] for one in made.parameters} == {"MailDomain", "KeepDays"}


def test_a_domain_that_ses_knows_is_left_to_whoever_made_it_known() -> None:
    made = planned(replace(EMPTY, has_identity=True), MailDomain="a.example")

    assert {"ParameterKey": "DomainIdentity", "ParameterValue": "theirs"} in made.parameters
    assert "identity of SES already" in made.notices[0]


def test_a_small_account_reserves_nothing_and_is_told_so() -> None:
    made = planned(replace(EMPTY, can_reserve=0), MailDomain="a.example")

    assert {"ParameterKey": "MailConcurrency", "ParameterValue": "0"} in made.parameters
    assert "Service Quotas" in made.notices[0]


def test_the_sandbox_is_told() -> None:
    assert "sandbox" in planned(replace(EMPTY, in_sandbox=True), MailDomain="a.example").notices[0]


@pytest.mark.parametrize(
    ("found", "parameters", "advice"),
    [
        (EMPTY, {}, "--domain"),
        (EMPTY, {"MailDomain": "a.example", "KeepDay": "1"}, "There is no parameter KeepDay"),
        (replace(EMPTY, active_rule_set="theirs"), {"MailDomain": "a.example"}, "--rule-set theirs"),
        (replace(EMPTY, stack=replace(STACK, status="ROLLBACK_COMPLETE")), {}, "restante destroy --stage prod"),
        (replace(EMPTY, stack=replace(STACK, status="UPDATE_IN_PROGRESS")), {}, "Wait until it is done"),
        (replace(EMPTY, stack=replace(STACK, status="UPDATE_ROLLBACK_FAILED")), {}, "continue-update-rollback"),
    ],
)
def test_every_problem_says_what_to_do_next(found: Findings, parameters: dict[str, str], advice: str) -> None:
    (problem,) = planned(found, **parameters).problems

    assert advice in problem


@pytest.mark.parametrize("said", [{"RuleSet": "theirs"}, {"TakeOver": "yes"}])
def test_anothers_active_rule_set_is_no_problem_when_something_was_said_about_it(said: dict[str, str]) -> None:
    found = replace(EMPTY, active_rule_set="theirs")

    assert planned(found, MailDomain="a.example", **said).problems == ()


def test_a_stack_that_was_only_proposed_is_made() -> None:
    made = planned(replace(EMPTY, stack=replace(STACK, status="REVIEW_IN_PROGRESS")), MailDomain="a.example")

    assert made.creates
    # There is no previous value of a stack that was never made.
    assert made.parameters == ({"ParameterKey": "MailDomain", "ParameterValue": "a.example"},)


def test_differences_name_what_comes_goes_and_changes() -> None:
    before = {"Resources": {"A": {"Type": "T"}, "B": {"Type": "T"}, "C": {"Type": "T"}}}
    after = {"Resources": {"A": {"Type": "T"}, "B": {"Type": "T", "x": 1}, "D": {"Type": "U"}}, "Parameters": {"P": {}}}

    assert [*differences(before, after)] == ["~ B (T)", "- C (T)", "+ D (U)", "+ P (parameter)"]


OUTPUTS = {"DomainOfMail": "mail.example.com", "ApiUrl": "https://localhost", "LiveUrl": "wss://live.invalid/x"}
IDENTITY = {"DkimAttributes": {"Tokens": ["one", "two"], "Status": "PENDING"}}
MX = Record(name="mail.example.com", kind="MX", value="10 inbound-smtp.eu-west-1.amazonaws.com")


def test_the_records_are_where_mail_goes_its_keys_and_the_host_names() -> None:
    needed = list(records({**OUTPUTS, "ApiHostTarget": "d-1.example"}, "eu-west-1", IDENTITY))

    assert [str(record) for record in needed] == [
        "mail.example.com  MX  10 inbound-smtp.eu-west-1.amazonaws.com",
        "one._domainkey.mail.example.com  CNAME  one.dkim.amazonses.com",
        "two._domainkey.mail.example.com  CNAME  two.dkim.amazonses.com",
        "localhost  CNAME  d-1.example",
    ]


def test_what_the_dns_and_ses_have_seen_is_not_missing() -> None:
    found = {"DkimAttributes": {**IDENTITY["DkimAttributes"], "Status": "SUCCESS"}}
    needed = list(records({**OUTPUTS, "ApiHostTarget": "d-1.example"}, "eu-west-1", found))

    assert list(missing(iter(needed), found, lambda _: (MX.value.split()[1],))) == []
    assert list(missing(iter(needed), IDENTITY, lambda _: ())) == needed[:3]


def test_a_removal_says_what_becomes_of_mail() -> None:
    stack = replace(STACK, outputs={"TableName": "t", "MailBucketName": "b"})

    assert "are kept, with all mail" in [*removal_of(stack, deletes_mail=False).lines()][1]
    assert "are deleted, with all mail" in [*removal_of(stack, deletes_mail=True).lines()][1]
