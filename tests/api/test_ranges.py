"""Range requests and large bodies (RFC 9110, 14): attachments and raw mail, in pieces and in bounded memory."""

from __future__ import annotations

import base64
import random
import tracemalloc
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions import reading
from chalicelib.api.ranges import NOT_SATISFIABLE, wanted_range
from chalicelib.mail.names import Inbox
from chalicelib.mail.structure import Span
from tests.api.mails import PDF, arrive, rich

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

MESSAGES = "/api/addresses/bob@x.dev/messages"
LARGE = random.Random(7).randbytes(300_001)


def _mail(content: bytes, encoding: str = "base64") -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = "large"
    mail.set_content("text")
    mail.add_attachment(content, "application", "octet-stream", filename="large.bin", cte=encoding)
    return mail.as_bytes()


@pytest.fixture
def target(backend: EmbeddedBackend) -> str:
    """Where the large attachment is."""
    return f"{MESSAGES}/{arrive(backend, _mail(LARGE))}/attachments/large.bin"


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-9", Span(0, 10)),
        ("bytes=10-", Span(10, 100)),
        ("bytes=-10", Span(90, 100)),
        ("bytes=-1000", Span(0, 100)),
        ("bytes=90-1000", Span(90, 100)),
        ("bytes = 1 - 2", Span(1, 3)),
        ("bytes=99-99", Span(99, 100)),
        ("bytes=100-", NOT_SATISFIABLE),
        ("bytes=100-200", NOT_SATISFIABLE),
        ("bytes=-0", NOT_SATISFIABLE),
        ("bytes=-", None),
        ("bytes=2-1", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("", None),
        ("bytes=a-b", None),
        ("bytes=0-9999999999999999999999", None),
    ],
)
def test_a_range_header_is_read_as_the_rfc_says(header: str, wanted: Span | None) -> None:
    assert wanted_range(header, 100) == wanted


def test_of_nothing_no_range_can_be_had() -> None:
    assert wanted_range("bytes=0-", 0) is NOT_SATISFIABLE
    assert wanted_range("bytes=-5", 0) is NOT_SATISFIABLE


def test_a_large_attachment_comes_whole_with_its_length(client: Client, target: str) -> None:
    answered = client.get(target)

    assert answered.body == LARGE
    assert answered.headers["content-length"] == str(len(LARGE))
    assert answered.headers["accept-ranges"] == "bytes"
    assert "cache;desc=range" in answered.headers["server-timing"]


@pytest.mark.parametrize(("header", "start", "end"), [("0-0", 0, 1), ("70000-250000", 70_000, 250_001)])
def test_a_range_of_an_attachment_is_those_bytes_of_it_decoded(
    client: Client, target: str, header: str, start: int, end: int
) -> None:
    answered = client.ask("GET", target, headers={"Range": f"bytes={header}"})

    assert answered.status == 206
    assert answered.body == LARGE[start:end]
    assert answered.headers["content-range"] == f"bytes {start}-{end - 1}/{len(LARGE)}"
    assert answered.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_every_encoding_is_decoded_in_pieces(backend: EmbeddedBackend, client: Client, encoding: str) -> None:
    target = f"{MESSAGES}/{arrive(backend, _mail(LARGE, encoding))}/attachments/large.bin"
    tail = client.ask("GET", target, headers={"Range": "bytes=-100"})

    assert client.get(target).body == LARGE
    assert (tail.status, tail.body) == (206, LARGE[-100:])


def test_a_small_attachment_that_is_kept_has_ranges_too(backend: EmbeddedBackend, client: Client) -> None:
    target = f"{MESSAGES}/{arrive(backend, rich().as_bytes())}/parts/2"
    for _ in range(2):
        answered = client.ask("GET", target, headers={"Range": "bytes=5-9"})

        assert (answered.status, answered.body) == (206, PDF[5:10])


def test_the_raw_mail_has_ranges(backend: EmbeddedBackend, client: Client) -> None:
    target = f"/api/raw/bob@x.dev/{arrive(backend, _mail(LARGE))}"
    whole = client.get(target).body
    tail = client.ask("GET", target, headers={"Range": "bytes=-500"})

    assert (tail.status, tail.body) == (206, whole[-500:])
    assert tail.headers["content-range"] == f"bytes {len(whole) - 500}-{len(whole) - 1}/{len(whole)}"


def test_a_range_beyond_the_end_is_a_416_that_says_how_much_there_is(client: Client, target: str) -> None:
    answered = client.ask("GET", target, headers={"Range": f"bytes={len(LARGE)}-"})

    assert answered.status == 416
    assert answered.headers["content-range"] == f"bytes */{len(LARGE)}"
    assert answered.json["error"] == "RangeNotSatisfiable"


def test_a_range_of_another_version_is_the_whole(client: Client, target: str) -> None:
    etag = client.ask("HEAD", target).headers["etag"]
    same = client.ask("GET", target, headers={"Range": "bytes=0-1", "If-Range": etag})
    other = client.ask("GET", target, headers={"Range": "bytes=0-1", "If-Range": '"other"'})

    assert (same.status, same.body) == (206, LARGE[:2])
    assert (other.status, other.body) == (200, LARGE)


def test_a_head_tells_the_length_and_no_body(client: Client, target: str) -> None:
    answered = client.ask("HEAD", target)

    assert (answered.status, answered.body) == (200, b"")
    assert answered.headers["content-length"] == str(len(LARGE))


def test_a_rendering_has_no_ranges(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, rich().as_bytes())
    answered = client.ask("GET", f"/api/text/bob@x.dev/{found}", headers={"Range": "bytes=0-1"})

    assert answered.status == 200
    assert answered.headers["accept-ranges"] is None


def test_an_attachment_of_25_mb_is_delivered_in_little_memory(backend: EmbeddedBackend) -> None:
    content = random.Random(25).randbytes(25 * 1024 * 1024)
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    head = b"Subject: large\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    opened = reading.open_message(backend, Inbox("bob@x.dev"), arrive(backend, head + encoded))
    stream = opened.stream(opened.structure.parts[0])
    tracemalloc.start()
    octets, right = 0, True
    for piece in stream.open(None):
        right &= piece == content[octets : octets + len(piece)]
        octets += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert right
    assert octets == stream.length == len(content)
    assert peak < 2 * 1024 * 1024


def test_a_client_that_hangs_up_within_a_large_body_disturbs_nobody(client: Client, target: str) -> None:
    head = client.exchange(
        f"GET {target} HTTP/1.1\r\nHost: x\r\nMailsac-Key: k_0123456789abcdefghijklmnopqrstuv\r\n"
        "Connection: close\r\n\r\n".encode(),
        hang_up=True,
    )

    assert head.startswith(b"HTTP/1.1 200") or head == b""
    assert client.get(target).body == LARGE


def test_the_timing_of_an_answer_names_its_steps(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, rich().as_bytes())
    cold = client.get(f"/api/body/bob@x.dev/{found}").headers["server-timing"]
    warm = client.get(f"/api/body/bob@x.dev/{found}").headers["server-timing"]

    assert [step.partition(";")[0] for step in cold.split(", ")] == ["cache", "index", "raw", "render"]
    assert [step.partition(";")[0] for step in warm.split(", ")] == ["cache", "index"]
    assert all(float(step.partition("dur=")[2]) >= 0 for step in cold.split(", ")[1:])
