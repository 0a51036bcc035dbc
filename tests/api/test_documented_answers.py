"""What the API answers is what its OpenAPI document says: status, media type, and the shape of every JSON value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openapi_schema_validator import OAS31Validator

from chalicelib.api.application import OPERATIONS
from chalicelib.api.openapi import document
from chalicelib.version import VERSION
from tests.api.mails import PLAIN, arrive, rich, with_attachment
from tests.api.serving import Answered, Client

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend

DOCUMENT = document(OPERATIONS, version=VERSION)
MAILS = {
    "a rich mail": rich().as_bytes(),
    "a plain mail": PLAIN,
    "an empty mail": b"",
    "a damaged mail": b"From: ,;\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n\xff\x00",
    "a file name in pieces": with_attachment("filename*0=a; filename*1*=%C3%A4; filename*2=.txt"),
}
VALUES = {
    "email": "bob@x.dev",
    "number": "1",
    "attachmentIdentifier": "nothing",
    "label": "a",
    "folder": "spam",
    "readBoolean": "true",
    "domain": "x.dev",
    "account": "team",
    "key": "none",
    "md5sum": "0" * 32,
    "domainOrIP": "192.0.2.1",
    "id": "none",
    "address": "gone@x.dev",
}


def _check(answered: Answered, path: str, method: str) -> None:
    """Hold an answer against the document."""
    responses: dict[str, Any] = DOCUMENT["paths"][path][method]["responses"]
    assert str(answered.status) in responses, f"{method} {path} answers with {answered.status}, which is not documented"
    content = responses[str(answered.status)].get("content")
    if content is None:
        assert answered.body == b""
        return
    media_type = answered.headers["content-type"].partition(";")[0]
    if media_type not in content:
        # A download has the type that the mail gives its part.
        assert "*/*" in content
    elif media_type == "application/json":
        schema = {**content[media_type]["schema"], "components": DOCUMENT["components"]}
        assert [error.message for error in OAS31Validator(schema).iter_errors(answered.json)] == []


@pytest.mark.parametrize("mail", MAILS.values(), ids=MAILS.keys())
def test_every_operation_answers_as_documented(backend: EmbeddedBackend, client: Client, mail: bytes) -> None:
    asked = 0
    for path, methods in DOCUMENT["paths"].items():
        for method in methods:
            message = arrive(backend, mail)
            target = path.format(**VALUES, messageId=message)
            _check(client.ask(method.upper(), target), path, method)
            asked += 1

    assert asked == len(OPERATIONS)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({**VALUES, "messageId": "nothing"}, {200, 204, 400, 401, 404, 409}),
        ({**VALUES, "email": "none", "messageId": "-"}, {200, 204, 400, 404, 409}),
    ],
    ids=["a message that is not there", "an address that is none"],
)
def test_every_refusal_is_as_documented(client: Client, values: dict[str, str], status: set[int]) -> None:
    for path, methods in DOCUMENT["paths"].items():
        for method in methods:
            answered = client.ask(method.upper(), path.format(**values))
            assert answered.status in status
            _check(answered, path, method)


def test_every_operation_that_needs_a_key_refuses_a_stranger_as_documented(client: Client) -> None:
    stranger = Client(client.address)
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            answered = stranger.ask(method.upper(), path.format(**VALUES, messageId="nothing"))
            assert answered.status == (401 if operation["security"] else 200)
            _check(answered, path, method)
