"""Answers in gzip: for whom, for what, and with what a cache has to know."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from chalicelib.api.page import UI
from tests.api.mails import PLAIN, arrive, with_attachment

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

SCRIPT = f"/ui/{UI.build}/mail.js"


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.8", "GZIP", "*", "deflate, gzip ; q=1.0, br"])
def test_text_comes_in_gzip_to_who_takes_it(client: Client, accepted: str) -> None:
    plain = client.get(SCRIPT)

    answered = client.ask("GET", SCRIPT, headers={"Accept-Encoding": accepted})

    assert answered.headers["content-encoding"] == "gzip"
    assert answered.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(answered.body) == plain.body
    assert int(answered.headers["content-length"]) == len(answered.body) < len(plain.body) / 2


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "identity", "gzipped", "gzip;q=x"])
def test_who_does_not_take_gzip_gets_none(client: Client, accepted: str) -> None:
    answered = client.ask("GET", SCRIPT, headers={"Accept-Encoding": accepted})

    assert answered.headers["content-encoding"] is None


def test_a_client_that_has_the_compressed_answer_is_told_so(client: Client) -> None:
    tag = client.ask("GET", SCRIPT, headers={"Accept-Encoding": "gzip"}).headers["etag"]

    again = client.ask("GET", SCRIPT, headers={"Accept-Encoding": "gzip", "If-None-Match": tag})

    assert tag.startswith('W/"')
    assert (again.status, again.body) == (304, b"")


def test_what_is_small_or_no_text_stays_as_it_is(client: Client, backend: EmbeddedBackend) -> None:
    message = arrive(backend, with_attachment('filename="a.bin"'))
    targets = ("/api/health", f"/api/addresses/bob@x.dev/messages/{message}/attachments/a.bin")

    for target in targets:
        assert client.ask("GET", target, headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] is None


def test_lists_come_in_gzip(client: Client, backend: EmbeddedBackend) -> None:
    for _ in range(5):
        arrive(backend, PLAIN)

    answered = client.ask("GET", "/api/addresses/bob@x.dev/messages", headers={"Accept-Encoding": "gzip"})

    assert answered.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answered.body) == client.get("/api/addresses/bob@x.dev/messages").body


def test_a_text_attachment_in_gzip_tells_the_length_of_what_is_sent_and_a_range_of_it_is_plain(
    backend: EmbeddedBackend, client: Client
) -> None:
    text = b"a line of text\r\n" * 500
    mail = b"Subject: log\r\nContent-Type: text/plain; name=a.log\r\nContent-Disposition: attachment\r\n\r\n" + text
    target = f"/api/addresses/bob@x.dev/messages/{arrive(backend, mail)}/attachments/a.log"

    whole = client.ask("GET", target, headers={"Accept-Encoding": "gzip"})
    part = client.ask("GET", target, headers={"Accept-Encoding": "gzip", "Range": "bytes=2-5"})

    assert gzip.decompress(whole.body) == text
    assert int(whole.headers["content-length"]) == len(whole.body)
    assert (part.status, part.body) == (206, b"line")
    assert "content-encoding" not in part.headers
