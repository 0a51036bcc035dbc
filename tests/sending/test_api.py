"""POST /outgoing-messages and what became of it, over HTTP."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.mail.outgoing import Status, Suppression

if TYPE_CHECKING:
    from collections.abc import Callable

    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client
    from tests.stopped import StoppedClock

    WorkOff = Callable[[], int]

HELLO = {"from": "Me <me@x.dev>", "to": "you@other.example", "subject": "Hi", "text": "Hello, you."}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def _send(client: Client, **parts: Any) -> str:
    answered = client.tell("POST", "/api/outgoing-messages", {**HELLO, **parts})
    assert answered.status == 200, answered.body
    return str(answered.json["id"])


def _refused(client: Client, status: int, **parts: Any) -> str:
    answered = client.tell("POST", "/api/outgoing-messages", {**HELLO, **parts})
    assert answered.status == status, answered.body
    assert client.get("/api/outgoing-messages").json == []
    return str(answered.json["message"])


def _only(client: Client, inbox: str) -> dict[str, Any]:
    (message,) = client.get(f"/api/addresses/{inbox}/messages").json
    assert isinstance(message, dict)
    return message


def test_a_mail_is_accepted_then_delivered_to_the_inbox_of_its_recipient(host: Client, work_off: WorkOff) -> None:
    answered = host.tell("POST", "/api/outgoing-messages", HELLO)
    before = host.get(f"/api/outgoing-messages/{answered.json['id']}").json
    done = work_off()
    after = host.get(f"/api/outgoing-messages/{answered.json['id']}").json
    message = _only(host, "you@other.example")

    assert answered.status == 200
    assert answered.json == {"from": "me@x.dev", "to": ["you@other.example"], "id": before["id"]}
    assert (before["status"], after["status"], done) == ("queued", "delivered", 1)
    assert message["subject"] == "Hi"
    assert message["from"] == [{"address": "me@x.dev", "name": "Me"}]
    assert host.get(f"/api/text/you@other.example/{message['_id']}").text.strip() == "Hello, you."


def test_the_sent_mail_is_kept_in_the_senders_inbox(host: Client, work_off: WorkOff) -> None:
    _send(host)
    work_off()
    copy = _only(host, "me@x.dev")

    assert (copy["folder"], copy["read"], copy["subject"]) == ("sent", True, "Hi")
    assert host.get(f"/api/text/me@x.dev/{copy['_id']}").text.strip() == "Hello, you."


@pytest.mark.parametrize(
    "to",
    [
        "a@y.dev, Bo <b@y.dev>",
        ["a@y.dev", "b@y.dev"],
        [{"address": "a@y.dev", "name": "A, really"}, {"address": "b@y.dev"}],
        ["a@y.dev, b@y.dev", "B@Y.DEV"],
    ],
)
def test_recipients_are_told_in_any_of_the_usual_ways(host: Client, to: Any) -> None:
    sent = _send(host, to=to)

    assert [one.lower() for one in host.get(f"/api/outgoing-messages/{sent}").json["to"]] == ["a@y.dev", "b@y.dev"]


def test_a_blind_copy_arrives_and_is_nowhere_named(host: Client, work_off: WorkOff) -> None:
    _send(host, cc="copy@y.dev", bcc="hidden@y.dev", replyTo="Desk <desk@x.dev>")
    work_off()
    message = _only(host, "hidden@y.dev")
    raw = host.get(f"/api/raw/hidden@y.dev/{message['_id']}").text

    assert message["cc"] == [{"address": "copy@y.dev", "name": ""}]
    assert "hidden" not in raw
    assert "Reply-To: Desk <desk@x.dev>\r\n" in raw


def test_html_an_inline_image_and_a_file_arrive_as_they_were(host: Client, work_off: WorkOff) -> None:
    image = {"content": base64.b64encode(PNG).decode(), "encoding": "base64", "filename": "l.png", "cid": "logo@x.dev."}
    file = {"content": "a;b\nä;ö\n", "encoding": "byte", "filename": "März.csv"}
    _send(host, html='<p>Hi <img src="logo@x.dev"></p>', text=None, attachments=[image, file])
    work_off()
    message = _only(host, "you@other.example")
    at = f"/api/addresses/you@other.example/messages/{message['_id']}"
    shown, attached = host.get(f"{at}/attachments").json

    assert shown["contentDisposition"] == "inline"
    assert shown["contentType"] == "image/png"
    assert host.get(f"{at}/attachments/{shown['checksum']}").body == PNG
    assert (attached["fileName"], attached["contentType"]) == ("März.csv", "text/csv")
    assert host.get(f"{at}/attachments/{attached['checksum']}").body == "a;b\nä;ö\n".encode()
    assert "data:image/png;base64," in host.get(f"/api/dirty/you@other.example/{message['_id']}").text
    assert host.get(f"/api/text/you@other.example/{message['_id']}").text.strip() == "Hi"


def test_received_headers_stand_on_top_the_newest_first(host: Client, work_off: WorkOff) -> None:
    old = "from a.example by b.example; Tue, 24 Nov 2026 10:00:00 +0000"
    new = "from b.example by c.example; Tue, 24 Nov 2026 11:00:00 +0000"
    _send(host, received=[old, new])
    work_off()
    message = _only(host, "you@other.example")
    ours, *given = host.get(f"/api/addresses/you@other.example/messages/{message['_id']}/headers?format=json").json[
        "received"
    ]

    assert given == [new, old]
    assert message["_id"].partition("-")[0] in ours


def test_raw_overrides_all_else_and_loses_only_its_bcc(host: Client, work_off: WorkOff) -> None:
    dated = "Date: Tue, 24 Nov 2026 10:00:00 +0000\nMessage-ID: <1@x.dev>"
    raw = f"From: me@x.dev\nTo: r@y.dev\nBcc: s@y.dev,\n t@y.dev\nSubject: Raw\n{dated}\n\n.dot\n"
    sent = _send(host, raw=raw, to="nobody@y.dev", html="<b>no</b>")
    work_off()
    message = _only(host, "t@y.dev")

    assert host.get(f"/api/outgoing-messages/{sent}").json["to"] == ["r@y.dev", "s@y.dev", "t@y.dev"]
    assert host.get(f"/api/raw/t@y.dev/{message['_id']}").text.endswith(
        "\r\nFrom: me@x.dev\r\nTo: r@y.dev\r\nSubject: Raw\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
        "Message-ID: <1@x.dev>\r\n\r\n.dot\r\n"
    )


@pytest.mark.parametrize("sender", ["ceo@other.example", "me@sub.x.dev", ["me@x.dev", "ceo@other.example"]])
def test_nobody_sends_as_somebody_else(host: Client, sender: Any) -> None:
    assert "not yours" in _refused(host, 403, **{"from": sender})


def test_raw_does_not_get_past_who_may_send(host: Client) -> None:
    raw = "From: me@x.dev, ceo@other.example\r\nTo: r@y.dev\r\n\r\nHi\r\n"

    assert "ceo@other.example" in _refused(host, 403, raw=raw)


def test_a_reserved_address_may_be_sent_from_by_its_account_alone(team: Client, rival: Client, client: Client) -> None:
    assert client.tell("POST", "/api/addresses/desk@y.dev").status == 200
    assert team.tell("POST", "/api/addresses/team@y.dev").status == 200
    parts = {**HELLO, "from": "team@y.dev"}

    assert team.tell("POST", "/api/outgoing-messages", parts).status == 200
    assert rival.tell("POST", "/api/outgoing-messages", parts).status == 403
    assert client.tell("POST", "/api/outgoing-messages", parts).status == 403


def test_what_became_of_a_mail_is_for_its_account_alone(host: Client, rival: Client) -> None:
    sent = _send(host)

    assert rival.ask("GET", f"/api/outgoing-messages/{sent}").status == 404
    assert rival.get("/api/outgoing-messages").json == []
    assert host.ask("GET", "/api/outgoing-messages", headers={"Mailsac-Key": ""}).status == 401


@pytest.mark.parametrize(
    "parts",
    [
        {"subject": "Hi\r\nBcc: victim@y.dev"},
        {"to": "a@y.dev\r\nBcc: victim@y.dev"},
        {"to": [{"address": "a@y.dev", "name": "A\r\nBcc: victim@y.dev"}]},
        {"replyTo": {"address": "a@y.dev", "name": "A\nX: y"}},
        {"headers": {"X-Mine\r\nBcc": "victim@y.dev"}},
        {"headers": {"X-Mine": "1\nBcc: victim@y.dev"}},
        {"received": "from a by b; Tue, 24 Nov 2026 10:00:00 +0000\r\nBcc: victim@y.dev"},
        {"attachments": [{"content": "", "cid": "a>\r\nBcc: victim@y.dev"}]},
        {"attachments": [{"content": "", "contentType": "text/plain\r\nBcc: victim@y.dev"}]},
    ],
)
def test_no_value_can_start_a_header_of_its_own(host: Client, parts: Any) -> None:
    assert _refused(host, 400, **parts)


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ({"to": ""}, "to is required"),
        ({"to": "nonsense"}, "nonsense"),
        ({"to": [f"r{number}@y.dev" for number in range(51)]}, "50"),
        ({"to": [7]}, "email address"),
        ({"to": [{"address": "a@y.dev", "name": 7}]}, "object with an email address"),
        ({"to": [f"r{number}@y.dev" for number in range(1001)]}, "1000"),
        ({"headers": {"X-A": 7}}, "texts"),
        ({"headers": "X-A: 7"}, "object of names and values"),
        ({"received": [7]}, "list of 100"),
        ({"attachments": [{"content": 7}]}, "text"),
        ({"attachments": [{"content": "", "filename": 7}]}, "filename"),
        ({"attachments": [{"content": ""}] * 101}, "100"),
        ({"raw": "Subject: x\n\nx", "from": None}, "no sender"),
        ({"raw": "From: me@x.dev\n\nx", "to": None}, "to is required"),
        ({"from": None}, "from is required"),
        ({"text": None}, "text is required"),
        ({"received": "yesterday"}, "date"),
        ({"headers": {"Bcc": "a@y.dev"}}, "Bcc"),
        ({"headers": {"X-SES-CONFIGURATION-SET": "a"}}, "X-SES"),
        ({"attachments": [{"content": "?", "encoding": "base64"}]}, "Base64"),
        ({"attachments": [{"content": "?", "encoding": "rot13"}]}, "base64 or byte"),
        ({"attachments": "file"}, "list"),
        ({"raw": "????", "rawEncoding": "base64"}, "Base64"),
    ],
)
def test_what_makes_no_mail_is_refused_with_the_reason(host: Client, parts: Any, word: str) -> None:
    assert word in _refused(host, 400, **parts)


def test_a_mail_asked_for_twice_under_one_key_is_one_mail(host: Client, work_off: WorkOff) -> None:
    name = {"Idempotency-Key": "order-1", "Content-Type": "application/json"}

    first, second = (
        host.ask("POST", "/api/outgoing-messages", headers=name, body=json.dumps(HELLO).encode()) for _ in range(2)
    )
    work_off()
    third = host.ask("POST", "/api/outgoing-messages", headers=name, body=json.dumps(HELLO).encode())
    other = host.ask("POST", "/api/outgoing-messages", headers=name, body=json.dumps({**HELLO, "text": "x"}).encode())
    work_off()

    assert first.json == second.json == third.json
    assert other.status == 422
    assert _only(host, "you@other.example")["subject"] == "Hi"


@pytest.mark.parametrize("name", ["x" * 256, "caf\xe9\x85"])
def test_a_name_that_is_none_is_refused(host: Client, name: str) -> None:
    headers = {"Idempotency-Key": name, "Content-Type": "application/json"}

    assert host.ask("POST", "/api/outgoing-messages", headers=headers, body=json.dumps(HELLO).encode()).status == 400


def test_a_mail_that_is_too_large_is_refused_with_the_limit(host: Client, backend: EmbeddedBackend) -> None:
    backend.policy = replace(backend.policy, send_size=1000)

    assert "1000 may be sent" in _refused(host, 413, text="x" * 1000)


def test_where_no_rate_is_set_nobody_is_slowed_down(host: Client, backend: EmbeddedBackend) -> None:
    backend.policy = replace(backend.policy, send_rate=None)
    backend.outbox.count("admin", "2026-03-01T12:00", 10_000)

    assert _send(host)


def test_a_form_may_send_too(host: Client) -> None:
    body = b"from=me%40x.dev&to=a%40y.dev&to=b%40y.dev&subject=Hi&text=Gr%C3%BC%C3%9Fe"
    answered = host.ask("POST", "/api/outgoing-messages", body=body)

    assert answered.json["to"] == ["a@y.dev", "b@y.dev"]


def test_an_account_that_sends_too_fast_is_told_when_to_go_on(
    host: Client, backend: EmbeddedBackend, clock: StoppedClock
) -> None:
    clock.move(timedelta(seconds=20))
    backend.outbox.count("admin", "2026-03-01T12:00", 599)
    allowed = host.tell("POST", "/api/outgoing-messages", HELLO)
    refused = host.tell("POST", "/api/outgoing-messages", HELLO)
    clock.move(timedelta(seconds=40))
    again = host.tell("POST", "/api/outgoing-messages", HELLO)

    assert (allowed.status, refused.status, again.status) == (200, 429, 200)
    assert refused.headers["Retry-After"] == "40"


def test_a_suppressed_address_is_refused_unless_forced_and_can_be_cleared(
    host: Client, backend: EmbeddedBackend
) -> None:
    gone = Suppression(
        account="admin", address="gone@y.dev", reason=Status.BOUNCED, created=backend.now(), diagnostic="550 no"
    )
    backend.suppressions.add(gone)
    refused = host.tell("POST", "/api/outgoing-messages", {**HELLO, "to": "Gone@Y.dev"})
    listed = host.get("/api/suppressions").json
    forced = host.tell("POST", "/api/outgoing-messages", {**HELLO, "to": "gone@y.dev", "force": True})
    cleared = host.tell("DELETE", "/api/suppressions/gone@y.dev")
    missing = host.tell("DELETE", "/api/suppressions/gone@y.dev")
    after = host.tell("POST", "/api/outgoing-messages", {**HELLO, "to": "gone@y.dev"})

    assert refused.status == 422
    assert "gone@y.dev" in refused.json["message"]
    assert [(one["address"], one["reason"], one["diagnostic"]) for one in listed] == [
        ("gone@y.dev", "bounced", "550 no")
    ]
    assert (forced.status, cleared.status, missing.status, after.status) == (200, 204, 404, 200)


def test_the_list_goes_on_from_page_to_page(host: Client) -> None:
    sent = [_send(host, subject=str(number)) for number in range(5)]
    first = host.get("/api/outgoing-messages?limit=3")
    second = host.get(f"/api/outgoing-messages?limit=3&before={first.json[-1]['id']}")

    assert [one["id"] for one in (*first.json, *second.json)] == sent[::-1]
    assert f"before={first.json[-1]['id']}" in first.headers["Link"]
    assert "Link" not in second.headers
