from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.errors import NotFound
from chalicelib.mail.ids import mail_id
from chalicelib.mail.job import Job
from chalicelib.mail.names import MailId
from chalicelib.mail.outgoing import Change, Outgoing, Progress, Status, Suppression, advance
from tests.contract.samples import NOON

if TYPE_CHECKING:
    from chalicelib.ports import Backend

RAW = b"From: me@x.dev\r\n\r\n\xff\x00\r\n"


def _outgoing(number: int, account: str = "ana", key: str = "") -> Outgoing:
    moment = NOON + timedelta(seconds=number)
    return Outgoing(
        id=mail_id(moment, number.to_bytes(10, "big")),
        account=account,
        sender="me@x.dev",
        created=moment,
        recipients=(
            Progress(address="a@y.dev"),
            Progress(address="ä@y.dev", status=Status.BOUNCED, diagnostic="550 nö", updated=NOON),
        ),
        subject="Café \udce9",
        message_id="1@x.dev",
        size=len(RAW),
        key=key,
        fingerprint="f" * 64,
    )


def _add(backend: Backend, one: Outgoing, raw: bytes = RAW) -> Outgoing:
    return backend.outbox.add(one, raw, Job(id=f"send-{one.id}", kind="send", created=one.created))


def _jobs(backend: Backend) -> list[str]:
    return sorted(job.id for job in backend.jobs.take(limit=100, lease=60.0, lane_limit=100))


def test_a_mail_is_there_with_its_bytes_and_its_job(backend: Backend) -> None:
    one = _outgoing(1)

    assert _add(backend, one) == one
    assert backend.outbox.outgoing(one.id) == one
    assert backend.outbox.content(one.id) == RAW
    assert _jobs(backend) == [f"send-{one.id}"]


def test_what_was_never_added_is_not_there(backend: Backend) -> None:
    nobody = MailId("0" * 26)
    backend.outbox.drop_content(nobody)

    assert backend.outbox.outgoing(nobody) is None
    assert backend.outbox.outgoing_by_key("ana", "k") is None
    assert backend.outbox.outgoing_by_key("ana", "") is None
    assert backend.outbox.sent_by("ana", limit=9) == ()
    with pytest.raises(NotFound):
        backend.outbox.content(nobody)


def test_of_two_mails_with_one_key_the_first_stays(backend: Backend) -> None:
    first = _add(backend, _outgoing(1, key="order 1"))
    again = _add(backend, _outgoing(2, key="order 1"), b"other")
    others = _add(backend, _outgoing(3, account="eve", key="order 1"))

    assert again == first
    assert others.account == "eve"
    assert backend.outbox.sent_by("ana", limit=9) == (first,)
    assert backend.outbox.outgoing_by_key("ana", "order 1") == first
    assert _jobs(backend) == sorted([f"send-{first.id}", f"send-{others.id}"])


def test_mails_without_a_key_are_all_kept(backend: Backend) -> None:
    for number in range(3):
        _add(backend, _outgoing(number))

    assert len(backend.outbox.sent_by("ana", limit=9)) == 3


def test_an_accounts_mails_come_newest_first_page_by_page(backend: Backend) -> None:
    sent = [_add(backend, _outgoing(number)) for number in range(5)]
    _add(backend, _outgoing(9, account="eve"))
    first = backend.outbox.sent_by("ana", limit=3)

    assert first == tuple(sent[:1:-1])
    assert backend.outbox.sent_by("ana", limit=3, before=first[-1].id) == tuple(sent[1::-1])
    assert backend.outbox.sent_by("ana", limit=0) == ()


def test_of_two_who_write_at_once_one_has_to_read_again(backend: Backend) -> None:
    one = _add(backend, _outgoing(1))
    sending = advance(one, [Change(address="a@y.dev", status=Status.SENDING)], now=NOON)
    other = advance(one, [Change(address="a@y.dev", status=Status.FAILED)], now=NOON)

    assert backend.outbox.update(sending) is True
    assert backend.outbox.update(other) is False
    assert backend.outbox.outgoing(one.id) == sending
    assert backend.outbox.update(replace(_outgoing(2), version=1)) is False


def test_bytes_that_are_needed_no_more_go(backend: Backend) -> None:
    one = _add(backend, _outgoing(1))
    backend.outbox.drop_content(one.id)
    backend.outbox.drop_content(one.id)

    assert backend.outbox.outgoing(one.id) == one
    with pytest.raises(NotFound):
        backend.outbox.content(one.id)


def test_mails_are_counted_by_account_and_period(backend: Backend) -> None:
    counted = [
        backend.outbox.count(*asked)
        for asked in (
            ("ana", "2026-11-24T12:00", 1),
            ("ana", "2026-11-24T12:00", 2),
            ("eve", "2026-11-24T12:00", 1),
            ("ana", "2026-11-24T12:01", 1),
        )
    ]

    assert counted == [1, 3, 1, 1]


def _suppression(address: str, account: str = "ana") -> Suppression:
    return Suppression(
        account=account, address=address, reason=Status.COMPLAINED, created=NOON, diagnostic="550 nö \udce9"
    )


def test_a_suppressed_address_is_told_until_it_is_lifted(backend: Backend) -> None:
    b, a, eves = _suppression("b@y.dev"), _suppression("a" * 64 + "@y.dev"), _suppression("b@y.dev", "eve")
    for one in (b, a, eves):
        backend.suppressions.add(one)

    assert backend.suppressions.suppressions("ana") == (a, b)
    assert backend.suppressions.among("ana", ["c@y.dev", "b@y.dev", "b@y.dev"]) == (b,)
    assert backend.suppressions.among("ana", []) == ()
    assert backend.suppressions.remove("ana", "b@y.dev") is True
    assert backend.suppressions.remove("ana", "b@y.dev") is False
    assert backend.suppressions.suppressions("ana") == (a,)
    assert backend.suppressions.suppressions("eve") == (eves,)


def test_an_address_that_is_suppressed_stays_as_it_is(backend: Backend) -> None:
    first = _suppression("b@y.dev")
    backend.suppressions.add(first)
    backend.suppressions.add(replace(first, reason=Status.BOUNCED, diagnostic="later"))

    assert backend.suppressions.suppressions("ana") == (first,)


def test_an_upload_that_nobody_put_is_not_there(backend: Backend) -> None:
    with pytest.raises(NotFound):
        backend.uploads.read("0" * 16 + "-" + "0" * 26)
