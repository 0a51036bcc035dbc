"""Our receipt rule set becomes the active one, and nobody else's mail is lost for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.aws.rule_set import Step, settle, step_of

if TYPE_CHECKING:
    from chalicelib.aws.clients import Clients

OURS = "restante-prod"


@pytest.mark.parametrize(
    ("request_type", "active", "take_over", "step"),
    [
        ("Create", None, False, Step.ACTIVATE),
        ("Create", "theirs", False, Step.REFUSE),
        ("Create", "theirs", True, Step.ACTIVATE),
        ("Create", OURS, False, Step.NOTHING),
        ("Update", None, False, Step.ACTIVATE),
        ("Update", "theirs", False, Step.REFUSE),
        ("Update", OURS, True, Step.NOTHING),
        ("Delete", OURS, False, Step.DEACTIVATE),
        ("Delete", "theirs", True, Step.NOTHING),
        ("Delete", None, False, Step.NOTHING),
    ],
)
def test_anothers_active_set_is_replaced_only_when_told_and_never_deactivated(
    request_type: str, active: str | None, *, take_over: bool, step: Step
) -> None:
    assert step_of(request_type, ours=OURS, active=active, take_over=take_over) is step


def _settled(clients: Clients, request_type: str, **properties: str) -> dict[str, Any]:
    event = {
        "RequestType": request_type,
        "ResponseURL": "https://answers.example/1",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "ActiveRuleSet",
        "ResourceProperties": {"RuleSetName": OURS, "TakeOver": "no", **properties},
    }
    told: list[tuple[str, bytes]] = []
    settle(event, clients.ses, lambda url, document: told.append((url, document)))
    ((url, document),) = told
    assert url == "https://answers.example/1"
    answer: dict[str, Any] = json.loads(document)
    assert (answer["StackId"], answer["RequestId"], answer["LogicalResourceId"]) == (
        "stack",
        "request",
        "ActiveRuleSet",
    )
    return answer


def _active(clients: Clients) -> str | None:
    name: str | None = clients.ses.describe_active_receipt_rule_set().get("Metadata", {}).get("Name")
    return name


def test_the_set_is_active_after_the_stack_was_made(clients: Clients) -> None:
    clients.ses.create_receipt_rule_set(RuleSetName=OURS)

    assert _settled(clients, "Create")["Status"] == "SUCCESS"
    assert _active(clients) == OURS


def test_a_refused_take_over_says_what_to_do_and_changes_nothing(clients: Clients) -> None:
    for name in (OURS, "theirs"):
        clients.ses.create_receipt_rule_set(RuleSetName=name)
    clients.ses.set_active_receipt_rule_set(RuleSetName="theirs")

    answer = _settled(clients, "Create")

    assert answer["Status"] == "FAILED"
    assert "--take-over" in answer["Reason"]
    assert "--rule-set theirs" in answer["Reason"]
    assert _active(clients) == "theirs"


def test_a_set_that_is_not_there_is_told_as_a_failure(clients: Clients) -> None:
    answer = _settled(clients, "Create")

    assert answer["Status"] == "FAILED"
    assert "RuleSetDoesNotExist" in answer["Reason"]


def test_a_removal_leaves_anothers_set_active(clients: Clients) -> None:
    clients.ses.create_receipt_rule_set(RuleSetName="theirs")
    clients.ses.set_active_receipt_rule_set(RuleSetName="theirs")

    assert _settled(clients, "Delete")["Status"] == "SUCCESS"
    assert _active(clients) == "theirs"
