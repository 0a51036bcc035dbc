"""What a deployment has to do, decided from what is wished, what was packaged and what was found; nothing is asked."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from restante.deploying.account import Findings

STACK_PREFIX = "restante-"
WANTED_CONCURRENCY = 51
"""What the template reserves where nobody says otherwise: 50 to take mail in, 1 to follow the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asked for. `parameters` are those of the template that were given."""

    stage: str
    parameters: Mapping[str, str]

    @property
    def stack(self) -> str:
        """The name of the stage's stack."""
        return STACK_PREFIX + self.stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """An archive to be uploaded; `digest` is of its contents, `name` what the template calls it."""

    path: Path
    name: str
    digest: str

    @property
    def key(self) -> str:
        """Its key in the bucket of artifacts."""
        return f"{self.digest}.zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done, in this order; nothing of it while there are `problems`."""

    stack: str
    bucket: str
    makes_bucket: bool
    uploads: tuple[Artifact, ...]
    template: str
    """The document."""
    template_key: str
    creates: bool
    parameters: tuple[Mapping[str, Any], ...]
    changed: tuple[str, ...]
    """Lines that say what differs from the stack that is there."""
    notices: tuple[str, ...]
    problems: tuple[str, ...] = field(default=())
    """Why it cannot be done, each with what to do next."""


def bucket_name(account: str, region: str) -> str:
    """The bucket of artifacts: one for all stages of an account in a region."""
    return f"restante-artifacts-{account}-{region}"


def plan(wish: Wish, template: Mapping[str, Any], artifacts: tuple[Artifact, ...], found: Findings) -> Plan:
    """What brings the account from what was found to what is wished."""
    bucket = bucket_name(found.account, found.region)
    creates = found.stack is None or found.stack.status == "REVIEW_IN_PROGRESS"
    given, notices = _given(wish, found, creates=creates)
    document = json.dumps(_uploaded(template, artifacts, bucket), separators=(",", ":"))
    previous = {} if found.stack is None or creates else found.stack.template
    return Plan(
        stack=wish.stack,
        bucket=bucket,
        makes_bucket=not found.has_bucket,
        uploads=tuple(one for one in artifacts if one.key not in found.uploaded),
        template=document,
        template_key=f"{hashlib.sha256(document.encode()).hexdigest()}.json",
        creates=creates,
        parameters=tuple(
            _parameters(template, given, {} if creates or found.stack is None else found.stack.parameters)
        ),
        changed=tuple(differences(previous, json.loads(document))),
        notices=tuple(notices),
        problems=tuple(_problems(wish, template, found, creates=creates)),
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """A line for each resource and parameter that one template has, or has otherwise than the other."""
    for section in ("Resources", "Parameters", "Outputs"):
        old, new = before.get(section, {}), after.get(section, {})
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                sign = "+" if name not in old else "-" if name not in new else "~"
                kind = (new.get(name) or old[name]).get("Type", "") if section == "Resources" else section[:-1].lower()
                yield f"{sign} {name} ({kind})"


def _given(wish: Wish, found: Findings, *, creates: bool) -> tuple[dict[str, str], list[str]]:
    given, notices = dict(wish.parameters), []
    if creates and found.has_identity and "DomainIdentity" not in given:
        given["DomainIdentity"] = "theirs"
        notices.append("The domain is an identity of SES already: the stack leaves it as it is.")
    if creates and found.can_reserve < WANTED_CONCURRENCY and "MailConcurrency" not in given:
        given["MailConcurrency"] = "0"
        notices.append(
            f"Only {found.can_reserve} concurrent executions may be reserved in this account: none is. A flood of mail "
            "can slow the API down until the quota is raised (Service Quotas, Lambda, Concurrent executions)."
        )
    if found.in_sandbox:
        notices.append(
            "SES is in its sandbox here: it receives all mail, and sends to verified addresses only. Ask for "
            "production access in the SES console."
        )
    return given, notices


def _uploaded(template: Mapping[str, Any], artifacts: tuple[Artifact, ...], bucket: str) -> dict[str, Any]:
    """The template with each archive's place in the bucket instead of its file name."""
    places = {one.name: {"Bucket": bucket, "Key": one.key} for one in artifacts}
    made: dict[str, Any] = copy.deepcopy(dict(template))
    for resource in made["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = places[resource["Properties"][name].removeprefix("./")]
    return made


def _parameters(
    template: Mapping[str, Any], given: Mapping[str, str], known: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    """What was given, and what the stack has of the rest; a new one has its default."""
    for name in template["Parameters"]:
        if name in given:
            yield {"ParameterKey": name, "ParameterValue": given[name]}
        elif name in known:
            yield {"ParameterKey": name, "UsePreviousValue": True}


def _problems(wish: Wish, template: Mapping[str, Any], found: Findings, *, creates: bool) -> Iterator[str]:
    for name in wish.parameters:
        if name not in template["Parameters"]:
            known = ", ".join(sorted(template["Parameters"]))
            yield f"There is no parameter {name}: --set takes {known}."
    status = found.stack.status if found.stack else ""
    if creates and not wish.parameters.get("MailDomain"):
        yield f"There is no stage {wish.stage} yet: give the domain of its mail, as --domain mail.example.com."
    if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}:
        yield f"{wish.stack} is {status}: run `restante destroy --stage {wish.stage}`, then deploy again."
    elif status == "UPDATE_ROLLBACK_FAILED":
        yield (
            f"{wish.stack} could not go back to its last state: run `aws cloudformation continue-update-rollback "
            f"--stack-name {wish.stack}`, then deploy again."
        )
    elif status.endswith("_IN_PROGRESS") and not creates:
        yield f"{wish.stack} is {status}: somebody else is at it. Wait until it is done, then deploy again."
    theirs = found.active_rule_set
    if creates and theirs not in {None, wish.stack} and not {"RuleSet", "TakeOver"} & set(wish.parameters):
        yield (
            f"The receipt rule set {theirs} is active in {found.region}, and mail may depend on it: add our rule to it "
            f"with --rule-set {theirs}, or make ours active instead with --take-over."
        )
