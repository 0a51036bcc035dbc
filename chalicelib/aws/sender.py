"""The Sender port on Amazon SES: API v2 with raw content, so that the bytes that were accepted are those that leave.

SES takes a mail for all its recipients or for none. What it says beyond that comes later, as events
(sending_events.py): each mail carries its id here as a tag, by which its events find it.
SendEmail knows no idempotency token: it is asked once a try, and where its answer is lost, the events get time to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.aws.border import border
from chalicelib.errors import TooManyRequests, Unavailable
from chalicelib.mail.outgoing import Change, Dispatch, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.aws.clients import Clients
    from chalicelib.aws.pacing import Pacer
    from chalicelib.mail.outgoing import Outgoing

TAG = "restante"
"""The name of the tag that carries the id of the mail in our outbox."""
_REFUSED = frozenset({"MessageRejected", "MailFromDomainNotVerifiedException", "BadRequestException"})
_LATER = frozenset({"SendingPausedException", "AccountSuspendedException", "NotFoundException"})
"""What the account's owner can put right: sending goes on when they have."""
_UNHEARD = "Amazon SES did not answer: it is not known yet whether it took the mail"
_SANDBOX = (
    " While the account is in SES's sandbox, mail goes to verified addresses only: ask AWS for production access"
    " (Amazon SES Developer Guide, Request production access)."
)
UNHEARD_SECONDS = 900.0
"""How long to wait, after an answer that was lost, for an event that says whether SES took the mail."""
DAILY_SECONDS = 3600
"""How long to wait when the quota of 24 hours is used up: it frees itself bit by bit, as the sends of a day ago age."""


class SesSender:
    """See ports.Sender. `configuration_set` is the one that publishes events."""

    def __init__(self, clients: Clients, pacer: Pacer, configuration_set: str | None = None) -> None:
        self._clients = clients
        self._pacer = pacer
        self._configuration_set = configuration_set

    def send(self, outgoing: Outgoing, recipients: Sequence[str], raw: bytes) -> Dispatch:
        from botocore.exceptions import (  # noqa: PLC0415 - on first use, as all of botocore
            ClientError,
            ConnectionClosedError,
            ReadTimeoutError,
        )

        self._pacer.wait_for_turn()
        request: dict[str, Any] = {
            "FromEmailAddress": outgoing.sender,
            # As blind copies, they are in the envelope and change nothing in the mail.
            "Destination": {"BccAddresses": list(recipients)},
            "Content": {"Raw": {"Data": raw}},
            "EmailTags": [{"Name": TAG, "Value": outgoing.id}],
        }
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        try:
            with border("Amazon SES"):
                answer = self._handed_over(request, (ConnectionClosedError, ReadTimeoutError))
        except ClientError as error:
            return _refused(error, recipients)
        if answer is None:
            unheard = (Change(address=one, status=Status.SENDING, diagnostic=_UNHEARD) for one in recipients)
            return Dispatch(changes=tuple(unheard), wait=UNHEARD_SECONDS)
        return Dispatch(
            provider_id=answer["MessageId"],
            changes=tuple(Change(address=one, status=Status.SENT) for one in recipients),
        )

    def _handed_over(self, request: dict[str, Any], lost: tuple[type[Exception], ...]) -> Any:
        """SES's answer; None where it was lost, and SES may have the mail."""
        try:
            return self._clients.ses_once.send_email(**request)
        except lost:
            return None


def _refused(error: Any, recipients: Sequence[str]) -> Dispatch:
    """What SES's error makes of each recipient.

    Raises TooManyRequests and Unavailable for what may pass, and what is our own mistake as it is.
    """
    said: dict[str, str] = error.response.get("Error", {})
    code, message = said.get("Code", ""), said.get("Message", "")
    if code == "TooManyRequestsException" and "daily" in message.lower():
        raise TooManyRequests(f"Amazon SES: {message}", retry_after=DAILY_SECONDS)
    if code == "TooManyRequestsException" or code in _LATER:
        raise Unavailable(f"Amazon SES: {code}: {message}")
    if code not in _REFUSED:
        raise error
    diagnostic = f"Amazon SES: {code}: {message}"
    if "not verified" in message:
        diagnostic += _SANDBOX
    changes = (Change(address=one, status=Status.FAILED, diagnostic=diagnostic) for one in recipients)
    return Dispatch(changes=tuple(changes))
