"""The built template as values: what Chalice, SAM and the fragments make of one another."""

from __future__ import annotations

import copy
import json
import subprocess
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.settings import Settings, read_settings
from infra.packaging import ROOT
from infra.template import PARAMETERS, WITHOUT_WORLD, adapted, functions, parameter_of
from tests.infra.references import circle_in, conditions, literal_placeholders, references

if TYPE_CHECKING:
    from pathlib import Path

    from infra.packaging import Bundle

PSEUDO = {"AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::URLSuffix"}
ON_ONE_MACHINE = {
    *("smtp", "http", "data", "api_key", "relay", "relay_tls", "relay_user", "relay_password", "ses_capture"),
    *("flood_refused", "http_rate", "http_key_rate", "cache_shared"),
}
"""Settings of the embedded world, beside all that begin with smtp_."""
FIXED = {"mime_depth", "mime_parts", "mime_header_bytes", "mime_parameters", "hook_targets", "cache_memory"}
"""Settings that a stack leaves as they are: bounds that protect it, and receivers on one's own machine."""


def test_sam_makes_plain_cloudformation_of_it(translated: dict[str, Any]) -> None:
    kinds = {resource["Type"] for resource in translated["Resources"].values()}

    assert not [kind for kind in kinds if kind.startswith("AWS::Serverless")]
    assert {"AWS::Lambda::Function", "AWS::ApiGateway::RestApi", "AWS::SES::ReceiptRule"} <= kinds
    # CloudFormation refuses a template of more than a megabyte, and more than 500 resources.
    assert len(json.dumps(translated)) < 1_000_000
    assert len(translated["Resources"]) < 500


def test_everything_that_is_referred_to_is_there(translated: dict[str, Any]) -> None:
    known = {*translated["Resources"], *translated["Parameters"], *PSEUDO}
    parts = [translated["Resources"], translated["Outputs"], translated["Conditions"]]

    assert {name for part in parts for name in references(part)} - known == set()
    assert {name for part in parts for name in conditions(part)} <= set(translated["Conditions"])


def test_nothing_waits_for_itself(translated: dict[str, Any]) -> None:
    assert circle_in(translated["Resources"]) == []


def test_a_circle_would_be_found() -> None:
    assert circle_in({"A": {"x": {"Ref": "B"}}, "B": {"DependsOn": "A"}, "C": {"x": {"Fn::Sub": "${A}"}}}) == [*"ABC"]


def test_a_resource_under_a_condition_is_needed_only_under_it(translated: dict[str, Any]) -> None:
    """Whoever refers to it stands under the same condition, under one that includes it, or asks in Fn::If."""
    resources = translated["Resources"]
    loose = []
    for name, resource in resources.items():
        for one in _unconditional(resource):
            wanted = resources.get(one, {}).get("Condition")
            if wanted and not _includes(translated["Conditions"], resource.get("Condition"), wanted):
                loose.append((name, one))

    assert loose == []


def _unconditional(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for item in value for name in _unconditional(item)}
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key not in {"Fn::If", "DependsOn"}}
        if set(kept) & {"Ref", "Fn::GetAtt", "Fn::Sub"}:
            return set(references(kept))
        return {name for item in kept.values() for name in _unconditional(item)}
    return set()


def _includes(known: dict[str, Any], given: str | None, wanted: str) -> bool:
    if given is None or given == wanted:
        return given == wanted
    parts = known[given].get("Fn::And", [])
    return any(_includes(known, part.get("Condition"), wanted) for part in parts if "Condition" in part)


def test_no_placeholder_stays_as_it_is_written(bundle: Bundle) -> None:
    assert list(literal_placeholders(bundle.template)) == []


def test_cfn_lint_finds_nothing(bundle: Bundle, checkers: Path) -> None:
    done = subprocess.run(
        [
            *(checkers / "cfn-lint", "--config-file", ROOT / "infra" / "checks" / "cfn-lint.yaml"),
            *("--regions", "eu-west-1", "us-east-1", "--template", bundle.folder / "template.json"),
        ],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("reserved", "allowed"), [(0, True), (1, False), (2, True), (1000, True)])
def test_a_concurrency_that_lambda_refuses_is_refused_before_anything_is_made(
    bundle: Bundle, reserved: int, *, allowed: bool
) -> None:
    parameter = bundle.template["Parameters"]["MailConcurrency"]
    (rule,) = bundle.template["Rules"]["MailIsTakenByTwoAtLeast"]["Assertions"]

    def value(said: Any) -> Any:
        match said:
            case {"Fn::Not": [one]}:
                return not value(one)
            case {"Fn::Equals": [one, other]}:
                return value(one) == value(other)
            case {"Ref": "MailConcurrency"}:
                return reserved
            case _:
                return said

    assert parameter["MinValue"] <= reserved <= parameter["MaxValue"]
    assert value(rule["Assert"]) is allowed


def test_checkov_finds_nothing_but_what_has_its_reason(
    translated: dict[str, Any], checkers: Path, tmp_path: Path
) -> None:
    (tmp_path / "template.json").write_text(json.dumps(translated))
    done = subprocess.run(
        [
            *(checkers / "checkov", "--config-file", ROOT / "infra" / "checks" / "checkov.yaml"),
            *("--skip-download", "--output", "json", "--file", tmp_path / "template.json"),
        ],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    summary = json.loads(done.stdout)["summary"]

    assert (summary["failed"], summary["parsing_errors"]) == (0, 0), done.stdout
    assert summary["passed"] > 150


def test_every_function_has_a_log_group_that_the_stack_makes_and_may_write_only_there(bundle: Bundle) -> None:
    resources = bundle.template["Resources"]
    for name, function in functions(bundle.template).items():
        group = function["LoggingConfig"]["LogGroup"]["Ref"]
        statements = resources[function["Role"]["Fn::GetAtt"][0]]["Properties"]["Policies"][0]["PolicyDocument"]
        logging = [one for one in statements["Statement"] if any("logs:" in action for action in one["Action"])]

        assert resources[group]["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}
        assert [one["Resource"] for one in logging] == [{"Fn::GetAtt": [group, "Arn"]}], name
        assert logging[0]["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]


def test_every_queue_and_its_function_agree(bundle: Bundle) -> None:
    resources, found = bundle.template["Resources"], 0
    for name, function in functions(bundle.template).items():
        for event in function.get("Events", {}).values():
            if event["Type"] != "SQS":
                continue
            queue = event["Properties"]["Queue"]["Fn::Sub"].rpartition(":")[2].removeprefix("${").partition(".")[0]
            found += 1

            assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
            assert resources[queue]["Properties"]["VisibilityTimeout"] >= 6 * function["Timeout"], name
    assert found == 3


def test_every_stream_is_the_tables_and_is_filtered(bundle: Bundle) -> None:
    events = [event for one in functions(bundle.template).values() for event in one.get("Events", {}).values()]
    streams = [event["Properties"] for event in events if event["Type"] == "DynamoDB"]

    assert len(streams) == 2
    for stream in streams:
        assert stream["Stream"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
        assert stream["FilterCriteria"]["Filters"]
        assert stream["MaximumRetryAttempts"] == 3


def test_every_variable_is_a_setting_that_is_known(bundle: Bundle) -> None:
    known = {f"RESTANTE_{entry.name.upper()}" for entry in fields(Settings)} | {"POWERTOOLS_SERVICE_NAME"}
    # The setting comes with the cache.
    known.add("RESTANTE_VALKEY")
    for name, function in functions(bundle.template).items():
        variables = set(function["Environment"]["Variables"])

        assert variables <= known
        assert name in WITHOUT_WORLD or {"RESTANTE_TABLE", "RESTANTE_BUCKET", "RESTANTE_KEEP_DAYS"} <= variables


def test_a_function_that_tells_listeners_is_told_where_they_are(bundle: Bundle) -> None:
    resources = bundle.template["Resources"]
    for name, function in functions(bundle.template).items():
        policy = json.dumps(resources[function["Role"]["Fn::GetAtt"][0]])

        assert ("RESTANTE_WEBSOCKET" in function["Environment"]["Variables"]) == ("ManageConnections" in policy), name
        assert ("RESTANTE_CONFIGURATION_SET" in function["Environment"]["Variables"]) == ("ses:SendRawEmail" in policy)


def test_every_setting_is_a_parameter_or_comes_from_a_resource_or_has_its_reason(bundle: Bundle) -> None:
    given = {
        name.removeprefix("RESTANTE_").lower()
        for function in functions(bundle.template).values()
        for name in function["Environment"]["Variables"]
    }
    every = {entry.name for entry in fields(Settings)}
    left = {name for name in every - given - ON_ONE_MACHINE - FIXED if not name.startswith("smtp_")}

    assert left == set()
    assert not (given - {"valkey"}) & ON_ONE_MACHINE


def test_a_setting_that_nobody_gives_keeps_its_default(bundle: Bundle) -> None:
    values = {f"RESTANTE_{name.upper()}": _default(bundle, name) for name in PARAMETERS}

    settings = read_settings(values)

    assert settings.dns
    assert settings.keep_days == Settings().keep_days
    assert settings.trusted == Settings().trusted


def _default(bundle: Bundle, name: str) -> str:
    default: str = bundle.template["Parameters"][parameter_of(name)]["Default"]
    return default


def test_a_changed_websocket_route_is_deployed_and_an_unchanged_one_is_not(bundle: Bundle) -> None:
    def deployment(template: dict[str, Any]) -> str:
        (name,) = (n for n, one in template["Resources"].items() if one["Type"] == "AWS::ApiGatewayV2::Deployment")
        assert template["Resources"]["WebsocketAPIStage"]["Properties"]["DeploymentId"] == {"Ref": name}
        assert isinstance(name, str)
        return name

    def as_chalice_has_it() -> dict[str, Any]:
        raw = copy.deepcopy(bundle.template)
        raw["Resources"]["WebsocketAPIDeployment"] = raw["Resources"].pop(deployment(bundle.template))
        return raw

    changed = as_chalice_has_it()
    changed["Resources"]["WebsocketMessageAPIIntegration"]["Properties"]["ContentHandlingStrategy"] = (
        "CONVERT_TO_BINARY"
    )

    assert deployment(adapted(as_chalice_has_it())) == deployment(bundle.template)
    assert deployment(adapted(changed)) != deployment(bundle.template)


def test_the_websocket_is_where_the_documentation_says_with_or_without_a_host_of_ones_own(bundle: Bundle) -> None:
    resources = bundle.template["Resources"]

    assert resources["WebsocketAPIStage"]["Properties"]["StageName"] == "incoming-messages"
    assert resources["LiveMapping"]["Properties"]["ApiMappingKey"] == "incoming-messages"
    assert {
        url["Fn::Sub"].rpartition("/")[2] for url in bundle.template["Outputs"]["LiveUrl"]["Value"]["Fn::If"][1:]
    } == {"incoming-messages"}


def test_there_is_one_stage_of_the_api(translated: dict[str, Any]) -> None:
    stages = [name for name, one in translated["Resources"].items() if one["Type"] == "AWS::ApiGateway::Stage"]

    assert stages == ["RestAPIliveStage"]


def test_mail_outlives_the_stack(bundle: Bundle) -> None:
    resources = bundle.template["Resources"]
    for name in ("Table", "MailBucket"):
        assert resources[name]["DeletionPolicy"] == resources[name]["UpdateReplacePolicy"] == "Retain"
    table = resources["Table"]["Properties"]

    assert table["DeletionProtectionEnabled"]
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


@pytest.mark.parametrize("policy", ["MailBucketPolicy", "MailTopicPolicy"])
def test_ses_may_write_only_for_our_own_rule(bundle: Bundle, policy: str) -> None:
    (statement,) = (
        one
        for one in bundle.template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
        if one["Principal"] == {"Service": "ses.amazonaws.com"}
    )
    source = statement["Condition"]["StringEquals"]

    assert source["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert source["aws:SourceArn"]["Fn::Sub"][0].endswith("receipt-rule-set/${Set}:receipt-rule/${AWS::StackName}")


def test_request_logs_hold_neither_queries_nor_headers(bundle: Bundle) -> None:
    resources = bundle.template["Resources"]
    formats = [
        resources["RestAPI"]["Properties"]["AccessLogSetting"]["Fn::If"][1]["Format"],
        resources["WebsocketAPIStage"]["Properties"]["AccessLogSettings"]["Fn::If"][1]["Format"],
    ]

    for written in formats:
        assert json.loads(written.replace("$context", "context"))
        assert not [word for word in ("querystring", "header", "requestOverride", "authorizer") if word in written]
