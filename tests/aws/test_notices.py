from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.notices import stored_mail
from chalicelib.errors import BadRequest
from tests.aws.events import enveloped, notice
from tests.worlds import BUCKET

if TYPE_CHECKING:
    from chalicelib.mail.message import Receipt


def _read(said: dict[str, Any]) -> Receipt:
    receipt = stored_mail(json.dumps(said), bucket=BUCKET)
    assert receipt is not None
    return receipt


def _with_headers(*headers: tuple[str, str]) -> dict[str, Any]:
    said = notice()
    said["mail"]["headers"] = [{"name": name, "value": value} for name, value in headers]
    return said


def test_a_receipt_says_when_ses_received_the_mail_and_where_it_is() -> None:
    receipt = _read(notice())

    assert receipt.received == datetime(2026, 11, 24, 9, 0, 0, 123000, tzinfo=UTC)
    assert receipt.location == "inbound/8k2m4v6x0q1w3e5r7t9y2u4i6o8p0a1s3d5f7g9h"
    assert receipt.spam == 0.0


def test_a_recipient_that_ses_names_twice_is_one() -> None:
    twice = notice(recipients=["bo@rest.example", "cy@rest.example", "BO@rest.example"])

    assert _read(twice).envelope.recipients == ("bo@rest.example", "cy@rest.example")


def test_an_envelope_says_who_came_and_whom_it_was_for() -> None:
    envelope = _read(notice()).envelope

    assert envelope.recipients == ("bo+news@rest.example", "cy@rest.example")
    assert envelope.sender == "bounces+1@news.sender.example"
    assert (envelope.ip, envelope.helo) == ("192.0.2.25", "mx3.sender.example")
    assert envelope.via == "inbound-smtp.us-east-1.amazonaws.com"


def test_the_id_depends_on_the_mail_alone() -> None:
    same = _read(notice(timestamp="2026-11-24T09:09:09.999Z", processingTimeMillis=9))
    inside = stored_mail(enveloped(json.dumps(notice())), bucket=BUCKET)
    other = _read(notice("another"))

    assert _read(notice()).id == same.id
    assert inside == _read(notice())
    assert other.id != same.id
    assert other.id[:10] == same.id[:10]


def test_a_bounce_has_no_sender() -> None:
    senders = []
    for source in ("<>", "", None):
        said = notice()
        said["mail"]["source"] = source
        senders.append(_read(said).envelope.sender)

    assert senders == ["", "", ""]


@pytest.mark.parametrize(
    ("spam", "virus", "score"),
    [
        ("PASS", "PASS", 0.0),
        ("GRAY", "PASS", 0.5),
        ("FAIL", "PASS", 1.0),
        ("PASS", "FAIL", 1.0),
        ("PROCESSING_FAILED", "PASS", 0.0),
        ("PROCESSING_FAILED", "PROCESSING_FAILED", None),
        ("DISABLED", "DISABLED", None),
        ("SOMETHING_NEW", "DISABLED", None),
    ],
)
def test_the_worse_verdict_makes_the_score(spam: str, virus: str, score: float | None) -> None:
    said = notice(spamVerdict={"status": spam}, virusVerdict={"status": virus})

    assert _read(said).spam == score


def test_a_mail_without_verdicts_has_no_score() -> None:
    said = notice()
    del said["receipt"]["spamVerdict"], said["receipt"]["virusVerdict"]

    assert _read(said).spam is None


@pytest.mark.parametrize(
    ("headers", "ip"),
    [
        ([("Received-SPF", "fail (spfCheck: x) client-ip=2001:db8::1; helo=h;")], "2001:db8::1"),
        ([("received-spf", "none client-ip=192.0.2.1;")], "192.0.2.1"),
        ([("Received-SPF", "pass (client-ip=203.0.113.6; x) client-ip=192.0.2.1; helo=h;")], "192.0.2.1"),
        ([("Received-SPF", 'pass (x) client-ip=192.0.2.1; envelope-from="client-ip=203.0.113.6"@x;')], "192.0.2.1"),
        ([("Received-SPF", "none"), ("Received", "from h (h [192.0.2.1]) by inbound.example with SMTP")], "192.0.2.1"),
        ([("Received", "from [203.0.113.6] (h.example [192.0.2.1]) by inbound.example with SMTP")], "192.0.2.1"),
        ([("Received", "from h (h [IPv6:2001:db8::1]) by inbound.example with SMTP")], "2001:db8::1"),
        ([("Received", "from h by inbound.example"), ("Received", "from f (f [203.0.113.6]) by forged")], ""),
        ([("Received-SPF", "pass (x) client-ip=999.1.1.1;")], ""),
        ([("Subject", "client-ip=203.0.113.6")], ""),
        ([], ""),
    ],
)
def test_the_clients_address_is_the_one_that_ses_saw(headers: list[tuple[str, str]], ip: str) -> None:
    assert _read(_with_headers(*headers)).envelope.ip == ip


def _without(*path: str) -> dict[str, Any]:
    said = notice()
    place = said
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return said


@pytest.mark.parametrize(
    "said",
    [
        {},
        [],
        "text",
        None,
        1,
        {"notificationType": "Bounce"},
        {"Type": "Notification"},
        {"Type": "Notification", "Message": "{"},
        {"Type": "Notification", "Message": 1},
        _without("mail"),
        _without("mail", "messageId"),
        _without("mail", "timestamp"),
        _without("mail", "source"),
        _without("receipt", "recipients"),
        _without("receipt", "action"),
        _without("receipt", "action", "objectKey"),
        notice(recipients=[]),
        notice(recipients=[1]),
        notice(action={"type": "SNS", "topicArn": "arn:aws:sns:us-east-1:123456789012:mail"}),
        notice(action={"type": "S3", "bucketName": "somebody-elses", "objectKey": "inbound/x"}),
        notice(spamVerdict="FAIL"),
    ],
)
def test_what_is_no_notice_of_a_mail_in_the_bucket_is_refused(said: Any) -> None:
    with pytest.raises(BadRequest):
        stored_mail(json.dumps(said), bucket=BUCKET)


@given(st.text())
def test_text_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        stored_mail(text + "{", bucket=BUCKET)


@given(st.lists(st.tuples(st.sampled_from(["Received", "Received-SPF"]), st.text()), max_size=4))
def test_whatever_stands_in_the_trace_headers_the_mail_is_taken(headers: list[tuple[str, str]]) -> None:
    assert _read(_with_headers(*headers)).envelope.recipients == ("bo+news@rest.example", "cy@rest.example")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "value",
    [
        "pass (" + "a=b; " * 20_000,
        "pass (x) a=1; " + "b" * 100_000,
        "pass (x) " + 'a="' * 50_000,
        "from " + "x [1.1.1.1]) " * 20_000,
        "from x" + " " * 100_000,
        "from x [" + "1" * 100_000,
    ],
)
def test_trace_headers_made_to_be_slow_are_read_in_time(value: str) -> None:
    assert _read(_with_headers(("Received-SPF", value), ("Received", value))).envelope.ip == ""
