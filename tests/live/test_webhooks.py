"""Webhooks from the mail to the receiver: what it is sent, that it is signed, and what happens when it fails."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.actions.telling import PAYLOAD_OCTETS
from chalicelib.mail.hook import PAUSE_AFTER, REST, SECRETS_OVERLAP
from chalicelib.mail.job import GIVE_UP_AFTER
from tests.api.mails import arrive
from tests.live.hooked import BO, MAIL, reserve
from tests.live.working import work_off

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client
    from tests.live.receiver import Posted, Receiver
    from tests.stopped import StoppedClock

# What Mailsac's own example of a webhook receiver reads.
UNION = {
    *("text", "headers", "subject", "messageId", "priority", "from", "to", "date", "receivedDate", "originalInbox"),
    *("inbox", "domain", "encryptedInbox", "raw", "received", "_id", "ip", "html", "body", "cc", "bcc", "savedBy"),
    *("size", "attachments", "via", "folder", "labels", "read", "rtls", "links", "spam"),
}


def hooks(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/hooks").json
    return found


def deliveries(client: Client, hook: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/hooks/{hook}/deliveries").json
    return found


def verified(posted: Posted, secret: str, clock: StoppedClock) -> dict[str, Any]:
    # The library asks the real clock, and the test's stands still: its age is checked apart.
    assert posted.headers["webhook-timestamp"] == str(int(clock().timestamp()))
    signature = Webhook(secret).sign(posted.headers["webhook-id"], clock(), posted.body.decode())
    assert signature in posted.headers["webhook-signature"].split(" ")
    found: dict[str, Any] = json.loads(posted.body)
    return found


def test_the_webhook_of_an_address_is_sent_the_whole_union_signed(
    client: Client, backend: EmbeddedBackend, receiver: Receiver, clock: StoppedClock
) -> None:
    reserve(client, webhook=receiver.url)
    message = arrive(backend, MAIL, "bo+tag@rest.example")
    work_off(backend)
    posted = receiver.next()
    (hook,) = hooks(client)
    payload = verified(posted, hook["secret"], clock)

    assert posted.headers["content-type"] == "application/json"
    assert payload.keys() >= UNION
    assert payload["_id"] == message
    assert payload["messageId"] == "1@sender.example"
    assert payload["originalInbox"] == "bo+tag@rest.example"
    assert payload["headers"]["x-twice"] == ["a", "b"]
    assert payload["headers"]["subject"] == "Hello"
    assert payload["priority"] == "high"
    assert payload["html"] == "<p onclick='x()'>Hi <b>Bo</b></p>\r\n"
    assert "onclick" not in payload["body"]
    assert payload["text"].strip() == "Hi Bo"
    assert payload["raw"].endswith(MAIL.decode())
    assert payload["encryptedInbox"].startswith("inbox-")
    assert payload["omitted"] == []


def test_a_signature_is_refused_for_another_secret_and_for_a_changed_body(backend: EmbeddedBackend) -> None:
    from chalicelib.mail.hook import new_secret, signed_headers  # noqa: PLC0415 - used here alone
    from tests.live.samples import hook  # noqa: PLC0415 - as above

    made = hook(backend)
    now = _real_now()
    headers = signed_headers(made, "msg_1", "{}", now)

    assert Webhook(made.secret).verify("{}", headers) == {}
    for secret, body in ((new_secret(bytes(32)), "{}"), (made.secret, '{"a":1}')):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)


def _real_now() -> Any:
    from datetime import UTC, datetime  # noqa: PLC0415 - the only use of the real clock here

    return datetime.now(UTC)


def test_a_hook_of_a_domain_and_of_a_catch_all_are_told(
    client: Client, backend: EmbeddedBackend, receiver: Receiver
) -> None:
    client.tell("POST", "/api/domains", {"domain": "rest.example"})
    client.tell("POST", "/api/hooks", {"scope": "rest.example", "url": receiver.url + "/domain"})
    reserve(client, "*@rest.example", webhook=receiver.url + "/rest")
    reserve(client)
    arrive(backend, MAIL, "anybody@rest.example")
    work_off(backend)
    for_anybody = {receiver.next().path, receiver.next().path}
    arrive(backend, MAIL, BO)
    work_off(backend)
    for_bo = receiver.next().path

    assert for_anybody == {"/mail/domain", "/mail/rest"}
    assert for_bo == "/mail/domain"
    assert receiver.posted.empty()


def test_a_failed_delivery_is_tried_again_with_the_same_id_until_it_is_taken(
    client: Client, backend: EmbeddedBackend, receiver: Receiver, clock: StoppedClock
) -> None:
    receiver.statuses, receiver.body = [500, 302], b"out of order"
    reserve(client, webhook=receiver.url)
    arrive(backend, MAIL, BO)
    tries = 0
    while receiver.statuses or tries < 3:
        tries += work_off(backend)
        clock.move(timedelta(minutes=2))
    ids = [receiver.next().headers["webhook-id"] for _ in range(3)]
    (hook,) = hooks(client)
    newest, *older = deliveries(client, hook["_id"])

    assert len(set(ids)) == 1
    assert newest["succeeded"]
    assert newest["status"] == 204
    assert [(one["status"], one["succeeded"], one["answer"]) for one in older] == [
        (302, False, "out of order"),
        (500, False, "out of order"),
    ]
    assert all(one["webhookId"] == ids[0] for one in (newest, *older))
    assert hook["failingSince"] is None


def test_what_fails_for_a_day_is_a_dead_letter_and_can_be_redriven(
    client: Client, backend: EmbeddedBackend, receiver: Receiver, clock: StoppedClock
) -> None:
    receiver.statuses = [503] * 1000
    reserve(client, webhook=receiver.url)
    message = arrive(backend, MAIL, BO)
    tries = 0
    for _ in range(int(GIVE_UP_AFTER / 60) + 1):
        tries += work_off(backend)
        clock.move(timedelta(minutes=1))
    letters = client.get("/api/dead-letters").json
    receiver.statuses = []
    redriven = client.tell("POST", "/api/dead-letters/redrive", {"jobs": [letters[0]["_id"]]}).json
    clock.move(REST)
    work_off(backend)

    assert 8 < tries < 40
    assert [letter["reason"] for letter in letters] == ["The receiver answered 503"]
    assert letters[0]["payload"]["message"] == message
    assert redriven == {"count": 1}
    assert client.get("/api/dead-letters").json == []
    assert deliveries(client, hooks(client)[0]["_id"])[0]["succeeded"]


def test_a_hook_that_fails_for_long_is_paused_and_the_account_is_told(
    client: Client, backend: EmbeddedBackend, receiver: Receiver, clock: StoppedClock
) -> None:
    receiver.statuses = [500] * 1000
    reserve(client, webhook=receiver.url)
    for _ in range(PAUSE_AFTER // timedelta(hours=6) + 1):
        arrive(backend, MAIL, BO)
        work_off(backend)
        clock.move(timedelta(hours=6))
    (hook,) = hooks(client)
    before = len(deliveries(client, hook["_id"]))
    arrive(backend, MAIL, BO)
    work_off(backend)
    told = client.get("/api/me").json["pausedHooks"]
    receiver.statuses = []
    resumed = client.tell("POST", f"/api/hooks/{hook['_id']}/resume").json
    arrive(backend, MAIL, BO)
    work_off(backend)

    assert hook["paused"]
    assert told == [hook["_id"]]
    assert len(deliveries(client, hook["_id"])) == before + 1
    assert not resumed["paused"]
    assert client.get("/api/me").json["pausedHooks"] == []


def test_a_rotated_secret_signs_beside_the_one_before_for_a_day(
    client: Client, backend: EmbeddedBackend, receiver: Receiver, clock: StoppedClock
) -> None:
    reserve(client, webhook=receiver.url)
    (before,) = hooks(client)
    after = client.tell("POST", f"/api/hooks/{before['_id']}/rotate").json
    arrive(backend, MAIL, BO)
    work_off(backend)
    overlapping = receiver.next()
    verified(overlapping, before["secret"], clock)
    verified(overlapping, after["secret"], clock)
    clock.move(SECRETS_OVERLAP)
    arrive(backend, MAIL, BO)
    work_off(backend)
    later = receiver.next()
    verified(later, after["secret"], clock)

    assert before["secret"] != after["secret"]
    assert len(later.headers["webhook-signature"].split(" ")) == 1


def test_a_message_is_told_again_on_demand_and_a_test_is_sent(
    client: Client, backend: EmbeddedBackend, receiver: Receiver
) -> None:
    reserve(client, webhook=receiver.url)
    message = arrive(backend, MAIL, BO)
    work_off(backend)
    first = receiver.next()
    (hook,) = hooks(client)
    again = client.tell("POST", f"/api/hooks/{hook['_id']}/redeliver", {"inbox": BO, "message": message})
    work_off(backend)
    second = receiver.next()
    tested = client.tell("POST", f"/api/hooks/{hook['_id']}/test")
    work_off(backend)
    third = receiver.next()

    assert again.status == tested.status == 202
    assert first.headers["webhook-id"] == second.headers["webhook-id"] != third.headers["webhook-id"]
    assert json.loads(third.body)["type"] == "test"
    assert [one["message"] for one in deliveries(client, hook["_id"])] == [None, message, message]


def test_a_large_mail_is_linked_to_and_the_link_ends(
    client: Client, backend: EmbeddedBackend, receiver: Receiver, clock: StoppedClock
) -> None:
    reserve(client, webhook=receiver.url)
    arrive(backend, MAIL + b"x" * PAYLOAD_OCTETS, BO)
    work_off(backend)
    posted = receiver.next()
    payload = json.loads(posted.body)
    nobody = {"Mailsac-Key": ""}
    opened = client.ask("GET", payload["rawUrl"], headers=nobody)
    forged = client.ask("GET", payload["rawUrl"][:-1] + "x", headers=nobody)
    elsewhere = client.ask("GET", payload["rawUrl"].replace(BO, "cy@rest.example"), headers=nobody)
    clock.move(timedelta(days=1, seconds=1))
    late = client.ask("GET", payload["rawUrl"], headers=nobody)

    assert len(posted.body) <= PAYLOAD_OCTETS
    assert "raw" in payload["omitted"]
    assert payload["raw"] == ""
    assert opened.status == 200
    assert opened.body.endswith(b"x" * PAYLOAD_OCTETS)
    assert [forged.status, elsewhere.status, late.status] == [401, 401, 401]


def test_a_hook_is_its_owners_alone(client: Client, team: Client, rival: Client, receiver: Receiver) -> None:
    reserve(team, webhook=receiver.url)
    (hook,) = hooks(team)
    own = team.tell("POST", "/api/hooks", {"scope": BO, "url": receiver.url + "2"}).json["_id"]
    foreign = [
        rival.ask(method, f"/api/hooks/{one}{rest}").status
        for one in (hook["_id"], own)
        for method, rest in (
            ("GET", ""),
            ("DELETE", ""),
            ("GET", "/deliveries"),
            ("POST", "/rotate"),
            ("POST", "/resume"),
            ("POST", "/test"),
        )
    ]

    assert set(foreign) == {404}
    assert hooks(rival) == []
    assert rival.tell("POST", "/api/hooks", {"scope": BO, "url": receiver.url}).status == 401
    assert team.ask("DELETE", f"/api/hooks/{own}").status == 200
    assert team.ask("DELETE", f"/api/hooks/{hook['_id']}").status == 409
    assert client.tell("POST", "/api/hooks", {"scope": "unknown.example", "url": receiver.url}).status == 404
    assert team.tell("POST", "/api/hooks", {"scope": BO, "url": "ftp://x/"}).status == 400


def test_an_address_that_is_given_up_is_told_of_no_more(
    client: Client, team: Client, backend: EmbeddedBackend, receiver: Receiver
) -> None:
    reserve(client, webhook=receiver.url)
    arrive(backend, MAIL, BO)
    client.ask("DELETE", f"/api/addresses/{BO}")
    reserve(team)
    done = work_off(backend)

    assert done == 1
    assert receiver.posted.empty()
    assert client.get("/api/dead-letters").json == []


def test_slack_is_told_who_wrote_and_what_without_its_control_characters(
    client: Client, backend: EmbeddedBackend, receiver: Receiver
) -> None:
    reserve(client, webhookSlack=receiver.url, webhookSlackToFrom=True)
    arrive(backend, b"From: A & B <ana@x.example>\r\nSubject: <!channel> now\r\n\r\nSee <https://x|y>\r\n", BO)
    work_off(backend)
    text = json.loads(receiver.next().body)["text"]

    assert text == (
        "*&lt;!channel&gt; now*\nFrom A &amp; B &lt;ana@x.example&gt; to bo@rest.example\nSee &lt;https://x|y&gt;"
    )


def test_a_slack_channel_that_is_gone_is_not_asked_again(
    client: Client, backend: EmbeddedBackend, receiver: Receiver
) -> None:
    receiver.statuses = [404]
    reserve(client, webhookSlack=receiver.url)
    arrive(backend, MAIL, BO)
    work_off(backend)

    assert [letter["reason"] for letter in client.get("/api/dead-letters").json] == ["Slack answered 404"]


def test_mail_to_the_secret_name_of_an_inbox_sets_its_webhook_going(
    client: Client, backend: EmbeddedBackend, receiver: Receiver
) -> None:
    reserve(client, webhook=receiver.url)
    secret = client.get(f"/api/addresses/{BO}").json["encryptedInbox"]
    arrive(backend, MAIL, secret)
    work_off(backend)
    payload = json.loads(receiver.next().body)

    assert (payload["inbox"], payload["originalInbox"]) == (BO, secret)
