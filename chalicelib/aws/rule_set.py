"""Making our receipt rule set the active one: what CloudFormation cannot do by itself.

A region has one active rule set, and somebody else's mail may depend on it. What to do is decided by `step_of`, from
what CloudFormation asks for and what is active; `settle` asks SES, does it, and answers CloudFormation.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import json
import logging
import urllib.request
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)
ANSWER_SECONDS = 30.0


class Step(Enum):
    """What is to be done about the active rule set."""

    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    NOTHING = "nothing"
    REFUSE = "refuse"


def step_of(request: str, *, ours: str, active: str | None, take_over: bool) -> Step:
    """What a request (Create, Update or Delete) asks for, while the set `active` is active; None when none is.

    Another's active set is replaced only where `take_over` allows it, and is never deactivated.
    """
    if request == "Delete":
        return Step.DEACTIVATE if active == ours else Step.NOTHING
    if active == ours:
        return Step.NOTHING
    return Step.ACTIVATE if active is None or take_over else Step.REFUSE


def settle(event: Mapping[str, Any], ses: Any, send: Callable[[str, bytes], None]) -> None:
    """Do what a custom resource's event asks for, and tell the result to the URL that it names, whatever happens.

    `ses` is a client of SES; `send` puts a document to a URL. Raises OSError where the result could not be told.
    """
    properties = event["ResourceProperties"]
    ours = properties["RuleSetName"]
    try:
        reason = _do(event["RequestType"], ours, take_over=properties.get("TakeOver") == "yes", ses=ses)
    except Exception as error:  # CloudFormation waits for an hour if it is told nothing
        log.exception("The active rule set could not be changed")
        reason = f"SES could not be asked: {type(error).__name__}. The log of this function says more."
    answer = {
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": reason or "done",
        # It stays the same, or CloudFormation would delete the old one after an update: that is ours, and active.
        "PhysicalResourceId": event.get("PhysicalResourceId") or "active-rule-set",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    send(event["ResponseURL"], json.dumps(answer).encode())


def put(url: str, document: bytes) -> None:
    """PUT a document to a URL that CloudFormation has signed. Raises OSError."""
    # The signature covers an empty content type.
    request = urllib.request.Request(url, data=document, method="PUT", headers={"Content-Type": ""})  # noqa: S310 - https
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS):  # noqa: S310 - the URL is CloudFormation's
        pass


def _do(request: str, ours: str, *, take_over: bool, ses: Any) -> str | None:
    """Do it; answers with why not, where it is refused."""
    active = ses.describe_active_receipt_rule_set().get("Metadata", {}).get("Name")
    step = step_of(request, ours=ours, active=active, take_over=take_over)
    log.info("Active rule set", extra={"active": active, "ours": ours, "step": step.value})
    if step is Step.REFUSE:
        return (
            f"The receipt rule set {active} is active in this region, and mail may depend on it. Deploy with "
            f"--rule-set {active} to add our rule to it, or with --take-over to make {ours} active instead."
        )
    if step is Step.ACTIVATE:
        ses.set_active_receipt_rule_set(RuleSetName=ours)
    elif step is Step.DEACTIVATE:
        ses.set_active_receipt_rule_set()
    return None
