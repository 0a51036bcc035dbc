"""Attachments and parts by HTTP: listed, found by three kinds of identifier, and saved under a safe name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.api.mails import PDF, PLAIN, PNG, arrive, rich, with_attachment

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

MESSAGES = "/api/addresses/bob@x.dev/messages"


def test_attachments_are_listed_in_order_under_mailsacs_names(backend: EmbeddedBackend, client: Client) -> None:
    listed = client.get(f"{MESSAGES}/{arrive(backend, rich().as_bytes())}/attachments").json

    image, pdf, inner = listed
    assert image == {
        "checksum": hashlib.md5(PNG).hexdigest(),
        "contentDisposition": "inline",
        "contentId": "logo@ann",
        "contentType": "image/png",
        "fileName": "logo.png",
        "length": len(PNG),
        "transferEncoding": "base64",
        "part": "1.2.2",
        "sha256": hashlib.sha256(PNG).hexdigest(),
    }
    assert (pdf["fileName"], pdf["contentType"], pdf["length"]) == ("Quarter 1/März.pdf", "application/pdf", len(PDF))
    assert inner["contentType"] == "message/rfc822"


def test_a_mail_without_attachments_has_an_empty_list(backend: EmbeddedBackend, client: Client) -> None:
    assert client.get(f"{MESSAGES}/{arrive(backend, PLAIN)}/attachments").json == []


@pytest.mark.parametrize(
    "identifier",
    [
        hashlib.md5(PDF).hexdigest(),
        hashlib.md5(PDF).hexdigest().upper(),
        quote("Quarter 1/März.pdf", safe=""),
        "Quarter%201%2fM%C3%A4rz.pdf",
    ],
)
def test_an_attachment_is_found_by_md5_and_file_name(backend: EmbeddedBackend, client: Client, identifier: str) -> None:
    found = arrive(backend, rich().as_bytes())

    answered = client.get(f"{MESSAGES}/{found}/attachments/{identifier}")

    assert answered.body == PDF
    assert answered.headers["content-type"] == "application/pdf"
    assert answered.headers["content-disposition"] == (
        "attachment; filename=\"Quarter 1_M_rz.pdf\"; filename*=UTF-8''Quarter%201_M%C3%A4rz.pdf"
    )


@pytest.mark.parametrize("identifier", ["logo@ann", "logo%40ann", "%3Clogo@ann%3E", "logo.png"])
def test_an_inline_image_is_found_by_its_content_id(backend: EmbeddedBackend, client: Client, identifier: str) -> None:
    found = arrive(backend, rich().as_bytes())

    answered = client.get(f"{MESSAGES}/{found}/attachments/{identifier}")

    assert (answered.body, answered.headers["content-type"]) == (PNG, "image/png")


@pytest.mark.parametrize("identifier", ["0" * 32, "nothing.pdf", "%00", "%FF", "..%2F..%2Fetc%2Fpasswd", "*"])
def test_an_attachment_that_is_not_there_is_a_404(backend: EmbeddedBackend, client: Client, identifier: str) -> None:
    found = arrive(backend, rich().as_bytes())

    answered = client.ask("GET", f"{MESSAGES}/{found}/attachments/{identifier}")

    assert (answered.status, answered.json["error"]) == (404, "NotFound")


@pytest.mark.parametrize("name", ["a+b.txt", "100%.txt", "a%2Fb", "a b", "ä.txt", "question?.txt", "#1.txt"])
def test_a_file_name_is_decoded_exactly_once(backend: EmbeddedBackend, client: Client, name: str) -> None:
    found = arrive(backend, with_attachment(f"filename*=UTF-8''{quote(name, safe='')}", b"octets"))
    assert client.get(f"{MESSAGES}/{found}/attachments").json[0]["fileName"] == name

    assert client.get(f"{MESSAGES}/{found}/attachments/{quote(name, safe='+')}").body == b"octets"
    assert client.get(f"{MESSAGES}/{found}/attachments/{quote(name, safe='')}").body == b"octets"


@pytest.mark.parametrize(
    "parameter",
    [
        'filename="../../etc/passwd"',
        'filename="C:\\\\Windows\\\\x.exe"',
        'filename="a\\"; filename=b.exe; x=\\"c"',
        "filename*=UTF-8''a%0D%0ASet-Cookie%3A%20a%3Db",
        "filename*=UTF-8''%00%01%7F",
        "filename*=UTF-8''%E2%80%AEgpj.exe",
        "filename*=UTF-8''%ED%A0%80",
        "filename*=utf-16''%D8%00%00%41",
        "filename*=utf-7''+2AA-",
        'filename="..."',
        'filename=""',
        'filename="' + "x" * 5000 + '"',
        "filename*=UTF-8''" + "%F0%9F%98%80" * 300,
        'filename="\xfc\udcff"',
        'filename="a\r\n\tb"',
        'filename="%41%2e"',
    ],
)
def test_a_hostile_file_name_never_leaves_its_header(backend: EmbeddedBackend, client: Client, parameter: str) -> None:
    found = arrive(backend, with_attachment(parameter))
    checksum = hashlib.md5(b"hostile").hexdigest()

    answered = client.get(f"{MESSAGES}/{found}/attachments/{checksum}")

    disposition = answered.headers["content-disposition"]
    plain = disposition.removeprefix('attachment; filename="').partition('"')[0]
    assert answered.body == b"hostile"
    assert disposition.isascii()
    assert disposition.isprintable()
    assert len(disposition) < 4096
    assert answered.headers["set-cookie"] is None
    assert plain
    assert not set(plain) & set('/\\:*?"<>|%')
    assert plain.strip(" .") == plain
    assert client.get(f"{MESSAGES}/{found}/attachments").json[0]["checksum"] == checksum


@pytest.mark.parametrize(
    ("content_type", "served"),
    [
        ("text/html", "text/html"),
        ("image/svg+xml; charset=x", "image/svg+xml"),
        ("TEXT/HTML", "text/html"),
        ("nonsense", "text/plain"),
        ("a/b/c", "text/plain"),
        ("application/" + "x" * 100, "application/octet-stream"),
    ],
)
def test_an_attachment_is_served_under_its_type_and_never_shown(
    backend: EmbeddedBackend, client: Client, content_type: str, served: str
) -> None:
    mail = with_attachment("filename=a").replace(b"application/x-thing", content_type.encode())
    found = arrive(backend, mail)

    answered = client.get(f"{MESSAGES}/{found}/attachments/a")

    assert answered.headers["content-type"] == served
    assert answered.headers["content-disposition"].startswith("attachment;")
    assert answered.headers["content-security-policy"].startswith("sandbox;")
    assert answered.headers["x-content-type-options"] == "nosniff"


def test_the_structure_names_every_part_and_where_its_bytes_are(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, rich().as_bytes())
    raw = client.get(f"/api/raw/bob@x.dev/{found}").body

    structure = client.get(f"{MESSAGES}/{found}/parts").json

    assert structure["size"] == len(raw)
    assert structure["problems"] == []
    assert [(part["number"], part["role"], part["contentType"]) for part in structure["parts"]] == [
        ("0", "container", "multipart/mixed"),
        ("1", "container", "multipart/alternative"),
        ("1.1", "text", "text/plain"),
        ("1.2", "container", "multipart/related"),
        ("1.2.1", "html", "text/html"),
        ("1.2.2", "attachment", "image/png"),
        ("2", "attachment", "application/pdf"),
        ("3", "attachment", "message/rfc822"),
        ("3.1", "text", "text/plain"),
    ]
    for part in structure["parts"]:
        start, end = part["headerRange"]
        assert part["number"] == "0" or b"content-" in raw[start:end].lower()


def test_any_part_can_be_downloaded_decoded(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, rich().as_bytes())
    raw = client.get(f"/api/raw/bob@x.dev/{found}").body

    for part in client.get(f"{MESSAGES}/{found}/parts").json["parts"]:
        body = client.get(f"{MESSAGES}/{found}/parts/{part['number']}").body
        if part["role"] == "container":
            start, end = part["bodyRange"]
            assert body == raw[start:end]
        else:
            assert len(body) == part["length"]
            assert hashlib.md5(body).hexdigest() == part["md5"]
            assert hashlib.sha256(body).hexdigest() == part["sha256"]


def test_a_part_that_is_not_there_is_a_404(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, rich().as_bytes())

    assert client.ask("GET", f"{MESSAGES}/{found}/parts/9.9").status == 404
