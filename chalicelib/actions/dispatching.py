"""Handing accepted mail over to whoever takes it to its recipients, and keeping what became of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from chalicelib.actions.owning import holding_of
from chalicelib.actions.receiving import Arrival, file_away
from chalicelib.actions.working import LaterError, NeverError
from chalicelib.errors import NotFound, TooManyRequests, Unavailable
from chalicelib.mail.addresses import inbox_of
from chalicelib.mail.ids import mail_id, message_id, moment_of
from chalicelib.mail.job import GIVE_UP_AFTER, delay_before_retry
from chalicelib.mail.message import Envelope
from chalicelib.mail.names import Inbox, MailId
from chalicelib.mail.outgoing import WAITING, Change, Dispatch, Status, Suppression, advance, mailbox_of
from chalicelib.ports import Marks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.mail.job import Job
    from chalicelib.mail.outgoing import Outgoing
    from chalicelib.ports import Backend

SENT_FOLDER = "sent"
CLAIM_SECONDS = 120.0
"""After so long whoever was sending a mail has ended, or is dead: as long as a job's lease."""
_TRIES = 10


def send(backend: Backend, job: Job) -> None:
    """Do a job of kind "send". Raises LaterError while somebody has still to be reached, NeverError to give up.

    The mail is marked as being sent before the provider is asked, and the provider's answer is kept right after:
    only a crash between the two, or an answer of the provider that is lost and of which no news comes in time, can make
    a mail go out twice.
    """
    outgoing = backend.outbox.outgoing(MailId(job.payload["outgoing"]))
    if outgoing is None:
        raise NeverError("The mail is no longer kept")
    wait: float | None = None
    if outgoing.waiting:
        outgoing, wait = _hand_over(backend, job, outgoing)
    given_up = ""
    if outgoing.waiting:
        outgoing, given_up = _give_up_or_wait(backend, job, outgoing, wait)
    _keep_copy(backend, outgoing)
    backend.outbox.drop_content(outgoing.id)
    if given_up:
        raise NeverError(given_up)


def record(backend: Backend, mail: MailId, changes: Iterable[Change], *, provider_id: str = "") -> Outgoing | None:
    """Keep news of a mail, whoever writes at the same time; lasting refusals suppress their addresses.

    Answers with the mail as it is then; None when it is no longer kept. Raises Unavailable.
    """
    news = tuple(changes)
    for _ in range(_TRIES):
        before = backend.outbox.outgoing(mail)
        if before is None:
            return None
        _suppress(backend, before, news)
        after = advance(before, news, now=backend.now(), provider_id=provider_id)
        if backend.outbox.update(after):
            return after
    raise Unavailable("The outgoing message is being changed by others")


def _content(backend: Backend, outgoing: Outgoing) -> bytes:
    try:
        return backend.outbox.content(outgoing.id)
    except NotFound:
        raise NeverError("The bytes of the mail are gone") from None


def _claim(backend: Backend, job: Job, outgoing: Outgoing) -> Outgoing:
    """The mail, marked as being sent. Raises LaterError where another worker has it: a queue may bring a job twice."""
    if job.attempts <= 1 and any(one.status is Status.SENDING for one in outgoing.recipients):
        raise LaterError("Another worker is sending it", delay=CLAIM_SECONDS)
    changes = [Change(address=one, status=Status.SENDING) for one in outgoing.waiting]
    marked = advance(outgoing, changes, now=backend.now())
    if not backend.outbox.update(marked):
        raise LaterError("It was changed meanwhile", delay=1.0)
    return marked


def _hand_over(backend: Backend, job: Job, outgoing: Outgoing) -> tuple[Outgoing, float | None]:
    """The mail after a try, and the seconds until the next one where the provider named them."""
    recipients, raw = outgoing.waiting, _content(backend, outgoing)
    marked = _claim(backend, job, outgoing)
    wait: float | None = None
    try:
        dispatch = backend.sender.send(outgoing, recipients, raw)
        wait = dispatch.wait
    except TooManyRequests as error:
        wait = float(error.retry_after)
        dispatch = _deferred(recipients, error.message)
    except Unavailable as error:
        dispatch = _deferred(recipients, error.message)
    told = record(backend, outgoing.id, dispatch.changes, provider_id=dispatch.provider_id)
    return told or marked, wait


def _deferred(recipients: Iterable[str], reason: str) -> Dispatch:
    return Dispatch(changes=tuple(Change(address=one, status=Status.DEFERRED, diagnostic=reason) for one in recipients))


def _give_up_or_wait(backend: Backend, job: Job, outgoing: Outgoing, wait: float | None) -> tuple[Outgoing, str]:
    """Raises LaterError while there is time; after that answers with the mail, given up, and the reason."""
    waiting = (one for one in outgoing.recipients if one.status in WAITING)
    reason = next((one.diagnostic for one in waiting if one.diagnostic), "interrupted")
    jitter = int.from_bytes(backend.entropy(2), "big") / 65535
    delay = delay_before_retry(job.attempts, jitter) if wait is None else wait
    if (backend.now() - job.created).total_seconds() + delay <= GIVE_UP_AFTER:
        raise LaterError(reason, delay=delay)
    diagnostic = f"given up after {GIVE_UP_AFTER / 3600:.0f} hours: {reason}"
    changes = [Change(address=one, status=Status.FAILED, diagnostic=diagnostic) for one in outgoing.waiting]
    return record(backend, outgoing.id, changes) or outgoing, diagnostic


def _keep_copy(backend: Backend, outgoing: Outgoing) -> None:
    """Put what was sent into the sender's inbox, where that is the account's own; doing it again changes nothing."""
    inbox = Inbox(inbox_of(outgoing.sender))
    if not (backend.policy.keep_sent and outgoing.accepted) or holding_of(backend, inbox).owner != outgoing.account:
        return
    copy = mail_id(moment_of(outgoing.id), hashlib.sha256(f"the sent copy of {outgoing.id}".encode()).digest())
    message = message_id(copy, 0)
    found = backend.index.message(inbox, message)
    if found is None:
        envelope = Envelope(sender=outgoing.sender, recipients=(outgoing.sender,), helo=backend.policy.hostname)
        try:
            content = backend.outbox.content(outgoing.id)
        except NotFound:
            # An earlier try got as far as this, and the reader has deleted the copy since.
            return
        file_away(backend, copy, Arrival(envelope=envelope, content=content), folder=SENT_FOLDER)
    elif found.folder != SENT_FOLDER and found.read is None:
        # A crash before the index knew it: it was found again by its bytes, which do not tell the folder.
        backend.register.mark(inbox, message, Marks(folder=SENT_FOLDER, read=True))


def _suppress(backend: Backend, outgoing: Outgoing, changes: Iterable[Change]) -> None:
    for change in changes:
        if change.lasting:
            backend.suppressions.add(
                Suppression(
                    account=outgoing.account,
                    address=mailbox_of(change.address),
                    reason=change.status,
                    created=backend.now(),
                    diagnostic=change.diagnostic,
                )
            )
