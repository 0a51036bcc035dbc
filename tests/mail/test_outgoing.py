"""What may become of a mail that goes out: one table, and nothing beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.names import MailId
from chalicelib.mail.outgoing import (
    ACCEPTED,
    FOLLOWERS,
    WAITING,
    Change,
    Outgoing,
    Progress,
    Status,
    Suppression,
    advance,
    mailbox_of,
)
from chalicelib.mail.records.outgoing import (
    outgoing_from_document,
    outgoing_to_document,
    suppression_from_document,
    suppression_to_document,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 13, tzinfo=UTC)
Q, G, E, S, Y, D, B, C, F = Status
NEXT = {
    Q: {G, F},
    G: {G, E, S, Y, D, B, C, F},
    E: {G, F},
    S: {Y, D, B, C, F},
    Y: {Y, D, B, C, F},
    D: {B, C},
    B: set[Status](),
    C: set[Status](),
    F: set[Status](),
}


def _mail(*states: Status) -> Outgoing:
    return Outgoing(
        id=MailId("0" * 26),
        account="ana",
        sender="me@x.dev",
        created=NOON,
        recipients=tuple(Progress(address=f"r{n}@y.dev", status=state) for n, state in enumerate(states)),
    )


@pytest.mark.parametrize(("before", "news"), list(product(Status, Status)))
def test_only_what_may_follow_is_taken_over(before: Status, news: Status) -> None:
    after = advance(_mail(before), [Change(address="R0@Y.dev", status=news, diagnostic="new")], now=LATER)
    (progress,) = after.recipients

    assert progress.status is (news if news in NEXT[before] else before)
    assert (progress.diagnostic, progress.updated) == (("new", LATER) if news in NEXT[before] else ("", None))
    assert after.version == 1


def test_from_every_state_a_mail_can_come_to_an_end() -> None:
    ends = {state for state, followers in FOLLOWERS.items() if not followers}
    for state in Status:
        reached = {state}
        for _ in Status:
            reached |= {later for one in reached for later in FOLLOWERS[one]}
        assert reached & ends, state

    assert ends == {B, C, F}
    assert not WAITING & ACCEPTED
    assert WAITING | ACCEPTED | {F} == set(Status)


@pytest.mark.parametrize(
    ("states", "overall"),
    [
        ((D, D), D),
        ((D, S), S),
        ((D, Y), Y),
        ((D, B), B),
        ((B, C), C),
        ((C, F), F),
        ((F, Q), Q),
        ((F, G), G),
        ((Q, E), E),
    ],
)
def test_the_worst_state_of_a_recipient_is_that_of_the_mail(states: tuple[Status, ...], overall: Status) -> None:
    assert _mail(*states).status is overall
    assert _mail(*states[::-1]).status is overall


def test_news_reaches_its_recipient_alone_and_others_are_passed_over() -> None:
    news = [Change(address="r1@y.dev", status=B), Change(address="nobody@y.dev", status=F)]

    assert [one.status for one in advance(_mail(S, S), news, now=NOON).recipients] == [S, B]


def test_who_is_still_waited_for_and_whether_it_left_at_all() -> None:
    mail = _mail(Q, G, E, S, F)

    assert mail.waiting == ("r0@y.dev", "r1@y.dev", "r2@y.dev")
    assert mail.accepted
    assert not _mail(Q, F).accepted


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [("A+Tag@Y.Dev", "a+tag@y.dev"), ("ä@Bücher.example", "ä@xn--bcher-kva.example"), (" a@y.dev. ", "a@y.dev")],
)
def test_an_address_is_suppressed_whatever_its_spelling(address: str, mailbox: str) -> None:
    assert mailbox_of(address) == mailbox_of(mailbox) == mailbox


_TEXT = st.text(max_size=30)
_PROGRESS = st.builds(
    Progress,
    address=st.text(min_size=1, max_size=30),
    status=st.sampled_from(Status),
    diagnostic=_TEXT,
    updated=st.none() | st.just(NOON) | st.just(LATER),
)
_MAILS = st.builds(
    Outgoing,
    id=_TEXT.map(MailId),
    account=_TEXT,
    sender=_TEXT,
    created=st.just(NOON),
    recipients=st.lists(_PROGRESS, min_size=1, max_size=3).map(tuple),
    subject=_TEXT,
    message_id=_TEXT,
    size=st.integers(0, 2**40),
    provider_id=_TEXT,
    key=_TEXT,
    fingerprint=_TEXT,
    version=st.integers(0, 100),
)


@given(_MAILS)
def test_a_mail_is_read_as_it_was_written(mail: Outgoing) -> None:
    named = replace(mail, account="ana", id=MailId("1"))

    assert outgoing_from_document(outgoing_to_document(named)) == named


@given(_TEXT, st.sampled_from([B, C]))
def test_a_suppression_is_read_as_it_was_written(text: str, reason: Status) -> None:
    one = Suppression(account="ana", address="a@y.dev", reason=reason, created=NOON, diagnostic=text)

    assert suppression_from_document(suppression_to_document(one)) == one
