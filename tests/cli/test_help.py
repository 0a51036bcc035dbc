"""`--help` of every command, and what is said to a command line that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.version import VERSION
from restante.cli import main
from tests.cli.commands import run

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = [
    "serve",
    "send",
    "import",
    "reindex",
    "push",
    "pull",
    "keys",
    "keys create",
    "keys list",
    "keys revoke",
    "jobs",
    "jobs list",
    "jobs redrive",
    "block",
    "allow",
    "unblock",
    "rules",
]


def test_help_lists_every_command(tmp_path: Path) -> None:
    ran = run(tmp_path / "data", "--help")

    assert (ran.code, ran.err) == (0, "")
    for name in COMMANDS:
        assert f"    {name.split()[0]} " in ran.out
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*name.split(), "--help"])

    printed = capsys.readouterr()
    usage, _, explanation = printed.out.partition("\n\n")
    assert (ended.value.code, printed.err) == (0, "")
    assert usage.split()[: 2 + len(name.split())] == ["usage:", "restante", *name.split()]
    assert not explanation.startswith(("options:", "positional arguments:")), "it says nothing of what it does"


def test_push_and_pull_say_which_side_is_which(capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for name in ("push", "pull"):
        with pytest.raises(SystemExit):
            main([name, "--help"])
        said[name] = " ".join(capsys.readouterr().out.split())

    assert "changed later here" in said["push"]
    assert "the deployed stage to copy to" in said["push"]
    assert "changed later on AWS" in said["pull"]
    assert "the deployed stage to copy from" in said["pull"]
    assert "instead of the data folder" not in said["pull"]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert (ended.value.code, capsys.readouterr().out) == (0, f"restante {VERSION}\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["nothing"], "invalid choice: 'nothing'"),
        (["keys"], "the following arguments are required: ACTION"),
        (["import"], "the following arguments are required: PATH"),
        (["serve", "--fast"], "unrecognized arguments: --fast"),
        *[(["import", "--to", text, "."], f"{text} is not an email address") for text in ("bob", "bob@", "a b@x.dev")],
    ],
)
def test_a_command_line_that_is_none_ends_with_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert printed.err.startswith("usage: restante")
    assert complaint in printed.err
