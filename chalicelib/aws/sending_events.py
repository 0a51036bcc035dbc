"""What SES tells of mail that it took: events of a configuration set (AWS: Amazon SES Developer Guide, "Contents of
event data that Amazon SES publishes to Amazon SNS"; EventBridge has the same document as its detail).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.aws.sender import TAG
from chalicelib.errors import BadRequest
from chalicelib.mail.names import MailId
from chalicelib.mail.outgoing import Change, Status

if TYPE_CHECKING:
    from collections.abc import Callable

_DIAGNOSTIC = 500


def changes_told(body: str) -> tuple[MailId, tuple[Change, ...]] | None:
    """The mail that a queue's message is about, and its news; None where there are none for us.

    The message is SNS's envelope, an event of EventBridge, or SES's document itself. Raises BadRequest for others.
    """
    try:
        said = _opened(json.loads(body))
        if said is None:
            return None
        mails = said["mail"].get("tags", {}).get(TAG)
        read = _READERS.get(said["eventType"])
        if not mails or read is None:
            # Not sent by us, or an event that changes nothing: Send, Open, Click, Subscription.
            return None
        return MailId(mails[0]), read(said)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadRequest(f"This is no event of Amazon SES: {error!r}") from error


def _opened(said: dict[str, Any]) -> dict[str, Any] | None:
    if said.get("source") == "aws.ses":
        detail: dict[str, Any] = said["detail"]
        return detail
    if said.get("Type") == "Notification":
        if said["Message"].startswith("Successfully validated SNS topic"):
            return None
        return _opened(json.loads(said["Message"]))
    if "Type" in said:
        return None
    return said


def _delivered(said: dict[str, Any]) -> tuple[Change, ...]:
    told = said["delivery"]
    diagnostic = str(told.get("smtpResponse", ""))[:_DIAGNOSTIC]
    return tuple(Change(address=one, status=Status.DELIVERED, diagnostic=diagnostic) for one in told["recipients"])


def _bounced(said: dict[str, Any]) -> tuple[Change, ...]:
    told = said["bounce"]
    # A transient bounce was tried for hours by SES, but the address may take mail another day.
    lasting = told["bounceType"] == "Permanent"
    kind = f"{told['bounceType']} {told.get('bounceSubType', '')}".strip()
    return tuple(
        Change(
            address=one["emailAddress"],
            status=Status.BOUNCED,
            diagnostic=str(one.get("diagnosticCode") or one.get("status") or kind)[:_DIAGNOSTIC],
            lasting=lasting,
        )
        for one in told["bouncedRecipients"]
    )


def _complained(said: dict[str, Any]) -> tuple[Change, ...]:
    told = said["complaint"]
    diagnostic = str(told.get("complaintFeedbackType") or "")[:_DIAGNOSTIC]
    return tuple(
        Change(address=one["emailAddress"], status=Status.COMPLAINED, diagnostic=diagnostic, lasting=True)
        for one in told["complainedRecipients"]
    )


def _delayed(said: dict[str, Any]) -> tuple[Change, ...]:
    told = said["deliveryDelay"]
    return tuple(
        Change(
            address=one["emailAddress"],
            status=Status.DELAYED,
            diagnostic=str(one.get("diagnosticCode") or told.get("delayType", ""))[:_DIAGNOSTIC],
        )
        for one in told["delayedRecipients"]
    )


def _rejected(said: dict[str, Any]) -> tuple[Change, ...]:
    return _failed(said, f"Amazon SES rejected it: {said['reject'].get('reason', '')}")


def _not_rendered(said: dict[str, Any]) -> tuple[Change, ...]:
    return _failed(said, f"Amazon SES could not render it: {said['failure'].get('errorMessage', '')}")


def _failed(said: dict[str, Any], diagnostic: str) -> tuple[Change, ...]:
    recipients = said["mail"]["destination"]
    return tuple(Change(address=one, status=Status.FAILED, diagnostic=diagnostic[:_DIAGNOSTIC]) for one in recipients)


_READERS: dict[str, Callable[[dict[str, Any]], tuple[Change, ...]]] = {
    "Delivery": _delivered,
    "Bounce": _bounced,
    "Complaint": _complained,
    "DeliveryDelay": _delayed,
    "Reject": _rejected,
    "Rendering Failure": _not_rendered,
}
