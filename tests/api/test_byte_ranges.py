"""Reading a part reads its bytes and no others, however large the mail around it is."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.names import Inbox, MessageId
from chalicelib.mail.structure import Role, Span
from tests.api.mails import PNG, arrive
from tests.api.serving import KEY, Client, Stage, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.mail.message import Receipt
    from chalicelib.mail.structure import Octets, Structure
    from chalicelib.ports.raw_mail import RawMail
    from restante.embedded.backend import EmbeddedBackend

LARGE = bytes(300_000)
MESSAGES = "/api/addresses/bob@x.dev/messages"


class WatchedRawMail:
    """Raw mail that notes which bytes were read of it; None stands for all."""

    def __init__(self, kept: RawMail) -> None:
        self._kept = kept
        self.spans: list[Span | None] = []

    def put(self, mails: Sequence[tuple[Receipt, Octets]]) -> None:
        self._kept.put(mails)

    def read(self, receipt: Receipt, span: Span | None = None) -> bytes:
        self.spans.append(span)
        return self._kept.read(receipt, span)

    def stream(self, receipt: Receipt, span: Span | None = None) -> Iterator[bytes]:
        self.spans.append(span)
        return self._kept.stream(receipt, span)

    def delete(self, receipts: Sequence[Receipt]) -> None:
        self._kept.delete(receipts)

    def receipts(self) -> Iterator[Receipt]:
        return self._kept.receipts()


@pytest.fixture
def watched(backend: EmbeddedBackend) -> WatchedRawMail:
    """The raw mail of the backend, watched."""
    return WatchedRawMail(backend.raw)


@pytest.fixture
def reader(backend: EmbeddedBackend, watched: WatchedRawMail) -> Iterator[Client]:
    """A client of a server that reads from the watched raw mail."""

    class WatchedStage(Stage):
        @property
        def raw(self) -> RawMail:
            return watched

    stage = WatchedStage()
    stage.put_up(backend)
    with serving(stage) as address:
        yield Client(address, key=KEY)


def _large_mail(text: str, html: str) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = "large"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    related = mail.get_payload(1)
    assert isinstance(related, EmailMessage)
    related.add_related(PNG, "image", "png", cid="<logo@ann>", filename="logo.png", disposition="inline")
    mail.add_attachment(LARGE, "application", "octet-stream", filename="large.bin")
    return mail.as_bytes()


def _structure(backend: EmbeddedBackend, found: str) -> Structure:
    opened = backend.index.opened(Inbox("bob@x.dev"), MessageId(found))
    assert opened is not None
    return opened[1]


def _spans(structure: Structure, *numbers: str) -> list[Span]:
    return [part.body for part in structure.parts if part.number in numbers]


@pytest.mark.parametrize(
    ("target", "numbers"),
    [
        ("/api/text/bob@x.dev/{}", ["1.1"]),
        ("/api/body/bob@x.dev/{}", ["1.2.1"]),
        ("/api/dirty/bob@x.dev/{}", ["1.2.1", "1.2.2"]),
        (MESSAGES + "/{}/attachments/logo@ann", ["1.2.2"]),
        (MESSAGES + "/{}/attachments/large.bin", ["2"]),
        (MESSAGES + "/{}/parts/1.1", ["1.1"]),
    ],
)
def test_only_the_bytes_of_the_part_asked_for_are_read(
    backend: EmbeddedBackend, watched: WatchedRawMail, reader: Client, target: str, numbers: list[str]
) -> None:
    found = arrive(backend, _large_mail("text", '<p>html <img src="cid:logo@ann"></p>'))

    reader.get(target.format(found))

    assert watched.spans == _spans(_structure(backend, found), *numbers)


@pytest.mark.parametrize("header_format", ["json", "json-ordered", "plain"])
def test_headers_read_the_header_alone(
    backend: EmbeddedBackend, watched: WatchedRawMail, reader: Client, header_format: str
) -> None:
    found = arrive(backend, _large_mail("text", "<p>html</p>"))

    reader.get(f"{MESSAGES}/{found}/headers?format={header_format}")

    assert watched.spans == [_structure(backend, found).parts[0].header]


@pytest.mark.parametrize("target", [MESSAGES, MESSAGES + "/{}", MESSAGES + "/{}/attachments", MESSAGES + "/{}/parts"])
def test_lists_and_descriptions_read_no_raw_mail_at_all(
    backend: EmbeddedBackend, watched: WatchedRawMail, reader: Client, target: str
) -> None:
    found = arrive(backend, _large_mail("text", "<p>html</p>"))

    reader.get(target.format(found))

    assert watched.spans == []


def test_only_raw_reads_the_whole_mail(backend: EmbeddedBackend, watched: WatchedRawMail, reader: Client) -> None:
    found = arrive(backend, _large_mail("text", "<p>html</p>"))

    reader.get(f"/api/raw/bob@x.dev/{found}")

    assert watched.spans == [None]
    assert [part.role for part in _structure(backend, found).parts].count(Role.ATTACHMENT) == 2


ONCE_READ = [
    "/api/text/bob@x.dev/{}",
    "/api/body/bob@x.dev/{}",
    "/api/body/bob@x.dev/{}?links=1&images=1",
    "/api/dirty/bob@x.dev/{}",
    MESSAGES + "/{}/headers",
    MESSAGES + "/{}/headers?format=json-ordered",
    MESSAGES + "/{}/headers?format=plain",
    MESSAGES + "/{}/attachments/logo@ann",
    MESSAGES + "/{}/parts/1.1",
]


@pytest.mark.parametrize("target", ONCE_READ)
def test_the_second_read_reads_no_raw_mail(
    backend: EmbeddedBackend, watched: WatchedRawMail, reader: Client, target: str
) -> None:
    found = arrive(backend, _large_mail("text", '<p>html <img src="cid:logo@ann"></p>'))
    first = reader.get(target.format(found))
    watched.spans.clear()
    second = reader.get(target.format(found))

    assert watched.spans == []
    assert second.body == first.body
    assert "cache;desc=range" in first.headers["server-timing"]
    assert "cache;desc=process" in second.headers["server-timing"]


EVERY_CONTENT = [*ONCE_READ, "/api/raw/bob@x.dev/{}", MESSAGES + "/{}/attachments/large.bin"]


@pytest.mark.parametrize("target", EVERY_CONTENT)
def test_who_has_it_already_or_asks_for_no_body_has_nothing_read(
    backend: EmbeddedBackend, watched: WatchedRawMail, reader: Client, target: str
) -> None:
    found = arrive(backend, _large_mail("text", '<p>html <img src="cid:logo@ann"></p>'))
    headers = reader.ask("HEAD", target.format(found)).headers
    known = reader.ask("GET", target.format(found), headers={"If-None-Match": headers["etag"]})

    assert watched.spans == []
    assert (known.status, known.body) == (304, b"")
    assert known.headers["cache-control"] == headers["cache-control"] == "private, max-age=31536000, immutable"
    assert reader.get(target.format(found)).headers["etag"] == headers["etag"]


def test_a_range_of_the_raw_mail_reads_that_range_alone(
    backend: EmbeddedBackend, watched: WatchedRawMail, reader: Client
) -> None:
    found = arrive(backend, _large_mail("text", "<p>html</p>"))

    answered = reader.ask("GET", f"/api/raw/bob@x.dev/{found}", headers={"Range": "bytes=1000-1999"})

    assert answered.status == 206
    assert watched.spans == [Span(1000, 2000)]
