"""`restante destroy`, on stages of its own: mail stays, unless it is to go."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError

from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from restante.embedded.backend import EmbeddedBackend
from tests.deploy.stage import new_stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.deploy.front import Front
    from tests.deploy.stage import Receiver, Stage

pytestmark = pytest.mark.xdist_group("deploy")


def _with_mail(front: Front, receiver: Receiver, data: Path, name: str) -> Stage:
    made = new_stage(front, receiver, data, name, f"{name}.example")
    made.mail(f"last-of-{name}", f"bo@{name}.example", "The last one")
    made.arrived(f"bo@{name}.example", "The last one")
    return made


def _is_there(stage: Stage) -> bool:
    try:
        stage.stack.client("cloudformation").describe_stacks(StackName=f"restante-{stage.name}")
    except ClientError:
        return False
    return True


def test_a_stage_goes_and_its_mail_stays_and_can_be_pulled(front: Front, receiver: Receiver, tmp_path: Path) -> None:
    stage = _with_mail(front, receiver, tmp_path, "leaving")
    table, bucket = stage.ids["Table"], stage.ids["MailBucket"]

    declined = front.run(tmp_path, "destroy", "--stage", "leaving")
    assert declined.code == 1
    assert declined.out.endswith("Do it? [y/N] Nothing was changed.\n")
    assert stage.ask("GET", "/addresses/bo@leaving.example/messages")

    ran = front.run(tmp_path, "destroy", "--stage", "leaving", "--yes")
    assert ran.code == 0, ran.err
    assert f"The bucket {bucket} and the table {table} are kept, with all mail.\n" in ran.out
    assert ran.out.endswith(f"The mail is in s3://{bucket}, the index in the table {table}.\n")
    assert not _is_there(stage)
    with pytest.raises(HTTPError):
        stage.ask("GET", "/addresses/bo@leaving.example/messages")

    pulled = front.run(tmp_path / "data", "pull", "--table", table, "--bucket", bucket)
    assert "1 mails copied" in pulled.out, pulled.err
    folder = EmbeddedBackend(tmp_path / "data")
    kept = folder.index.messages(Shelf.inbox(Inbox("bo@leaving.example")), limit=9)
    folder.close()
    assert [one.mail.summary.subject for one in kept] == ["The last one"]


def test_a_stage_goes_with_its_mail_where_that_is_asked_for(front: Front, receiver: Receiver, tmp_path: Path) -> None:
    stage = _with_mail(front, receiver, tmp_path, "gone")

    ran = front.run(tmp_path, "destroy", "--stage", "gone", "--yes", "--delete-mail")

    assert ran.code == 0, ran.err
    assert "are deleted, with all mail, accounts and keys.\n" in ran.out
    assert not _is_there(stage)
    assert stage.ids["Table"] not in stage.stack.client("dynamodb").list_tables()["TableNames"]
    buckets = [one["Name"] for one in stage.stack.client("s3").list_buckets()["Buckets"]]
    assert stage.ids["MailBucket"] not in buckets
    assert "restante-artifacts-000000000000-us-east-1" in buckets


def test_a_stage_that_is_not_there_is_told(front: Front, tmp_path: Path) -> None:
    ran = front.run(tmp_path, "destroy", "--stage", "never", "--yes")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("restante: There is no stack restante-never in us-east-1: look at --stage and --region. ")
