"""`restante deploy`, as somebody with an account calls it: made, tried, up to date, changed, declined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.deploy.stage import DOMAIN, deploy, ids_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.deploy.front import Front
    from tests.deploy.stage import Stage

ARTIFACTS = "restante-artifacts-000000000000-us-east-1"

pytestmark = pytest.mark.xdist_group("deploy")


def _stacks(stage: Stage) -> list[str]:
    found = stage.stack.client("cloudformation").describe_stacks()["Stacks"]
    return [one["StackName"] for one in found]


def test_a_new_stage_is_told_with_its_records_and_a_key_that_opens_it(stage: Stage) -> None:
    out = stage.told.out

    assert out.startswith("Account 000000000000, region us-east-1, stack restante-test\nPackaging ...\n")
    assert "  Add     Table (AWS::DynamoDB::Table)\n" in out
    assert f"Mail:  anything@{DOMAIN}\n" in out
    assert f"  {DOMAIN}  MX  10 inbound-smtp.us-east-1.amazonaws.com\n" in out
    assert "admin" in [one["_id"] for one in stage.ask("GET", "/accounts")]


def test_artifacts_are_closed_to_all_others(stage: Stage) -> None:
    s3 = stage.stack.client("s3")
    closed = s3.get_public_access_block(Bucket=ARTIFACTS)["PublicAccessBlockConfiguration"]

    assert len(closed) == 4
    assert all(closed.values())
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=ARTIFACTS)["Policy"]


def test_a_dry_run_lists_what_it_would_do_and_does_nothing(front: Front, stage: Stage, tmp_path: Path) -> None:
    ran = deploy(front, tmp_path, "tried", "--domain", "tried.example", "--dry-run")

    assert ran.code == 0, ran.err
    assert "Would create restante-tried:\n" in ran.out
    assert "  + ReceiptRule (AWS::SES::ReceiptRule)\n" in ran.out
    assert ran.out.endswith("Nothing was changed.\n")
    assert "restante-tried" not in _stacks(stage)


def test_a_new_stage_that_nobody_agrees_to_leaves_nothing(front: Front, stage: Stage, tmp_path: Path) -> None:
    options = ("--architecture", "x86_64", "--domain", "declined.example")
    ran = front.run(tmp_path, "deploy", "--stage", "declined", *options)

    assert ran.code == 1
    assert re.search(r"Carry out these \d+ changes\? \[y/N\] Nothing was changed\.\n$", ran.out)
    assert "restante-declined" not in _stacks(stage)


def test_a_deployment_without_changes_says_so(front: Front, stage: Stage, tmp_path: Path) -> None:
    ran = deploy(front, tmp_path, stage.name)

    assert ran.code == 0, ran.err
    assert "The stack is up to date.\n" in ran.out
    # What was uploaded is known by its content, and the key is shown once.
    assert "Uploading" not in ran.out
    assert "API key" not in ran.out
    assert f"API:   {stage.api.removesuffix('/api')}\n" in ran.out


def _settings(stage: Stage, function: str) -> Any:
    client = stage.stack.client("lambda")
    return client.get_function_configuration(FunctionName=stage.ids[function])["Environment"]["Variables"]


def test_a_parameter_changes_and_all_else_stays(front: Front, stage: Stage, tmp_path: Path) -> None:
    inbox = f"stays@{DOMAIN}"
    stage.mail("stays", inbox, "It stays")
    stage.arrived(inbox, "It stays")
    before = _settings(stage, "OnHour")
    # ministack makes permissions to invoke anew with their function.
    lasting = {name: value for name, value in stage.ids.items() if not name.endswith("Permission")}

    # Twice: the change sets of the same template are told apart.
    for days in ("90", before["RESTANTE_KEEP_DAYS"]):
        ran = deploy(front, tmp_path, stage.name, "--set", f"KeepDays={days}")

        assert ran.code == 0, ran.err
        changed = set(re.findall(r"^  Modify  (\w+) ", ran.out, re.MULTILINE))
        assert {"OnHour", "OnMail", "APIHandler"} <= changed
        assert not {"Table", "MailBucket", "RestAPI", "MailQueue"} & changed
        assert _settings(stage, "OnHour") == {**before, "RESTANTE_KEEP_DAYS": days}
        assert ids_of(stage.stack, stage.name).items() >= lasting.items()
        assert stage.arrived(inbox, "It stays")
