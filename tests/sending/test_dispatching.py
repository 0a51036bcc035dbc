"""Handing over, where things go wrong in between: what is kept, tried again, or given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.actions.admitting import Caller
from chalicelib.actions.discarding import delete_message
from chalicelib.actions.dispatching import record, send
from chalicelib.actions.receiving import Arrival, deliver
from chalicelib.actions.sending import submit_draft
from chalicelib.actions.working import LaterError, NeverError
from chalicelib.errors import TooManyRequests, Unavailable
from chalicelib.mail.addresses import Address
from chalicelib.mail.composing import Draft
from chalicelib.mail.holding import Reservation
from chalicelib.mail.ids import mail_of, moment_of
from chalicelib.mail.message import Envelope
from chalicelib.mail.names import Inbox, MailId
from chalicelib.mail.outgoing import Change, Dispatch, Outgoing, Status
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.mail.job import Job
    from restante.embedded.backend import EmbeddedBackend
    from tests.stopped import StoppedClock

ME = Inbox("me@x.dev")


class ScriptedSender:
    """Does what each next word says: an error to raise, or the state of every recipient."""

    def __init__(self, *script: Exception | Status) -> None:
        self.script = list(script)
        self.asked: list[tuple[str, ...]] = []

    def send(self, outgoing: Outgoing, recipients: Sequence[str], raw: bytes) -> Dispatch:
        assert raw.startswith(b"From: me@x.dev\r\n"), outgoing.id
        self.asked.append(tuple(recipients))
        word = self.script.pop(0)
        if isinstance(word, Exception):
            raise word
        return Dispatch(provider_id="7", changes=tuple(Change(address=one, status=word) for one in recipients))


class DiedError(Exception):
    """The process was killed."""


@pytest.fixture
def caller(backend: EmbeddedBackend) -> Caller:
    now = backend.now()
    backend.addresses.reserve(Reservation(inbox=ME, owner="admin", created=now, updated=now))
    return Caller(account=backend.directory.account("admin"))


def _submitted(backend: EmbeddedBackend, caller: Caller, *to: str) -> tuple[Outgoing, Job]:
    recipients = tuple(Address("", one) for one in to or ("you@y.dev",))
    mail = submit_draft(backend, caller, Draft(from_=(Address("", ME),), to=recipients, text="Hi"))
    (job,) = backend.jobs.take(limit=1, lease=60.0)
    return mail, job


def _status(backend: EmbeddedBackend, mail: MailId) -> Status:
    found = backend.outbox.outgoing(mail)
    assert found is not None
    return found.status


def test_a_mail_whose_worker_died_before_it_was_taken_is_sent(backend: EmbeddedBackend, caller: Caller) -> None:
    backend.sender = sender = ScriptedSender(DiedError(), Status.SENT)
    mail, job = _submitted(backend, caller)
    with pytest.raises(DiedError):
        send(backend, job)
    interrupted = _status(backend, mail.id)
    send(backend, replace(job, attempts=2))

    assert interrupted is Status.SENDING
    assert _status(backend, mail.id) is Status.SENT
    assert len(sender.asked) == 2


def test_a_job_that_a_queue_brings_twice_sends_once(backend: EmbeddedBackend, caller: Caller) -> None:
    mail, job = _submitted(backend, caller)
    refusals: list[str] = []

    class Slow(ScriptedSender):
        """A provider that takes so long that the same job comes again meanwhile."""

        def send(self, outgoing: Outgoing, recipients: Sequence[str], raw: bytes) -> Dispatch:
            with pytest.raises(LaterError) as later:
                send(backend, job)
            refusals.append(later.value.reason)
            return super().send(outgoing, recipients, raw)

    backend.sender = sender = Slow(Status.SENT)
    send(backend, job)
    send(backend, job)

    assert refusals == ["Another worker is sending it"]
    assert len(sender.asked) == 1
    assert _status(backend, mail.id) is Status.SENT


def test_of_two_workers_that_begin_at_once_one_waits(backend: EmbeddedBackend, caller: Caller) -> None:
    backend.sender = sender = ScriptedSender(Status.SENT)
    mail, job = _submitted(backend, caller)
    outbox = backend.outbox

    class Overtaken:
        """An outbox whose mail another worker claims after it was read."""

        def outgoing(self, name: MailId) -> Outgoing | None:
            found = outbox.outgoing(name)
            record_elsewhere()
            return found

        def __getattr__(self, name: str) -> Any:
            return getattr(outbox, name)

    def record_elsewhere() -> None:
        other = outbox.outgoing(mail.id)
        assert other is not None
        outbox.update(replace(other, version=other.version + 1))

    backend.outbox = Overtaken()  # type: ignore[assignment] # all else is the outbox's own
    with pytest.raises(LaterError, match="changed meanwhile"):
        send(backend, job)

    assert sender.asked == []


def test_a_mail_whose_end_was_written_down_is_not_sent_again(backend: EmbeddedBackend, caller: Caller) -> None:
    backend.sender = sender = ScriptedSender(Status.SENT)
    _, job = _submitted(backend, caller)
    for _ in range(3):
        send(backend, job)

    assert len(sender.asked) == 1
    assert backend.index.count(Shelf.inbox(ME)).messages == 1


def test_only_those_who_were_not_reached_are_tried_again(backend: EmbeddedBackend, caller: Caller) -> None:
    class Half(ScriptedSender):
        def send(self, outgoing: Outgoing, recipients: Sequence[str], raw: bytes) -> Dispatch:
            done = super().send(outgoing, recipients, raw)
            return replace(done, changes=(done.changes[0],)) if len(recipients) == 2 else done

    backend.sender = sender = Half(Status.SENT, Status.SENT)
    mail, job = _submitted(backend, caller, "a@y.dev", "b@y.dev")
    with pytest.raises(LaterError, match="interrupted"):
        send(backend, job)
    send(backend, replace(job, attempts=2))

    assert sender.asked == [("a@y.dev", "b@y.dev"), ("b@y.dev",)]
    assert _status(backend, mail.id) is Status.SENT


def test_a_provider_that_names_a_time_is_left_alone_for_so_long(backend: EmbeddedBackend, caller: Caller) -> None:
    backend.sender = ScriptedSender(TooManyRequests("slowly", retry_after=77))
    mail, job = _submitted(backend, caller)
    with pytest.raises(LaterError, match="slowly") as later:
        send(backend, job)

    assert later.value.delay == 77
    assert _status(backend, mail.id) is Status.DEFERRED


def test_after_a_day_a_mail_is_given_up_and_its_bytes_go(
    backend: EmbeddedBackend, caller: Caller, clock: StoppedClock
) -> None:
    backend.sender = ScriptedSender(Unavailable("nobody there"))
    mail, job = _submitted(backend, caller)
    clock.move(timedelta(hours=24))
    with pytest.raises(NeverError, match="given up after 24 hours: nobody there"):
        send(backend, job)
    with pytest.raises(NeverError, match="no longer kept"):
        send(backend, replace(job, payload={"outgoing": "0" * 26}))

    assert _status(backend, mail.id) is Status.FAILED
    assert backend.index.count(Shelf.inbox(ME)).messages == 0


def test_without_its_bytes_a_mail_cannot_be_sent(backend: EmbeddedBackend, caller: Caller) -> None:
    mail, job = _submitted(backend, caller)
    backend.outbox.drop_content(mail.id)

    with pytest.raises(NeverError, match="bytes"):
        send(backend, job)


def test_a_copy_that_its_reader_deleted_does_not_come_back(backend: EmbeddedBackend, caller: Caller) -> None:
    _, job = _submitted(backend, caller)
    send(backend, job)
    (copy,) = backend.index.messages(Shelf.inbox(ME), limit=9)
    delete_message(backend, ME, copy.id)
    send(backend, job)

    assert backend.index.messages(Shelf.inbox(ME), limit=9) == ()


def test_a_copy_that_was_found_again_after_a_crash_is_put_into_its_folder(
    backend: EmbeddedBackend, caller: Caller
) -> None:
    twin, twins = _submitted(backend, caller)
    send(backend, twins)
    (copy,) = backend.index.messages(Shelf.inbox(ME), limit=9)
    name = mail_of(copy.id)
    delete_message(backend, ME, copy.id)
    assert name is not None
    assert moment_of(name) == moment_of(twin.id)

    # As recovery does it: into the inbox, for the bytes do not tell the folder.
    mail, job = _submitted(backend, caller)
    backend.sender = ScriptedSender(Status.SENT)
    envelope = Envelope(sender=ME, recipients=(ME,))
    send(backend, job)
    (filed,) = backend.index.messages(Shelf.inbox(ME), limit=9)
    other = mail_of(filed.id)
    assert other is not None
    delete_message(backend, ME, filed.id)
    backend.register.forget([other])
    deliver(backend, other, Arrival(envelope=envelope, content=b"From: me@x.dev\r\n\r\n"))
    send(backend, job)
    (found,) = backend.index.messages(Shelf.inbox(ME), limit=9)

    assert mail.id != twin.id
    assert (found.folder, found.read) == ("sent", True)


def test_no_copy_is_kept_where_the_policy_or_the_owner_says_so(backend: EmbeddedBackend, caller: Caller) -> None:
    _, first = _submitted(backend, caller)
    policy, backend.policy = backend.policy, replace(backend.policy, keep_sent=False)
    send(backend, first)
    backend.policy = policy
    _, second = _submitted(backend, caller)
    backend.addresses.release(ME)
    send(backend, second)

    assert backend.index.count(Shelf.inbox(ME)).messages == 0


def test_news_of_a_mail_that_is_no_longer_known_is_passed_over(backend: EmbeddedBackend) -> None:
    assert record(backend, MailId("0" * 26), [Change(address="a@y.dev", status=Status.BOUNCED, lasting=True)]) is None
    assert backend.suppressions.suppressions("admin") == ()


def test_news_that_is_always_overtaken_is_told_again_later(backend: EmbeddedBackend, caller: Caller) -> None:
    mail, _ = _submitted(backend, caller)
    outbox = backend.outbox

    class Busy:
        """An outbox to which somebody else always writes first."""

        def outgoing(self, mail: MailId) -> Outgoing | None:
            return outbox.outgoing(mail)

        def update(self, _: Outgoing) -> bool:
            return False

    backend.outbox = Busy()  # type: ignore[assignment] # the two methods that are asked
    with pytest.raises(Unavailable, match="changed by others"):
        record(backend, mail.id, [Change(address="you@y.dev", status=Status.FAILED)])


def test_a_worker_that_starts_frees_what_a_dead_one_had_taken(
    backend: EmbeddedBackend, caller: Caller, work_off: Callable[[], int]
) -> None:
    mail, _ = _submitted(backend, caller)
    held = work_off()
    freed = backend.jobs.free()

    assert (held, freed, work_off()) == (0, 1, 1)
    assert _status(backend, mail.id) is Status.DELIVERED


def test_what_was_sent_long_ago_is_let_go(backend: EmbeddedBackend, caller: Caller, clock: StoppedClock) -> None:
    old, job = _submitted(backend, caller)
    send(backend, job)
    backend.jobs.finish(job)
    clock.move(timedelta(days=31))
    new, _ = _submitted(backend, caller)

    assert backend.outbox.outgoing(old.id) is None
    assert [one.id for one in backend.outbox.sent_by("admin", limit=9)] == [new.id]


def test_where_mail_is_kept_for_ever_so_is_what_became_of_it(
    backend: EmbeddedBackend, caller: Caller, clock: StoppedClock
) -> None:
    kept: Any = type(backend.outbox)(backend.database, clock, None)
    old, job = _submitted(backend, caller)
    backend.jobs.finish(job)
    clock.move(timedelta(days=3000))
    kept.add(replace(old, id=backend.new_id()), b"x", replace(job, id="another"))

    assert backend.outbox.outgoing(old.id) == old
