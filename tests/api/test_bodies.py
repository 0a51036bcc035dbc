"""What is in a message, by HTTP: raw, headers, text, sanitised and whole HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.markup import SHORTENED
from tests.api.mails import PLAIN, arrive, rich

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

HTML_ONLY = (
    b"Subject: only HTML\r\nContent-Type: text/html; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<h1>Gr=FC=DFe</h1><p>Your code is <b>123456</b>.</p>\r\n"
)
REPEATED = (
    b"Received: from a\r\nReceived: from b\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"X-Folded: one\r\n\ttwo\r\n\r\nbody\r\n"
)


LINES = 80_000
LONG = "".join(f"<p>line {number}</p>\r\n" for number in range(LINES))


@pytest.mark.parametrize("way", ["text", "body", "body/links"])
def test_what_is_made_of_a_very_long_html_says_that_it_is_shortened(
    backend: EmbeddedBackend, client: Client, way: str
) -> None:
    found = arrive(backend, b"Content-Type: text/html\r\n\r\n" + LONG.encode())
    name, _, links = way.partition("/")

    shown = client.get(f"/api/{name}/bob@x.dev/{found}?links={bool(links)}").body.decode()

    assert shown.removesuffix("</p>").endswith(SHORTENED)
    assert f"line {LINES - 1}" not in shown
    assert f"line {LINES - 1}" in client.get(f"/api/dirty/bob@x.dev/{found}").body.decode()


def test_the_text_of_a_mail_is_never_shortened(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, b"Content-Type: text/plain\r\n\r\n" + LONG.encode())

    assert client.get(f"/api/text/bob@x.dev/{found}").body == LONG.encode()
    assert SHORTENED in client.get(f"/api/body/bob@x.dev/{found}").body.decode()


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        b"Subject: bare line feeds\n\nfirst\nsecond\n",
        b"no header at all",
        bytes(range(256)) * 3,
        b"\r\n.\r\n..\r\n",
        b"Subject: \xff\xfe\r\n\r\n\xc3\x28",
    ],
)
def test_raw_is_the_mail_byte_for_byte_after_its_trace_header(
    backend: EmbeddedBackend, client: Client, content: bytes
) -> None:
    found = arrive(backend, content, "bob+tag@x.dev")

    answered = client.get(f"/api/raw/bob@x.dev/{found}")

    trace, rest = answered.body[: -len(content)], answered.body[-len(content) :]
    assert rest == content
    assert trace.startswith(b"Return-Path: <ann@sender.example>\r\nReceived: from ")
    assert found.removesuffix("-0").encode() in trace
    assert trace.count(b"\n") == trace.count(b"\r\n")
    assert answered.headers["content-type"] == "text/plain"


def test_a_raw_mail_is_saved_as_an_eml_file_when_a_download_is_asked_for(
    backend: EmbeddedBackend, client: Client
) -> None:
    found = arrive(backend, PLAIN)

    answered = client.get(f"/api/raw/bob@x.dev/{found}?download=1")

    assert answered.headers["content-type"] == "message/rfc822"
    assert answered.headers["content-disposition"] == f'attachment; filename="{found}.eml"'
    assert answered.body == client.get(f"/api/raw/bob@x.dev/{found}").body


@pytest.mark.parametrize(("noun", "ending"), [("text", "txt"), ("body", "html"), ("dirty", "html")])
@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("", "inline"),
        ("?download=0", "inline"),
        ("?download=false", "inline"),
        ("?download=1", "attachment"),
        ("?download=true", "attachment"),
        ("?download", "attachment"),
    ],
)
def test_a_body_is_shown_or_saved_as_asked(
    backend: EmbeddedBackend, client: Client, noun: str, ending: str, query: str, kind: str
) -> None:
    found = arrive(backend, rich().as_bytes())

    answered = client.get(f"/api/{noun}/bob@x.dev/{found}{query}")

    assert answered.headers["content-disposition"] == f'{kind}; filename="{found}.{ending}"'


def test_text_is_the_mails_own_text(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, rich().as_bytes())

    answered = client.get(f"/api/text/bob@x.dev/{found}")

    assert answered.text.strip() == "See https://example.org/confirm?code=1"
    assert answered.headers["content-type"] == "text/plain; charset=utf-8"


def test_text_is_made_from_the_html_where_there_is_none(backend: EmbeddedBackend, client: Client) -> None:
    text = client.get(f"/api/text/bob@x.dev/{arrive(backend, HTML_ONLY)}").text

    assert "Grüße" in text
    assert "Your code is 123456." in text
    assert "<" not in text


def test_html_is_made_from_the_text_where_there_is_none(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, PLAIN.replace(b"Bob.", b"<b>Bob</b> & co."))

    for noun in ("body", "dirty"):
        answered = client.get(f"/api/{noun}/bob@x.dev/{found}")
        assert "Good morning, &lt;b&gt;Bob&lt;/b&gt; &amp; co." in answered.text
        assert answered.headers["content-type"] == "text/html; charset=utf-8"


def test_the_sanitised_body_has_no_script_image_or_handler(backend: EmbeddedBackend, client: Client) -> None:
    html = client.get(f"/api/body/bob@x.dev/{arrive(backend, rich().as_bytes())}").text

    assert "See" in html
    assert "here" in html
    for hostile in ("<script", "alert(1)", "src", "onclick", "cid:", "href", "<a"):
        assert hostile not in html


def test_the_sanitised_body_has_links_and_own_images_when_asked_for(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, rich().as_bytes())
    html = client.get(f"/api/body/bob@x.dev/{found}?links=true&images=true").text

    assert 'href="https://example.org/confirm?code=1"' in html
    assert "data:image/png;base64,iVBORw0KGgr//v38" in html
    assert "<script" not in html


def test_the_whole_html_has_everything_and_its_own_images_put_in(backend: EmbeddedBackend, client: Client) -> None:
    html = client.get(f"/api/dirty/bob@x.dev/{arrive(backend, rich().as_bytes())}").text

    assert 'onclick="steal()"' in html
    assert "<script>alert(1)</script>" in html
    assert "data:image/png;base64,iVBORw0KGgr//v38" in html
    assert "cid:" not in html


@pytest.mark.parametrize("noun", ["text", "body", "dirty", "raw"])
def test_content_of_a_mail_is_never_trusted_by_a_browser(backend: EmbeddedBackend, client: Client, noun: str) -> None:
    found = arrive(backend, rich().as_bytes())

    headers = client.get(f"/api/{noun}/bob@x.dev/{found}").headers

    policy = [directive.strip() for directive in headers["content-security-policy"].split(";")]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert not any(directive.startswith(("script-src", "connect-src")) for directive in policy)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"].startswith("private")


@pytest.mark.parametrize("query", ["", "?messageHeadersFormat=json", "?format=json"])
def test_headers_are_lists_of_values_by_lower_case_name(backend: EmbeddedBackend, client: Client, query: str) -> None:
    found = arrive(backend, REPEATED)

    headers = client.get(f"/api/addresses/bob@x.dev/messages/{found}/headers{query}").json

    assert headers["subject"] == ["Grüße"]
    assert headers["received"][1:] == ["from a", "from b"]
    assert [value.split() for value in headers["x-folded"]] == [["one", "two"]]
    assert headers["return-path"] == ["<ann@sender.example>"]


@pytest.mark.parametrize("name", ["messageHeadersFormat", "format"])
def test_ordered_headers_are_names_and_values_as_they_stand(
    backend: EmbeddedBackend, client: Client, name: str
) -> None:
    found = arrive(backend, REPEATED)

    headers = client.get(f"/api/addresses/bob@x.dev/messages/{found}/headers?{name}=json-ordered").json

    assert [field["name"] for field in headers] == [
        *("Return-Path", "Received"),
        *("Received", "Received", "Subject", "X-Folded"),
    ]
    assert headers[3] == {"name": "Received", "value": "from b"}


@pytest.mark.parametrize("name", ["messageHeadersFormat", "format"])
def test_plain_headers_are_the_bytes_as_they_stand(backend: EmbeddedBackend, client: Client, name: str) -> None:
    found = arrive(backend, REPEATED)

    answered = client.get(f"/api/addresses/bob@x.dev/messages/{found}/headers?{name}=plain")

    header = client.get(f"/api/raw/bob@x.dev/{found}").body.partition(b"\r\n\r\n")[0]
    assert answered.body.rstrip() == header
    assert answered.headers["content-type"] == "text/plain"


def test_a_header_format_that_is_none_is_a_400_that_names_the_three(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, REPEATED)

    answered = client.ask("GET", f"/api/addresses/bob@x.dev/messages/{found}/headers?format=xml")

    assert answered.status == 400
    assert answered.json["message"] == "format: expected one of json, json-ordered, plain"
