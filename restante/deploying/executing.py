"""Doing what a plan says: uploads, a change set, and waiting for CloudFormation."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from botocore.exceptions import ClientError

from chalicelib.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from restante.deploying.planning import Plan

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
POLL_SECONDS = 3.0
MOST_POLLS = 2400
"""Two hours: ElastiCache and certificates take their time."""
SMOKE_TRIES = 10
SMOKE_SECONDS = 15.0
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
"""How CloudFormation says that there is nothing to do: it has no code for it."""


def pause(seconds: float) -> None:
    """Wait so long."""
    threading.Event().wait(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """Carries out plans in one account. `client` makes clients; `tell` hears a line for each thing that is done."""

    client: Callable[[str], Any]
    account: str
    tell: Callable[[str], None]
    pause: Callable[[float], None] = pause

    def upload(self, plan: Plan) -> str:
        """Make the bucket if need be, upload what is not in it; answers with the URL of the template."""
        s3 = self.client("s3")
        if plan.makes_bucket:
            self.make_bucket(plan.bucket)
        for artifact in plan.uploads:
            self.tell(f"Uploading {artifact.name} as {artifact.key}")
            s3.put_object(
                Bucket=plan.bucket,
                Key=artifact.key,
                Body=artifact.path.read_bytes(),
                ExpectedBucketOwner=self.account,
            )
        s3.put_object(
            Bucket=plan.bucket, Key=plan.template_key, Body=plan.template.encode(), ExpectedBucketOwner=self.account
        )
        return f"https://{plan.bucket}.s3.{s3.meta.region_name}.amazonaws.com/{plan.template_key}"

    def propose(self, plan: Plan, url: str) -> tuple[str, tuple[str, ...]] | None:
        """Make a change set: its ARN, and a line for each change. None where nothing would change.

        Raises Conflict where CloudFormation does not accept the template, with its reason.
        """
        formation = self.client("cloudformation")
        made = formation.create_change_set(
            StackName=plan.stack,
            ChangeSetName=_free_name(formation, plan),
            ChangeSetType="CREATE" if plan.creates else "UPDATE",
            TemplateURL=url,
            Parameters=list(plan.parameters),
            Capabilities=CAPABILITIES,
        )
        for _ in range(MOST_POLLS):
            told = formation.describe_change_set(ChangeSetName=made["Id"])
            if told["Status"] == "CREATE_COMPLETE":
                return made["Id"], tuple(_changes(formation, told))
            if told["Status"] == "FAILED":
                formation.delete_change_set(ChangeSetName=made["Id"])
                reason = told.get("StatusReason", "")
                if any(text in reason for text in NO_CHANGES):
                    return None
                raise Conflict(f"CloudFormation does not take the template: {reason}")
            self.pause(POLL_SECONDS)
        raise Unavailable("CloudFormation has not made the change set in two hours: look at its console.")

    def drop(self, change_set: str) -> None:
        """Forget a change set that was not agreed to; of a new stack, the empty stack that it made too."""
        formation = self.client("cloudformation")
        told = formation.describe_change_set(ChangeSetName=change_set)
        formation.delete_change_set(ChangeSetName=change_set)
        stack = formation.describe_stacks(StackName=told["StackName"])["Stacks"][0]
        if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
            formation.delete_stack(StackName=told["StackName"])

    def execute(self, stack: str, change_set: str, done: Callable[[str], object]) -> None:
        """Carry out a change set; `done` hears the logical id of each resource that is ready.

        Raises Conflict where CloudFormation had to go back, with the reasons of what failed.
        """
        formation = self.client("cloudformation")
        arn, seen = self._before(stack)
        formation.execute_change_set(ChangeSetName=change_set)
        self._wait(arn, seen, done, wanted={"CREATE_COMPLETE", "UPDATE_COMPLETE"})

    def remove(self, stack: str, done: Callable[[str], object]) -> None:
        """Delete a stack and wait. Raises Conflict where something could not be deleted, with the reasons."""
        formation = self.client("cloudformation")
        arn, seen = self._before(stack)
        formation.delete_stack(StackName=stack)
        self._wait(arn, seen, done, wanted={"DELETE_COMPLETE"})

    def _before(self, stack: str) -> tuple[str, set[str]]:
        """The stack's ARN and the events that it has. By its name it is unknown as soon as it is deleted."""
        formation = self.client("cloudformation")
        arn: str = formation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
        return arn, {event["EventId"] for event in _events(formation, arn)}

    def _wait(self, arn: str, seen: set[str], done: Callable[[str], object], *, wanted: set[str]) -> None:
        formation, reasons, known = self.client("cloudformation"), [], len(seen)
        stack = arn.split("/")[1]
        for _ in range(MOST_POLLS):
            # The status is asked for first: what happened before it is then among the events.
            status = formation.describe_stacks(StackName=arn)["Stacks"][0]["StackStatus"]
            for event in reversed([one for one in _events(formation, arn) if one["EventId"] not in seen]):
                seen.add(event["EventId"])
                name, state = event["LogicalResourceId"], event["ResourceStatus"]
                if state.endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", ""):
                    reasons.append(f"{name}: {event.get('ResourceStatusReason', state)}")
                elif state.endswith("_COMPLETE"):
                    done(name)
            # Without an event the status is still that of the deployment before: it changes a moment after the call.
            if status != "DELETE_COMPLETE" and len(seen) == known:
                self.pause(POLL_SECONDS)
                continue
            if status in wanted:
                return
            if not status.endswith("_IN_PROGRESS"):
                raise Conflict("\n  ".join([f"{stack} is {status}, because of", *(reasons or ["no reason was told"])]))
            self.pause(POLL_SECONDS)
        raise Unavailable(f"{stack} is not done after two hours: look at CloudFormation's console.")

    def smoke(self, url: str) -> None:
        """Ask the API whether it is well. Raises Unavailable where it does not say so."""
        said = ""
        for _ in range(SMOKE_TRIES):
            try:
                with urlopen(f"{url}/api/health", timeout=SMOKE_SECONDS) as answer:  # noqa: S310 - the stack's own URL
                    if answer.status == 200:
                        return
                    said = str(answer.status)
            except (URLError, OSError) as error:
                said = str(error)
            self.pause(POLL_SECONDS)
        raise Unavailable(
            f"{url}/api/health does not answer: {said}. Look at the log group of APIHandler, or go back with the "
            "release before: see docs/deploying.md."
        )

    def make_bucket(self, name: str) -> None:
        """Make a bucket that nobody reads but this account, and only by TLS."""
        s3 = self.client("s3")
        self.tell(f"Making the bucket {name}")
        region = s3.meta.region_name
        # The oldest region is none that may be named.
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **place)
        closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(_only_tls(name)))


def _only_tls(bucket: str) -> Mapping[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _free_name(formation: Any, plan: Plan) -> str:
    """A name for a change set that none of the stack has: also those that were carried out are kept."""
    taken: set[str] = set()
    if not (plan.creates and _is_unknown(formation, plan.stack)):
        taken = {one["ChangeSetName"] for one in formation.list_change_sets(StackName=plan.stack)["Summaries"]}
    names = (f"restante-{plan.template_key[:24]}-{number}" for number in count())
    return next(name for name in names if name not in taken)


def _is_unknown(formation: Any, stack: str) -> bool:
    try:
        formation.describe_stacks(StackName=stack)
    except ClientError:
        return True
    return False


def _changes(formation: Any, told: Mapping[str, Any]) -> Iterator[str]:
    while True:
        for change in told["Changes"]:
            one = change["ResourceChange"]
            replaced = {"True": "  REPLACED", "Conditional": "  perhaps replaced"}.get(one.get("Replacement", ""), "")
            yield f"{one['Action']:7} {one['LogicalResourceId']} ({one['ResourceType']}){replaced}"
        if "NextToken" not in told:
            return
        told = formation.describe_change_set(ChangeSetName=told["ChangeSetId"], NextToken=told["NextToken"])


def _events(formation: Any, stack: str) -> list[Mapping[str, Any]]:
    """The stack's newest events: a page is a hundred, and a round of waiting never has more."""
    events: list[Mapping[str, Any]] = formation.describe_stack_events(StackName=stack)["StackEvents"]
    return events
