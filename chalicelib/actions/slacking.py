"""Telling a Slack channel of a message, through an incoming webhook (https://api.slack.com/messaging/webhooks)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.actions.announcing import settled_by
from chalicelib.actions.owning import holding_of
from chalicelib.actions.reading import open_message, plain_text
from chalicelib.actions.working import LaterError, NeverError
from chalicelib.errors import NotFound
from chalicelib.mail.names import Inbox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.mail.addresses import Address
    from chalicelib.mail.job import Job
    from chalicelib.mail.message import Message
    from chalicelib.ports import Backend

TEXT_CHARACTERS = 500
_READ_OCTETS = 256 * 1024


def tell_slack(backend: Backend, job: Job) -> None:
    """Do a job of kind "slack". Where the address has no Slack webhook any more, or the mail is gone, needs nothing."""
    inbox = Inbox(job.payload["inbox"])
    settled = settled_by(holding_of(backend, inbox))
    if settled is None or not settled.webhook_slack:
        return
    try:
        opened = open_message(backend, inbox, job.payload["message"])
    except NotFound:
        return
    small = opened.message.mail.size <= _READ_OCTETS
    text = slack_text(
        opened.message, plain_text(opened) if small else "", names_both_ends=settled.webhook_slack_to_from
    )
    body = json.dumps({"text": text}).encode()
    answer = backend.messenger.post(settled.webhook_slack, {"Content-Type": "application/json"}, body)
    if answer.status is not None and 200 <= answer.status < 300:
        return
    reason = answer.failure or f"Slack answered {answer.status}"
    # Slack answers 403, 404 and 410 where a webhook or its channel is gone: nothing brings it back.
    if answer.refused or answer.status in {403, 404, 410}:
        raise NeverError(reason)
    raise LaterError(reason)


def slack_text(message: Message, text: str, *, names_both_ends: bool) -> str:
    """What Slack is told: the subject, on demand who wrote to whom, and how the text begins."""
    summary = message.mail.summary
    lines = [f"*{_escaped(summary.subject or '(no subject)')}*"]
    if names_both_ends:
        lines.append(f"From {_named(summary.from_)} to {_escaped(message.original_inbox)}")
    begun = text.strip()[:TEXT_CHARACTERS]
    return "\n".join([*lines, *([_escaped(begun)] if begun else [])])


def _named(addresses: Iterable[Address]) -> str:
    return ", ".join(_escaped(f"{one.name} <{one.address}>" if one.name else one.address) for one in addresses)


def _escaped(text: str) -> str:
    # Slack's control characters (https://api.slack.com/reference/surfaces/formatting, "Escaping text"):
    # a mail must not mention @channel, or show one link and lead to another.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
