"""Plans carried out: S3, SES and DynamoDB are moto's, CloudFormation answers as botocore's model allows it to."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.stub import ANY, Stubber
from moto import mock_aws

from chalicelib.aws.receipt_filters import name_of
from chalicelib.errors import Conflict, Unavailable
from infra.fragments import table_request
from restante.deploying.account import Stack, stack_of
from restante.deploying.executing import Executor
from restante.deploying.planning import Artifact, Plan
from restante.deploying.removing import removal_of, remove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION, ACCOUNT, STACK, SET = "eu-west-1", "123456789012", "restante-prod", "arn:aws:cloudformation:change-set/x"
ARN = "arn:aws:cloudformation:eu-west-1:123456789012:stack/restante-prod/1"
NAME = "restante-def.json-"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Account:
    """An account: moto's services, and a CloudFormation that is told what to answer."""

    def __init__(self) -> None:
        self.formation = get_session().create_client("cloudformation", REGION)
        self.stub = Stubber(self.formation)
        self.given: dict[str, Any] = {"cloudformation": self.formation}
        self.lines: list[str] = []
        self.waits: list[float] = []

    def client(self, service: str) -> Any:
        if service not in self.given:
            self.given[service] = get_session().create_client(service, REGION)
        return self.given[service]

    def executor(self) -> Executor:
        return Executor(client=self.client, account=ACCOUNT, tell=self.lines.append, pause=self.waits.append)

    def answers(self, operation: str, answer: dict[str, Any], **asked: Any) -> None:
        self.stub.add_response(operation, answer, asked or None)

    def has_stack(self, status: str, *, asked: Any = ANY) -> None:
        self.answers("describe_stacks", {"Stacks": [_stack(status)]}, StackName=asked)

    def has_events(self, *events: tuple[str, str, str]) -> None:
        told = [
            {
                "StackId": ARN,
                "EventId": f"{at}",
                "StackName": STACK,
                "Timestamp": NOW,
                "LogicalResourceId": name,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
            }
            for at, (name, status, reason) in enumerate(events)
        ]
        self.answers("describe_stack_events", {"StackEvents": told[::-1]})


def _stack(status: str) -> dict[str, Any]:
    return {"StackId": ARN, "StackName": STACK, "CreationTime": NOW, "StackStatus": status}


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        made = Account()
        with made.stub:
            yield made
        made.stub.assert_no_pending_responses()


def _plan(tmp_path: Path, *, creates: bool = False) -> Plan:
    (tmp_path / "code.zip").write_bytes(b"code")
    return Plan(
        stack=STACK,
        bucket="artifacts",
        makes_bucket=True,
        uploads=(Artifact(path=tmp_path / "code.zip", name="code.zip", digest="abc"),),
        template="{}",
        template_key="def.json",
        creates=creates,
        parameters=({"ParameterKey": "KeepDays", "ParameterValue": "7"},),
        changed=(),
        notices=(),
    )


def test_archives_and_template_are_in_the_bucket_afterwards(account: Account, tmp_path: Path) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})

    url = account.executor().upload(replace(_plan(tmp_path), makes_bucket=False))

    assert url == "https://artifacts.s3.eu-west-1.amazonaws.com/def.json"
    assert s3.get_object(Bucket="artifacts", Key="abc.zip")["Body"].read() == b"code"
    assert s3.get_object(Bucket="artifacts", Key="def.json")["Body"].read() == b"{}"


def test_a_new_bucket_of_artifacts_is_closed(account: Account) -> None:
    account.executor().make_bucket("artifacts")

    s3 = account.client("s3")
    assert all(s3.get_public_access_block(Bucket="artifacts")["PublicAccessBlockConfiguration"].values())
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket="artifacts")["Policy"]
    assert s3.get_bucket_location(Bucket="artifacts")["LocationConstraint"] == REGION


def _proposes(account: Account, *told: dict[str, Any], known: tuple[str, ...] = (), name: str = NAME + "0") -> None:
    account.answers("list_change_sets", {"Summaries": [{"ChangeSetName": one} for one in known]})
    account.answers(
        "create_change_set",
        {"Id": SET},
        StackName=STACK,
        ChangeSetName=name,
        ChangeSetType="UPDATE",
        TemplateURL="https://url",
        Parameters=[{"ParameterKey": "KeepDays", "ParameterValue": "7"}],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    for each in told:
        account.answers("describe_change_set", each)


def test_a_change_set_is_waited_for_and_says_what_is_replaced(account: Account, tmp_path: Path) -> None:
    change = {
        "Action": "Modify",
        "LogicalResourceId": "Cache",
        "ResourceType": "AWS::ElastiCache::ServerlessCache",
        "Replacement": "True",
    }
    done = {"Status": "CREATE_COMPLETE", "Changes": [{"Type": "Resource", "ResourceChange": change}]}
    _proposes(account, {"Status": "CREATE_IN_PROGRESS"}, done)

    proposed = account.executor().propose(_plan(tmp_path), "https://url")

    assert proposed == (SET, ("Modify  Cache (AWS::ElastiCache::ServerlessCache)  REPLACED",))
    assert len(account.waits) == 1


def test_a_change_set_without_changes_is_dropped(account: Account, tmp_path: Path) -> None:
    _proposes(account, {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."})
    account.answers("delete_change_set", {}, ChangeSetName=SET)

    assert account.executor().propose(_plan(tmp_path), "https://url") is None


def test_the_name_of_a_change_set_that_was_carried_out_is_not_used_again(account: Account, tmp_path: Path) -> None:
    # When one is carried out the others are deleted: the one that is left need not be the first.
    done = {"Status": "CREATE_COMPLETE", "Changes": []}
    _proposes(account, done, known=(f"{NAME}1",), name=f"{NAME}0")

    assert account.executor().propose(_plan(tmp_path), "https://url") == (SET, ())


def test_a_template_that_is_not_taken_is_told_with_the_reason(account: Account, tmp_path: Path) -> None:
    _proposes(account, {"Status": "FAILED", "StatusReason": "Circular dependency"})
    account.answers("delete_change_set", {}, ChangeSetName=SET)

    with pytest.raises(Conflict, match="Circular dependency"):
        account.executor().propose(_plan(tmp_path), "https://url")


def test_a_deployment_is_followed_until_it_is_done(account: Account) -> None:
    old = ("Table", "CREATE_COMPLETE", "")
    account.has_stack("CREATE_COMPLETE", asked=STACK)
    account.has_events(old)
    account.answers("execute_change_set", {}, ChangeSetName=SET)
    account.has_stack("UPDATE_IN_PROGRESS")
    account.has_events(old, ("OnMail", "UPDATE_COMPLETE", ""))
    account.has_stack("UPDATE_COMPLETE")
    account.has_events(old, ("OnMail", "UPDATE_COMPLETE", ""), ("OnJob", "UPDATE_COMPLETE", ""))
    ready: list[str] = []

    account.executor().execute(STACK, SET, ready.append)

    assert ready == ["OnMail", "OnJob"]


def test_the_status_of_the_deployment_before_is_not_taken_for_that_of_this_one(account: Account) -> None:
    old = ("OnMail", "UPDATE_COMPLETE", "")
    account.has_stack("UPDATE_ROLLBACK_COMPLETE", asked=STACK)
    account.has_events(old)
    account.answers("execute_change_set", {}, ChangeSetName=SET)
    account.has_stack("UPDATE_ROLLBACK_COMPLETE")
    account.has_events(old)
    account.has_stack("UPDATE_COMPLETE")
    account.has_events(old, ("OnJob", "UPDATE_COMPLETE", ""))
    ready: list[str] = []

    account.executor().execute(STACK, SET, ready.append)

    assert ready == ["OnJob"]


def test_a_deployment_that_went_back_tells_the_first_cause(account: Account) -> None:
    account.has_stack("UPDATE_COMPLETE", asked=STACK)
    account.has_events()
    account.answers("execute_change_set", {}, ChangeSetName=SET)
    account.has_stack("UPDATE_ROLLBACK_COMPLETE")
    account.has_events(
        ("ApiDomainName", "CREATE_FAILED", "The certificate is of another region"),
        ("OnMail", "UPDATE_FAILED", "Resource update cancelled"),
    )

    with pytest.raises(Conflict, match="ApiDomainName: The certificate is of another region") as failed:
        account.executor().execute(STACK, SET, lambda _: None)
    assert "cancelled" not in str(failed.value)


def test_a_proposal_that_nobody_agrees_to_leaves_no_empty_stack(account: Account) -> None:
    account.answers("describe_change_set", {"StackName": STACK}, ChangeSetName=SET)
    account.answers("delete_change_set", {}, ChangeSetName=SET)
    account.has_stack("REVIEW_IN_PROGRESS")
    account.answers("delete_stack", {}, StackName=STACK)

    account.executor().drop(SET)


def test_a_stack_that_is_not_there_is_none(account: Account) -> None:
    account.stub.add_client_error("describe_stacks", "ValidationError", "Stack with id x does not exist")

    assert stack_of(account.client, STACK) is None


def _with_mail(account: Account) -> Stack:
    """A stage with mail in it, whose stack goes away without a fault."""
    ses = Stubber(account.client("ses"))
    filtering = {"Policy": "Block", "Cidr": "192.0.2.0/24"}
    block = ip_network("192.0.2.0/24")
    mine, old, another = name_of(block, "mail-table"), "restante-192-0-2-0_24", name_of(block, "table-of-another-stage")
    names = (mine, old, another, "theirs")
    ses.add_response("list_receipt_filters", {"Filters": [{"Name": name, "IpFilter": filtering} for name in names]})
    for name in (mine, old):
        ses.add_response("delete_receipt_filter", {}, {"FilterName": name})
    ses.activate()
    s3, dynamodb = account.client("s3"), account.client("dynamodb")
    s3.create_bucket(Bucket="mail", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="mail", Key="inbound/1", Body=b"mail")
    dynamodb.create_table(**table_request("mail-table"), DeletionProtectionEnabled=True)
    # Its name is unknown as soon as it is deleted, which may be at once: the ARN is asked for before.
    account.has_stack("CREATE_COMPLETE", asked=STACK)
    account.has_events()
    account.answers("delete_stack", {}, StackName=STACK)
    account.has_stack("DELETE_IN_PROGRESS", asked=ARN)
    account.has_events()
    account.has_stack("DELETE_COMPLETE", asked=ARN)
    account.has_events()
    outputs = {"TableName": "mail-table", "MailBucketName": "mail"}
    return Stack(name=STACK, status="CREATE_COMPLETE", parameters={}, outputs=outputs, template={})


def test_a_removal_keeps_mail(account: Account) -> None:
    stack = _with_mail(account)

    remove(account.executor(), removal_of(stack, deletes_mail=False), lambda _: None)

    assert account.client("s3").list_objects_v2(Bucket="mail")["KeyCount"] == 1
    assert account.client("dynamodb").list_tables()["TableNames"] == ["mail-table"]


def test_a_removal_with_mail_leaves_nothing(account: Account) -> None:
    stack = _with_mail(account)

    remove(account.executor(), removal_of(stack, deletes_mail=True), lambda _: None)

    assert account.client("s3").list_buckets()["Buckets"] == []
    assert account.client("dynamodb").list_tables()["TableNames"] == []


def test_a_removal_with_mail_that_was_interrupted_goes_on_with_what_is_left(account: Account) -> None:
    stack = _with_mail(account)
    s3 = account.client("s3")
    interrupted = Stubber(s3)
    interrupted.add_client_error("list_objects_v2", "AccessDenied")
    interrupted.activate()
    with pytest.raises(ClientError):
        remove(account.executor(), removal_of(stack, deletes_mail=True), lambda _: None)
    interrupted.deactivate()
    account.given["ses"] = get_session().create_client("ses", REGION)
    ses = Stubber(account.client("ses"))
    for _ in range(2):
        ses.add_response("list_receipt_filters", {"Filters": []})
    ses.activate()

    again = removal_of(None, deletes_mail=True, table="mail-table", bucket="mail")
    for _ in range(2):
        remove(account.executor(), again, lambda _: None)

    told = "The bucket mail and the table mail-table are deleted, with all mail, accounts and keys."
    assert list(again.lines()) == [told]
    assert s3.list_buckets()["Buckets"] == []
    assert account.client("dynamodb").list_tables()["TableNames"] == []


@contextmanager
def _api(status: int) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/live/api/health" else 404)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/live"
        server.shutdown()
        thread.join()


def test_an_api_that_is_well_passes() -> None:
    account = Account()
    with _api(200) as url:
        account.executor().smoke(url)

    assert account.waits == []


def test_an_api_that_is_not_well_is_tried_again_and_told() -> None:
    account = Account()
    with _api(500) as url, pytest.raises(Unavailable, match=r"HTTP Error 500.*docs/deploying\.md"):
        account.executor().smoke(url)

    assert len(account.waits) == 10
