"""Request bodies as clients send them, rightly labelled or not; and what every answer carries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.api.mails import PLAIN, arrive
from tests.api.serving import KEY

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

SHOP = "/api/addresses/shop@x.dev"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
SETTINGS = {"info": "a b+c&d=ü", "enablews": True}
AS_JSON = json.dumps(SETTINGS).encode()
AS_FORM = urlencode({"info": "a b+c&d=ü", "enablews": "true"}).encode()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, AS_JSON),
        ("application/json; charset=utf-8", AS_JSON),
        ("text/plain", AS_JSON),
        (FORM, AS_JSON),
        ("", b" \r\n" + AS_JSON),
        (FORM, AS_FORM),
        (JSON, AS_FORM),
        ("nonsense", AS_FORM),
        (JSON, json.dumps({**SETTINGS, "unknown": [1], "email": "x"}).encode()),
        (FORM, AS_FORM + b"&unknown=1&unknown=2"),
        (JSON, json.dumps({**SETTINGS, "enablews": "yes"}).encode()),
    ],
)
def test_a_body_is_read_by_what_it_is_and_not_by_its_label(client: Client, content_type: str, body: bytes) -> None:
    headers = {"Content-Type": content_type} if content_type else {}

    made = client.ask("POST", SHOP, headers=headers, body=body)

    assert made.status == 200, made.body
    assert (made.json["info"], made.json["enablews"]) == ("a b+c&d=ü", True)


@pytest.mark.parametrize("half", ["\\ud800", "a\\udfff", "\\ude00\\ud83d"])
@pytest.mark.parametrize(
    ("method", "target", "body", "named"),
    [
        ("POST", SHOP, '{"info": "%s"}', "info"),
        ("POST", SHOP, '{"webhook": "https://x.example/%s"}', "webhook"),
        ("POST", "/api/private-addresses-bulk", '{"addresses": ["a@x.dev", "%s@x.dev"]}', "addresses"),
        ("POST", "/api/ip-rules", '{"address": "192.0.2.1", "reason": "%s"}', "reason"),
        ("POST", "/api/accounts/admin/keys", '{"label": "%s"}', "label"),
        ("POST", "/api/outgoing-messages", '{"from": "a@x.dev", "to": {"address": "b@x.dev", "name": "%s"}}', "to"),
        ("POST", "/api/outgoing-messages", '{"from": "a@x.dev", "to": "b%s@x.dev", "text": "x"}', "to"),
        ("POST", "/api/outgoing-messages", '{"from": "a@x.dev", "to": "b@x.dev", "subject": "%s"}', "subject"),
        ("POST", "/api/outgoing-messages", '{"from": "a@x.dev", "to": "b@x.dev", "headers": {"%s": "x"}}', "headers"),
    ],
)
def test_half_a_character_is_a_400_that_names_its_field(
    client: Client, method: str, target: str, body: str, named: str, half: str
) -> None:
    answered = client.ask(method, target, body=(body % half).encode())

    assert answered.status == 400
    assert answered.json["message"].startswith(f"{named}: expected ")
    assert answered.json["validationErrors"] == [answered.json["message"]]


def test_a_whole_pair_of_surrogates_is_a_character(client: Client) -> None:
    assert client.ask("POST", SHOP, body=b'{"info": "\\ud83d\\ude00"}').json["info"] == "\U0001f600"


def test_a_body_that_is_nested_deep_is_no_fault_of_ours(client: Client) -> None:
    for depth in (200, 500, 900, 990, 5000):
        assert client.ask("POST", SHOP, body=b'{"info": ' + b"[" * depth + b"]" * depth + b"}").status == 400


MULTIPART = "multipart/form-data; boundary=b"
PARTS = b'--b\r\nContent-Disposition: form-data; name="info"\r\n\r\nx\r\n--b--\r\n'


def test_a_form_in_parts_is_a_415_and_changes_nothing(client: Client) -> None:
    client.tell("POST", SHOP, {"info": "before"})

    changed = client.ask("PUT", SHOP, headers={"Content-Type": MULTIPART}, body=PARTS)
    as_keyless = client.ask("PUT", SHOP, headers={"Content-Type": MULTIPART, "Mailsac-Key": ""}, body=PARTS)
    as_json = client.ask("PUT", SHOP, headers={"Content-Type": MULTIPART}, body=b'{"info": "after"}')

    assert (changed.status, changed.json["error"]) == (415, "UnsupportedMedia")
    assert "application/x-www-form-urlencoded" in changed.json["message"]
    assert as_keyless.status == 401
    assert (as_json.status, as_json.json["info"]) == (200, "after")


@pytest.mark.parametrize("name", ["addresses", "emails"])
def test_a_form_gives_a_list_by_repeating_a_name_or_by_one_value(client: Client, name: str) -> None:
    target = "/api/private-addresses-bulk" if name == "addresses" else "/api/validations/addresses"

    two = client.ask("POST", target, headers={"Content-Type": FORM}, body=f"{name}=a@x.dev&{name}=b@x.dev".encode())
    one = client.ask("POST", target, headers={"Content-Type": FORM}, body=f"{name}=a@x.dev".encode())

    assert (len(two.json), len(one.json)) == (2, 1)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"info": 5}, "info"),
        ({"info": ["a"]}, "info"),
        ({"enablews": "maybe"}, "enablews"),
        ({"enablews": 2}, "enablews"),
        ({"enablews": {}}, "enablews"),
        ({"webhook": True}, "webhook"),
        ({"webhook": "no url"}, "webhook"),
        ({"forward": "nobody"}, "forward"),
        ({"webhookSlackToFrom": [True]}, "webhookSlackToFrom"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_400_that_names_its_field(
    client: Client, fields: dict[str, object], named: str
) -> None:
    answered = client.tell("POST", SHOP, fields)

    assert answered.status == 400
    assert answered.json["message"].startswith(f"{named}: expected ")
    assert answered.json["validationErrors"] == [answered.json["message"]]
    assert client.get("/api/addresses").json == []


@pytest.mark.parametrize(
    "body",
    [b"[]", b'["a"]', b'"text"', b"{", b'{"a": NaN', b"[" * 100_000, b"no form", b"\xff\xfe{", b'{"a": 1} {"b": 2}'],
)
def test_a_body_that_holds_no_fields_is_a_400(client: Client, body: bytes) -> None:
    answered = client.ask("POST", SHOP, headers={"Content-Type": JSON}, body=body)

    assert (answered.status, answered.json["error"]) == (400, "BadRequest")


def test_a_required_field_that_is_missing_is_named(client: Client) -> None:
    for body in (None, {}, {"addresses": None}):
        answered = client.tell("POST", "/api/private-addresses-bulk", body)
        assert (answered.status, answered.json["message"]) == (400, "addresses is required")


def test_a_key_in_the_body_opens_the_account(client: Client) -> None:
    headers = {"Mailsac-Key": "", "Content-Type": JSON}
    body = json.dumps({"_mailsacKey": KEY, "info": "mine"}).encode()

    assert client.ask("POST", SHOP, headers=headers, body=body).json["info"] == "mine"


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/api/health", 200),
        ("GET", f"{SHOP}/messages", 200),
        ("GET", "/api/raw/shop@x.dev/latest", 200),
        ("DELETE", f"{SHOP}/messages", 204),
        ("GET", f"{SHOP}/code", 204),
        ("GET", "/api/addresses/nobody/messages", 400),
        ("GET", f"{SHOP}/messages/none", 404),
        ("GET", "/nothing", 404),
        ("PATCH", "/api/health", 405),
        ("POST", "/api/accounts/admin", 409),
    ],
)
def test_every_answer_carries_a_request_id_of_its_own(
    backend: EmbeddedBackend, client: Client, method: str, target: str, status: int
) -> None:
    arrive(backend, PLAIN, "shop@x.dev")

    first, second = (client.ask(method, target) for _ in range(2))

    assert first.status == status
    assert len(first.headers["x-request-id"]) >= 8
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_a_body_that_is_too_large_is_refused_with_a_request_id(client: Client) -> None:
    answered = client.ask("POST", SHOP, body=b"a=" + b"b" * (10 * 1024 * 1024))

    assert (answered.status, answered.json["error"]) == (413, "TooLarge")
    assert answered.headers["x-request-id"]
