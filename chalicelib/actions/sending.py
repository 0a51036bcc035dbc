"""Taking mail from an account to be sent: who may send as whom, how much, and to whom; then it is in the outbox."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.actions.owning import account_id, holding_of
from chalicelib.errors import BadRequest, Forbidden, NotFound, TooLarge, TooManyRequests, Unprocessable
from chalicelib.mail.addresses import Address, domain_of, inbox_of, is_address, wire_address
from chalicelib.mail.composing import compose
from chalicelib.mail.job import Job
from chalicelib.mail.names import Inbox, MailId
from chalicelib.mail.outgoing import Outgoing, Progress, mailbox_of
from chalicelib.mail.raw_submission import Submission, repair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.composing import Draft
    from chalicelib.mail.outgoing import Suppression
    from chalicelib.mail.structure import Octets
    from chalicelib.ports import Backend

SEND = "send"
"""The kind of the job that hands a mail over."""
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a mail is to be taken. With `force`, also to suppressed addresses.

    A mail with the same non-empty `key` is taken once; `fingerprint` is what has to be the same of it.
    """

    force: bool = False
    key: str = ""
    fingerprint: str = ""


def submit_draft(
    backend: Backend, caller: Caller, draft: Draft, *, bcc: Sequence[Address] = (), terms: Terms | None = None
) -> Outgoing:
    """Compose a mail and accept it for sending: when this returns it is safe, and will be sent.

    Raises BadRequest for what makes no mail, Forbidden for a sender that is not the caller's, TooLarge,
    TooManyRequests, and Unprocessable for a suppressed recipient.
    """
    if not draft.from_:
        raise BadRequest("from is required", field="from")
    mail = backend.new_id()
    sender = draft.from_[0].address
    message_id = _message_id(mail, sender)
    try:
        raw = compose(draft, date=backend.now(), message_id=message_id)
    except ValueError as error:
        raise BadRequest(f"This makes no mail: {error}") from None
    submission = Submission(
        raw=raw,
        senders=tuple(address.address for address in draft.from_),
        recipients=tuple(address.address for address in (*draft.to, *draft.cc, *bcc)),
        subject=draft.subject,
        message_id=message_id,
    )
    return _accept(backend, caller, mail, submission, sender, terms or Terms())


def submit_raw(
    backend: Backend,
    caller: Caller,
    raw: bytes,
    *,
    sender: Address | None = None,
    recipients: Sequence[Address] = (),
    terms: Terms | None = None,
) -> Outgoing:
    """Accept a whole mail for sending, as submit_draft does.

    It goes to those whom its header names; `recipients` count where that names none. Whoever stands in its From and
    Sender has to be the caller's; `sender` counts where nobody stands there.
    """
    mail = backend.new_id()
    domain_from = sender.address if sender is not None else f"x@{backend.policy.hostname}"
    submission = repair(raw, date=backend.now(), message_id=_message_id(mail, domain_from), sender=sender)
    if not submission.senders:
        raise BadRequest("The mail names no sender in From; give one in from", field="from")
    if not submission.recipients:
        submission = Submission(
            raw=submission.raw,
            senders=submission.senders,
            recipients=tuple(address.address for address in recipients),
            subject=submission.subject,
            message_id=submission.message_id,
        )
    return _accept(backend, caller, mail, submission, submission.senders[0], terms or Terms())


def pass_on(backend: Backend, account: str, raw: bytes, *, sender: str, to: str, key: str) -> Outgoing:
    """Accept a mail that somebody else wrote for sending on, not one byte of it changed.

    `sender` becomes its reverse-path; under the same `key` it is passed on once. Raises Unprocessable for a suppressed
    recipient.
    """
    _require_unsuppressed(backend, account, [to], Terms())
    outgoing = Outgoing(
        id=backend.new_id(),
        account=account,
        sender=wire_address(sender),
        created=backend.now(),
        recipients=(Progress(address=wire_address(to)),),
        size=len(raw),
        key=key,
        fingerprint=hashlib.sha256(raw).hexdigest(),
    )
    return _kept(backend, outgoing, raw)


def known(backend: Backend, caller: Caller, terms: Terms) -> Outgoing | None:
    """The mail that was accepted under this key already; None when it is new.

    Raises Unprocessable when something else was asked for under the key.
    """
    if not terms.key:
        return None
    if len(terms.key) > LONGEST_KEY or not terms.key.isprintable():
        raise BadRequest(f"Idempotency-Key: expected up to {LONGEST_KEY} printable characters", field="Idempotency-Key")
    before = backend.outbox.outgoing_by_key(account_id(caller), terms.key)
    if before is None:
        return None
    if before.fingerprint != terms.fingerprint:
        raise Unprocessable("This Idempotency-Key was used for another mail")
    _put_again(backend, before)
    return before


def list_outgoing(backend: Backend, caller: Caller, *, limit: int, before: str | None = None) -> tuple[Outgoing, ...]:
    """The caller's mails, newest first."""
    return backend.outbox.sent_by(account_id(caller), limit=limit, before=before)


def find_outgoing(backend: Backend, caller: Caller, mail: str) -> Outgoing:
    """One of the caller's mails. Raises NotFound."""
    found = backend.outbox.outgoing(MailId(mail))
    if found is None or found.account != account_id(caller):
        raise NotFound("There is no such outgoing message")
    return found


def list_suppressions(backend: Backend, caller: Caller) -> tuple[Suppression, ...]:
    """The addresses that the caller's account sends no more mail to."""
    return backend.suppressions.suppressions(account_id(caller))


def lift_suppression(backend: Backend, caller: Caller, address: str) -> None:
    """Let mail go to an address again. Raises NotFound when it was not suppressed."""
    if not backend.suppressions.remove(account_id(caller), mailbox_of(address)):
        raise NotFound("This address is not suppressed")


def _accept(
    backend: Backend, caller: Caller, mail: MailId, submission: Submission, sender: str, terms: Terms
) -> Outgoing:
    account = account_id(caller)
    for address in submission.senders:
        _require_sender(backend, account, address)
    recipients = tuple({mailbox_of(one): wire_address(one) for one in submission.recipients}.values())
    _require_bounds(backend, recipients, submission)
    _require_unsuppressed(backend, account, recipients, terms)
    _require_rate(backend, account)
    outgoing = Outgoing(
        id=mail,
        account=account,
        sender=wire_address(sender),
        created=backend.now(),
        recipients=tuple(Progress(address=address) for address in recipients),
        subject=submission.subject[:1000],
        message_id=submission.message_id[:1000],
        size=len(submission.raw),
        key=terms.key,
        fingerprint=terms.fingerprint,
    )
    accepted = _kept(backend, outgoing, submission.raw)
    if accepted.fingerprint != terms.fingerprint:
        raise Unprocessable("This Idempotency-Key was used for another mail")
    return accepted


def _require_sender(backend: Backend, account: str, address: str) -> None:
    if not is_address(address):
        raise BadRequest("from: expected an email address", field="from")
    holding = holding_of(backend, Inbox(inbox_of(address)))
    if account not in (holding.owner, holding.host):
        raise Forbidden(f"{address} is not yours: reserve the address, or host and verify its domain, to send as it")


def _require_bounds(backend: Backend, recipients: Sequence[str], submission: Submission) -> None:
    policy = backend.policy
    if not recipients:
        raise BadRequest("to is required", field="to")
    if len(recipients) > policy.send_recipients:
        raise BadRequest(f"to: expected {policy.send_recipients} recipients at most, cc and bcc counted", field="to")
    for recipient in recipients:
        if not is_address(recipient):
            raise BadRequest(f"to: {recipient[:100]!r} is no email address", field="to")
    if len(submission.raw) > policy.send_size:
        raise TooLarge(f"The mail has {len(submission.raw)} bytes; {policy.send_size} may be sent")


def _require_unsuppressed(backend: Backend, account: str, recipients: Sequence[str], terms: Terms) -> None:
    if terms.force:
        return
    shut = backend.suppressions.among(account, [mailbox_of(recipient) for recipient in recipients])
    if shut:
        names = ", ".join(f"{one.address} ({one.reason.value})" for one in shut)
        raise Unprocessable(f"Suppressed: {names}. Lift the suppression, or send with force")


def _require_rate(backend: Backend, account: str) -> None:
    most, now = backend.policy.send_rate, backend.now()
    if most is not None and backend.outbox.count(account, now.strftime("%Y-%m-%dT%H:%M"), 1) > most:
        raise TooManyRequests(f"An account may send {most} mails in a minute", retry_after=60 - now.second)


def _kept(backend: Backend, outgoing: Outgoing, raw: Octets) -> Outgoing:
    """The mail with its bytes and its job in the outbox; the one that is there under its key where there is one."""
    kept = backend.outbox.add(outgoing, raw, _job(outgoing))
    if kept.id != outgoing.id:
        _put_again(backend, kept)
    return kept


def _put_again(backend: Backend, before: Outgoing) -> None:
    # Whoever took it may have died before its job was put.
    if before.version == 0:
        backend.jobs.put([_job(before)])


def _job(outgoing: Outgoing) -> Job:
    return Job(
        id=f"{SEND}-{outgoing.id}",
        kind=SEND,
        created=outgoing.created,
        payload={"outgoing": outgoing.id},
        lane=f"{SEND} {outgoing.account}",
    )


def _message_id(mail: MailId, sender: str) -> str:
    return f"{mail}@{domain_of(wire_address(sender))}"
