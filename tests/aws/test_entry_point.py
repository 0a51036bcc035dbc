"""app.py as Lambda and `chalice package` load it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import app
from chalicelib.functions.on_job import LEASE_SECONDS
from infra.fragments import DuplicateResourceError, merged

ROOT = Path(__file__).parents[2]
CONFIG: dict[str, Any] = json.loads((ROOT / ".chalice" / "config.json").read_text())
FUNCTIONS: dict[str, Any] = CONFIG["stages"]["live"]["lambda_functions"]
RESOURCES = merged()["Resources"]

# Looks at what importing app does, in a process without any variable of AWS and without a network.
PROBE = """
import socket, sys
def refuse(*_, **__): raise AssertionError("the network was used at import")
socket.socket.connect = socket.getaddrinfo = refuse
import app
print([name for name in sys.modules if name.startswith(("boto3", "botocore.", "aws_xray_sdk", "restante"))])
"""


def test_importing_the_app_needs_no_variable_no_network_and_no_aws_library() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout == "[]\n"


def test_a_function_imports_what_it_alone_needs_and_no_api_that_nobody_asks() -> None:
    probe = (
        "import app, sys; print(*sorted(name.rpartition('.')[2] for name in sys.modules "
        "if name.startswith('chalicelib.functions.') or name == 'chalicelib.api.application'), len(app.app.routes) > 0)"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", probe],
            env={"PYTHONPATH": str(ROOT), **handler},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for handler in ({}, {"_HANDLER": "app.app"}, {"_HANDLER": "app.on_mail"}, {"_HANDLER": "app.on_ws_disconnect"})
    ]

    assert said == ["api application True\n", "api application True\n", "on_mail False\n", "False\n"]


def test_every_function_is_configured_and_has_a_policy_of_its_own() -> None:
    declared = {"api_handler", *(handler.name for handler in app.app.pure_lambda_functions)}
    declared |= {source.name for source in app.app.event_sources}
    # Chalice names these after what they do, whatever the handler is called, and looks for their settings there.
    declared |= {f"websocket_{key.strip('$')}".replace("default", "message") for key in app.app.websocket_handlers}
    policies = {function["iam_policy_file"] for function in FUNCTIONS.values()}

    assert set(FUNCTIONS) == declared
    assert policies == {path.name for path in (ROOT / ".chalice").glob("policy-*.json")}
    assert len(policies) == len(FUNCTIONS)


def test_every_policy_names_only_resources_of_the_template() -> None:
    referred: set[str] = set()
    for function in FUNCTIONS.values():
        policy = json.loads((ROOT / ".chalice" / function["iam_policy_file"]).read_text())
        for statement in policy["Statement"]:
            assert "*" not in statement["Action"]
            if statement["Resource"] == "*":
                # They have no ARN (Service Authorization Reference, "Actions defined by Amazon SES").
                assert all(action.startswith("ses:") and "Receipt" in action for action in statement["Action"])
                continue
            ((kind, value),) = statement["Resource"].items()
            if kind == "Fn::GetAtt":
                referred.add(value[0])
            else:
                connections = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebsocketAPI}/"
                identities = "arn:${AWS::Partition}:ses:"
                table = ("${Table.Arn}/index/", "${Table.Arn}/stream/")
                named = ("${MailBucket.Arn}/", *table, connections, identities)
                # The one action that AWS knows no resource for ("Actions defined by Amazon SES").
                assert value.startswith(named) or (statement["Action"], value) == ("ses:GetAccount", "*")

    queues = {"MailQueue", "JobQueue", "SendingEventQueue"}
    assert referred == {"Table", "MailBucket", *queues, "BlockedIpv4", "BlockedIpv6"}
    assert referred <= set(RESOURCES)


@pytest.mark.parametrize(
    ("resource", "function", "queue"), [("OnMail", "on_mail", "MailQueue"), ("OnJob", "on_job", "JobQueue")]
)
def test_a_failed_record_comes_again_alone_and_not_before_its_function_has_ended(
    resource: str, function: str, queue: str
) -> None:
    source = RESOURCES[resource]["Properties"]["Events"][f"{resource}SqsEventSource"]["Properties"]

    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert RESOURCES[queue]["Properties"]["VisibilityTimeout"] >= 6 * FUNCTIONS[function]["lambda_timeout"]


def test_a_job_is_leased_for_longer_than_its_function_may_run() -> None:
    assert FUNCTIONS["on_job"]["lambda_timeout"] < LEASE_SECONDS


def test_the_stream_wakes_its_function_for_new_messages_alone() -> None:
    source = RESOURCES["OnTableChange"]["Properties"]["Events"]["OnTableChangeDynamodbEventSource"]["Properties"]
    (wanted,) = source["FilterCriteria"]["Filters"]

    assert RESOURCES["Table"]["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert json.loads(wanted["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "INBOX#"}]}}},
    }


def test_a_resource_that_two_fragments_define_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("Resources:\n  Table: {Type: AWS::DynamoDB::Table}\n")

    with pytest.raises(DuplicateResourceError, match=r"Table of b\.yaml"):
        merged(tmp_path)


def test_every_function_may_ask_the_indexes_that_the_table_has() -> None:
    indexes = {index["IndexName"] for index in RESOURCES["Table"]["Properties"]["GlobalSecondaryIndexes"]}
    asked = set()
    for function in FUNCTIONS.values():
        policy = json.loads((ROOT / ".chalice" / function["iam_policy_file"]).read_text())
        resources = [str(statement["Resource"]) for statement in policy["Statement"]]
        asked |= {name.rpartition("/")[2].rstrip("'}") for name in resources if "/index/" in name}

    assert asked - {"*"} <= indexes


def test_what_expires_is_removed_by_the_table_itself() -> None:
    assert RESOURCES["Table"]["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
