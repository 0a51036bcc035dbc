"""Mail to the outside through a real SMTP server that is slow, refuses, or is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions.admitting import Caller, create_account
from chalicelib.actions.handlers import HANDLERS
from chalicelib.actions.sending import submit_draft
from chalicelib.actions.working import work
from chalicelib.errors import Unavailable
from chalicelib.mail.addresses import Address
from chalicelib.mail.composing import Draft
from chalicelib.mail.holding import Reservation
from chalicelib.mail.names import Inbox, MailId
from chalicelib.mail.outgoing import Outgoing, Status
from chalicelib.mail.shelf import Shelf
from restante.embedded.backend import EmbeddedBackend
from restante.embedded.relaying import Relay, relay_mail
from tests.sending.hostile_relay import DRIP, HANG_UP, SILENCE, HostileRelay, relaying
from tests.stopped import CountedEntropy, StoppedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Post:
    """A backend with a relay, and an account that owns me@x.dev."""

    backend: EmbeddedBackend
    clock: StoppedClock
    relay: HostileRelay
    caller: Caller

    def send(self, *to: str, text: str = "Hello.") -> MailId:
        draft = Draft(from_=(Address("", "me@x.dev"),), to=tuple(Address("", one) for one in to), text=text)
        return submit_draft(self.backend, self.caller, draft).id

    def work_off(self) -> int:
        done = 0
        while taken := self.backend.jobs.take(limit=10, lease=60):
            for job in taken:
                work(self.backend, HANDLERS, job)
                done += 1
        return done

    def seen(self, mail: MailId) -> Outgoing:
        found = self.backend.outbox.outgoing(mail)
        assert found is not None
        return found

    def states(self, mail: MailId) -> list[Status]:
        return [one.status for one in self.seen(mail).recipients]


def _post(folder: Path, relay: HostileRelay) -> Iterator[Post]:
    clock = StoppedClock()
    smarthost = Relay(host="127.0.0.1", port=relay.address[1], tls="off", line_seconds=0.5, whole_seconds=1.0)
    backend = EmbeddedBackend(folder, clock=clock, entropy=CountedEntropy(), relay=smarthost)
    account = create_account(backend, "me")
    backend.addresses.reserve(Reservation(inbox=Inbox("me@x.dev"), owner="me", created=clock(), updated=clock()))
    yield Post(backend=backend, clock=clock, relay=relay, caller=Caller(account=account))
    backend.database.close()


@pytest.fixture
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
    with relaying(**getattr(request, "param", {})) as relay:
        yield from _post(tmp_path, relay)


def _with(**replies: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("post", [replies], indirect=True)


def test_mail_to_the_outside_reaches_the_relay_with_its_exact_bytes(post: Post) -> None:
    sent = post.send("you@other.example", text=".dot\nÄ\n" + "long " * 300)
    expected = post.backend.outbox.content(sent)
    post.work_off()

    assert post.relay.taken == [("me@x.dev", ("you@other.example",), expected)]
    assert post.states(sent) == [Status.SENT]
    assert post.seen(sent).recipients[0].diagnostic == "250 queued as 7"
    assert post.work_off() == 0


def test_what_is_for_this_installation_stays_here(post: Post) -> None:
    sent = post.send("me@x.dev", "you@other.example")
    post.work_off()

    assert [recipients for _, recipients, _ in post.relay.taken] == [("you@other.example",)]
    assert post.states(sent) == [Status.DELIVERED, Status.SENT]
    assert post.backend.index.count(Shelf.inbox(Inbox("me@x.dev"))).messages == 2


def test_an_address_that_somebody_else_reserved_takes_no_mail_that_is_for_the_outside(post: Post) -> None:
    now = post.clock()
    create_account(post.backend, "rival")
    reservation = Reservation(inbox=Inbox("you@other.example"), owner="rival", created=now, updated=now)
    post.backend.addresses.reserve(reservation)
    post.send("you@other.example")
    post.work_off()

    assert [recipients for _, recipients, _ in post.relay.taken] == [("you@other.example",)]


@_with(**{"RCPT bad@y.dev": "550 5.1.1 no such user", "RCPT busy@y.dev": "450 4.2.0 try later"})
def test_each_recipient_comes_to_an_end_of_its_own(post: Post) -> None:
    sent = post.send("good@y.dev", "bad@y.dev", "busy@y.dev")
    post.work_off()
    first = post.states(sent)
    post.relay.replies = {}
    post.clock.move(timedelta(seconds=5))
    post.work_off()

    assert first == [Status.SENT, Status.BOUNCED, Status.DEFERRED]
    assert post.states(sent) == [Status.SENT, Status.BOUNCED, Status.SENT]
    assert post.seen(sent).recipients[1].diagnostic == "550 5.1.1 no such user"
    assert [recipients for _, recipients, _ in post.relay.taken] == [("good@y.dev",), ("busy@y.dev",)]
    assert [one.address for one in post.backend.suppressions.suppressions("me")] == ["bad@y.dev"]


@pytest.mark.parametrize(
    ("post", "word"),
    [
        ({"HELLO": "421 too busy"}, "421"),
        ({"HELLO": HANG_UP}, "lost"),
        ({"MAIL": "421 going down"}, "421"),
        ({"MAIL": "451 not now"}, "451 not now"),
        ({"RCPT you@y.dev": "421 going down"}, "421"),
        ({"DATA": "451 not now"}, "451 not now"),
        ({"CONTENT": HANG_UP}, "lost"),
        ({"MESSAGE": "451 disk full"}, "451 disk full"),
        ({"MAIL": SILENCE}, "lost"),
        ({"MAIL": DRIP}, "222"),
        ({"MESSAGE": SILENCE}, "lost"),
    ],
    indirect=["post"],
)
def test_what_may_pass_is_tried_again_and_arrives_once(post: Post, word: str) -> None:
    sent = post.send("you@y.dev")
    post.work_off()
    first = post.seen(sent)
    post.relay.replies = {}
    post.clock.move(timedelta(seconds=5))
    post.work_off()

    assert first.status is Status.DEFERRED
    assert word in first.recipients[0].diagnostic
    assert post.states(sent) == [Status.SENT]
    assert len(post.relay.taken) == 1


@pytest.mark.parametrize(
    ("post", "status"),
    [
        ({"MAIL": "550 you may not send here"}, Status.FAILED),
        ({"DATA": "554 no"}, Status.BOUNCED),
        ({"MESSAGE": "550 5.7.1 this is spam"}, Status.BOUNCED),
    ],
    indirect=["post"],
)
def test_what_is_refused_for_good_is_not_tried_again_nor_suppressed(post: Post, status: Status) -> None:
    sent = post.send("you@y.dev")
    post.work_off()
    post.clock.move(timedelta(hours=1))

    assert post.states(sent) == [status]
    assert post.seen(sent).recipients[0].diagnostic.startswith("55")
    assert post.work_off() == 0
    assert post.backend.suppressions.suppressions("me") == ()
    assert post.relay.taken == []


@_with(MAIL="451 not now")
def test_a_mail_that_nobody_takes_for_a_day_is_given_up_and_buried(post: Post) -> None:
    sent = post.send("you@y.dev")
    for _ in range(60):
        post.work_off()
        post.clock.move(timedelta(minutes=30))

    assert post.states(sent) == [Status.FAILED]
    assert "451 not now" in post.seen(sent).recipients[0].diagnostic
    assert len(post.backend.jobs.buried(limit=9)) == 1


@_with(MESSAGE=HANG_UP)
def test_only_a_mail_that_was_taken_without_our_hearing_of_it_goes_out_again(post: Post) -> None:
    sent = post.send("you@y.dev")
    post.work_off()
    post.relay.replies = {}
    post.clock.move(timedelta(seconds=5))
    post.work_off()

    assert post.states(sent) == [Status.SENT]
    assert len(post.relay.taken) == 2


def test_a_relay_that_does_not_know_us_gets_nothing_and_our_password_is_not_repeated() -> None:
    with relaying(AUTH="535 5.7.8 who are you") as relay:
        known = Relay(host="127.0.0.1", port=relay.address[1], tls="off", user="me", password="s3cret")
        with pytest.raises(Unavailable, match=r"535 5\.7\.8 who are you") as refused:
            relay_mail(known, "me@x.dev", ["you@y.dev"], b"Subject: x\r\n\r\n")

    assert "s3cret" not in refused.value.message + repr(known)
    assert relay.taken == []


def test_a_relay_that_has_no_tls_gets_nothing_where_tls_is_asked_for(tmp_path: Path) -> None:
    with relaying() as relay:
        asking = Relay(host="127.0.0.1", port=relay.address[1], tls="starttls")
        backend = EmbeddedBackend(tmp_path, relay=asking)
        account = create_account(backend, "me")
        now = backend.now()
        backend.addresses.reserve(Reservation(inbox=Inbox("me@x.dev"), owner="me", created=now, updated=now))
        draft = Draft(from_=(Address("", "me@x.dev"),), to=(Address("", "you@y.dev"),), text="Hi")
        sent = submit_draft(backend, Caller(account=account), draft).id
        (job,) = backend.jobs.take(limit=1, lease=60)
        work(backend, HANDLERS, job)
        found = backend.outbox.outgoing(sent)
        backend.database.close()

    assert found is not None
    assert found.status is Status.DEFERRED
    assert "STARTTLS" in found.recipients[0].diagnostic
    assert not any(line.startswith("MAIL") for line in relay.commands)
