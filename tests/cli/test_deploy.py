"""`restante deploy` and `restante destroy` as people run them, without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import run

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nowhere",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
}


@pytest.mark.parametrize("command", [("deploy", "--domain", "mail.example.com"), ("destroy",)])
def test_without_credentials_it_says_how_to_get_some(tmp_path: Path, command: tuple[str, ...]) -> None:
    ran = run(tmp_path, *command, "--stage", "prod", "--region", "eu-west-1", settings=NOBODY)

    assert (ran.code, ran.out) == (1, "")
    assert "aws configure" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("named", ["--table", "--bucket"])
def test_what_a_stack_left_behind_is_named_only_to_be_deleted(tmp_path: Path, named: str) -> None:
    ran = run(tmp_path, "destroy", "--stage", "prod", named, "mail", settings=NOBODY)

    assert (ran.code, ran.out) == (2, "")
    assert "--delete-mail" in ran.err


@pytest.mark.parametrize("command", ["deploy", "destroy"])
def test_without_a_region_it_says_how_to_give_one(tmp_path: Path, command: str) -> None:
    ran = run(tmp_path, command, "--stage", "prod", settings=NOBODY)

    assert (ran.code, ran.out) == (1, "")
    assert "--region" in ran.err


@pytest.mark.parametrize(
    "command",
    [
        *("rules --stage prod", "rules --table mail", "block 192.0.2.7 --reason x --stage prod"),
        *("unblock 192.0.2.7 --stage prod", "jobs list --stage prod", "reindex --stage prod"),
        *("reconcile --stage prod", "push --stage prod", "pull --stage prod"),
    ],
)
def test_without_a_region_a_command_for_a_stage_says_so_in_a_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "restante.sqlite3").touch()

    ran = run(tmp_path, *command.split(), settings=NOBODY)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "restante: No region is known: set AWS_DEFAULT_REGION to that of the service.\n"


def test_a_profile_that_there_is_not_is_named(tmp_path: Path) -> None:
    ran = run(tmp_path, "rules", "--stage", "prod", settings={**NOBODY, "AWS_PROFILE": "nobodys"})

    assert "nobodys" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("stage", ["Prod", "a--b", "-a", "a" * 31, "a_b"])
def test_a_stage_that_aws_cannot_name_is_refused(tmp_path: Path, stage: str) -> None:
    ran = run(tmp_path, "deploy", f"--stage={stage}", "--region", "eu-west-1", settings=NOBODY)

    assert ran.code == 1
    assert "--stage takes" in ran.err


def test_a_setting_without_a_value_is_refused(tmp_path: Path) -> None:
    ran = run(tmp_path, "deploy", "--stage", "prod", "--set", "KeepDays", settings=NOBODY)

    assert ran.code == 1
    assert "expected PARAMETER=VALUE" in ran.err
