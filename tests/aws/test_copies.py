"""What is too large for a function's answer: raw mail and decoded parts, linked by signed URLs of the bucket."""

from __future__ import annotations

import random
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from chalice.test import Client

from chalicelib.actions import reading
from chalicelib.actions.admitting import ensure_first_key
from chalicelib.actions.discarding import delete_message
from chalicelib.actions.receiving import index_stored
from chalicelib.api.application import build_app
from chalicelib.aws.backend import AwsBackend
from chalicelib.aws.cache import KEPT, TableCache
from chalicelib.aws.copies import MOST, PART_OCTETS
from chalicelib.mail.names import Inbox
from chalicelib.mail.rendering import Rendering, rendering_key
from chalicelib.mail.structure import Span
from chalicelib.ports.caching import Source
from tests.api.mails import PDF, PLAIN, arrive, rich
from tests.api.serving import KEY
from tests.caching.keys import key
from tests.stopped import StoppedClock
from tests.worlds import BUCKET, TABLE, queue_url

if TYPE_CHECKING:
    from chalicelib.aws.clients import Clients

BOB = Inbox("bob@x.dev")
LARGE = random.Random(9).randbytes(PART_OCTETS + 1_000_000)
MESSAGES = f"/api/addresses/{BOB}/messages"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def stopped(clients: Clients, clock: StoppedClock) -> AwsBackend:
    made = AwsBackend(table=TABLE, bucket=BUCKET, queue=queue_url(clients), clients=clients, clock=clock)
    ensure_first_key(made, KEY)
    return made


def _get(world: AwsBackend, target: str) -> tuple[int, dict[str, str], bytes]:
    with Client(build_app(lambda: world)) as client:
        answered = client.http.get(target, headers={"Mailsac-Key": KEY})
    return answered.status_code, {name.lower(): value for name, value in answered.headers.items()}, answered.body


def _large_mail() -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = "large"
    mail.set_content("text")
    mail.add_attachment(LARGE, "application", "zip", filename="März.zip")
    return mail.as_bytes()


def _objects(clients: Clients) -> list[str]:
    listed = clients.s3.list_objects_v2(Bucket=BUCKET, Prefix="decoded/")
    return [one["Key"] for one in listed.get("Contents", ())]


def _link(world: AwsBackend, target: str) -> str:
    status, headers, body = _get(world, target)
    assert (status, body, headers["cache-control"]) == (302, b"", "no-store")
    return headers["location"]


def test_a_large_attachment_is_decoded_into_the_bucket_once_and_linked(stopped: AwsBackend, clients: Clients) -> None:
    found = arrive(stopped, _large_mail())
    target = f"{MESSAGES}/{found}/parts/2"
    answered = requests.get(_link(stopped, target), timeout=20)
    written = clients.s3.head_object(Bucket=BUCKET, Key=_objects(clients)[0])["LastModified"]
    again = _link(stopped, target)

    assert answered.content == LARGE
    assert answered.headers["content-type"] == "application/zip"
    assert answered.headers["content-disposition"].startswith('attachment; filename="M_rz.zip"; filename*=UTF-8')
    assert clients.s3.head_object(Bucket=BUCKET, Key=_objects(clients)[0])["LastModified"] == written
    assert requests.get(again, timeout=20).content == LARGE
    assert len(_objects(clients)) == 1


def test_a_link_is_signed_with_the_current_version_and_short_lived(stopped: AwsBackend) -> None:
    found = arrive(stopped, _large_mail())
    signed = parse_qs(urlsplit(_link(stopped, f"{MESSAGES}/{found}/parts/2")).query)

    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert signed["X-Amz-Expires"] == ["300"]


def test_a_large_raw_mail_is_linked_as_it_is(stopped: AwsBackend, clients: Clients) -> None:
    content = _large_mail()
    found = arrive(stopped, content)
    answered = requests.get(_link(stopped, f"/api/raw/{BOB}/{found}?download=1"), timeout=20)

    assert answered.content.endswith(content)
    assert answered.headers["content-type"] == "message/rfc822"
    assert answered.headers["content-disposition"] == f'attachment; filename="{found}.eml"'
    assert _objects(clients) == []


def test_a_large_rendering_is_linked_to_be_saved(stopped: AwsBackend) -> None:
    html = b"<p>Good morning</p>\r\n" * (MOST // 20)
    found = arrive(stopped, b"Subject: long\r\nContent-Type: text/html\r\n\r\n" + html)
    answered = requests.get(_link(stopped, f"/api/dirty/{BOB}/{found}"), timeout=20)

    assert answered.content.count(b"Good morning") == MOST // 20
    assert answered.headers["content-disposition"].startswith("attachment;")


def test_what_fits_is_answered_at_once(stopped: AwsBackend, clients: Clients) -> None:
    found = arrive(stopped, rich().as_bytes())

    assert _get(stopped, f"{MESSAGES}/{found}/parts/2")[2] == PDF
    assert _get(stopped, f"/api/raw/{BOB}/{found}")[0] == 200
    assert _objects(clients) == []


def test_a_copy_that_the_bucket_may_remove_soon_is_made_anew(
    stopped: AwsBackend, clients: Clients, clock: StoppedClock
) -> None:
    target = f"{MESSAGES}/{arrive(stopped, _large_mail())}/parts/2"
    _link(stopped, target)
    clients.s3.delete_object(Bucket=BUCKET, Key=_objects(clients)[0])
    clock.move(KEPT)

    assert requests.get(_link(stopped, target), timeout=20).content == LARGE


def test_a_deleted_mail_leaves_no_copy(stopped: AwsBackend, clients: Clients) -> None:
    found = arrive(stopped, _large_mail())
    stays = arrive(stopped, _large_mail())
    for one in (found, stays):
        _link(stopped, f"{MESSAGES}/{one}/parts/2")
    before = _objects(clients)
    delete_message(stopped, BOB, found)

    assert len(before) == 2
    assert [name.split("/")[1] for name in _objects(clients)] == [stays.removesuffix("-0")]


def test_a_copy_that_could_not_be_finished_leaves_no_upload_and_is_tried_again(
    stopped: AwsBackend, clients: Clients
) -> None:
    found = arrive(stopped, _large_mail())
    opened = reading.open_message(stopped, BOB, found)
    part = opened.structure.parts[2]
    raw = clients.s3.get_object(Bucket=BUCKET, Key=f"mail/{opened.message.mail.id}")["Body"].read()
    clients.s3.delete_object(Bucket=BUCKET, Key=f"mail/{opened.message.mail.id}")
    refused = _get(stopped, f"{MESSAGES}/{found}/parts/2")[0]
    clients.s3.put_object(Bucket=BUCKET, Key=f"mail/{opened.message.mail.id}", Body=raw)

    assert part.length == len(LARGE)
    assert refused == 404
    assert clients.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []
    assert requests.get(_link(stopped, f"{MESSAGES}/{found}/parts/2"), timeout=20).content == LARGE


def test_a_mail_that_ses_put_there_is_rendered_when_it_is_indexed(stopped: AwsBackend) -> None:
    found = arrive(stopped, PLAIN)
    receipt = reading.open_message(stopped, BOB, found).message.mail.receipt
    index_stored(stopped, receipt)

    for rendering in (Rendering.TEXT, Rendering.BODY, Rendering.HEADERS):
        fetched = stopped.cache.fetch(rendering_key(receipt.id, rendering), lambda: b"made again")
        assert fetched.source is Source.SHARED


def test_an_old_mail_is_not_rendered_when_it_is_indexed_again(stopped: AwsBackend, clock: StoppedClock) -> None:
    found = arrive(stopped, PLAIN)
    receipt = reading.open_message(stopped, BOB, found).message.mail.receipt
    clock.move(timedelta(hours=2))
    index_stored(stopped, receipt)

    fetched = stopped.cache.fetch(rendering_key(receipt.id, Rendering.TEXT), lambda: b"made again")
    assert fetched.source is Source.RANGE


def test_an_entry_too_large_for_an_item_is_not_kept(stopped: AwsBackend) -> None:
    tier = TableCache(stopped.table, stopped.now)
    tier.put({key(1): bytes(TableCache.most + 1), key(2): bytes(TableCache.most)})

    assert tier.get(key(1)) is None
    assert tier.get(key(2)) == bytes(TableCache.most)


def test_an_entry_that_is_too_old_is_not_answered_though_the_table_still_has_it(
    stopped: AwsBackend, clock: StoppedClock
) -> None:
    tier = TableCache(stopped.table, stopped.now)
    tier.put({key(1): b"sealed"})
    before = tier.get(key(1))
    clock.move(KEPT)

    assert before == b"sealed"
    assert tier.get(key(1)) is None


def test_a_table_that_is_gone_makes_answers_slower_and_not_wrong(stopped: AwsBackend, clients: Clients) -> None:
    found = arrive(stopped, PLAIN)
    opened = reading.open_message(stopped, BOB, found)
    clients.dynamodb.delete_table(TableName=TABLE)
    span = opened.structure.parts[0].header
    content = stopped.cache.fetch(key(1), lambda: opened.octets(Span(span.start, span.end))).content
    stopped.cache.drop([key(1).mail])

    assert content.startswith(b"Return-Path:")
    assert stopped.cache.counts()[Source.SHARED].failures == 3
