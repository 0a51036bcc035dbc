"""Lists page by page, and content that never changes, asked for again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.mails import PDF, PLAIN, arrive, rich

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

PDF_MD5 = hashlib.md5(PDF).hexdigest()
BOB = "/api/addresses/bob@x.dev"


@dataclass
class Recording:
    """Raw mail that writes down which of its methods were asked for."""

    raw: Any
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self.raw, name)


def _pages(client: Client, target: str) -> list[list[str]]:
    """The ids on each page, from link to link."""
    pages = []
    while target:
        answered = client.get(target)
        pages.append([one["_id"] for one in answered.json])
        link = re.fullmatch(r'<(/[^>]+)>; rel="next"', answered.headers.get("link", ""))
        target = link[1] if link else ""
    return pages


@pytest.mark.parametrize(
    "target",
    [f"{BOB}/messages", "/api/addresses/bob+tag@x.dev/messages", "/api/domains/x.dev/messages"],
)
def test_links_lead_through_all_messages_each_once_newest_first(
    backend: EmbeddedBackend, client: Client, target: str
) -> None:
    client.tell("POST", "/api/domains", {"domain": "x.dev"})
    found = [arrive(backend, PLAIN) for _ in range(10)]

    pages = _pages(client, f"{target}?limit=4")

    assert [len(page) for page in pages] == [4, 4, 2]
    assert [one for page in pages for one in page] == found[::-1]


def test_links_lead_through_what_is_starred(backend: EmbeddedBackend, client: Client) -> None:
    found = [arrive(backend, PLAIN) for _ in range(4)]
    for one in found:
        client.tell("PUT", f"{BOB}/messages/{one}/star")

    assert _pages(client, "/api/addresses/starred/messages?limit=3") == [found[:0:-1], [found[0]]]


def test_mail_that_comes_while_somebody_pages_moves_nothing(backend: EmbeddedBackend, client: Client) -> None:
    found = [arrive(backend, PLAIN) for _ in range(4)]
    first = client.get(f"{BOB}/messages?limit=2")
    arrive(backend, PLAIN)

    second = client.get(re.sub(r"^<|>.*$", "", first.headers["link"])).json

    assert [one["_id"] for one in second] == [found[1], found[0]]


@pytest.mark.parametrize("limit", [0, 5])
def test_a_page_that_is_not_full_has_no_link(backend: EmbeddedBackend, client: Client, limit: int) -> None:
    arrive(backend, PLAIN)

    assert client.get(f"{BOB}/messages?limit={limit}").headers["link"] is None


def test_the_latest_message_stands_for_its_id_in_every_path(backend: EmbeddedBackend, client: Client) -> None:
    arrive(backend, PLAIN)
    found = arrive(backend, rich().as_bytes())

    for path in ("/api/text/bob@x.dev/{}", "/api/raw/bob@x.dev/{}", BOB + "/messages/{}/headers", BOB + "/messages/{}"):
        assert client.get(path.format("latest")).body == client.get(path.format(found)).body


def test_there_is_no_latest_message_in_an_empty_inbox(client: Client) -> None:
    assert client.ask("GET", f"{BOB}/messages/latest").status == 404
    assert client.ask("GET", "/api/text/bob@x.dev/latest").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/text/bob@x.dev/{}",
        "/api/body/bob@x.dev/{}",
        "/api/dirty/bob@x.dev/{}",
        "/api/raw/bob@x.dev/{}",
        BOB + "/messages/{}/headers",
        BOB + "/messages/{}/attachments/" + PDF_MD5,
        BOB + "/messages/{}/parts/1",
    ],
)
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_content_that_the_client_has_already_is_not_read_again(
    backend: EmbeddedBackend, client: Client, path: str, form: str
) -> None:
    target = path.format(arrive(backend, rich().as_bytes()))
    # Of its first GET the cache would have it.
    known = client.ask("HEAD", target).headers["etag"]
    recording = Recording(backend.raw)
    backend.raw = recording  # type: ignore[assignment]

    again = client.ask("GET", target, headers={"If-None-Match": form.format(known)})
    asked_for_nothing = recording.asked == []
    other = client.ask("GET", target, headers={"If-None-Match": '"something else"'})

    assert (again.status, again.body, again.headers["etag"]) == (304, b"", known)
    assert (other.status, other.headers["etag"]) == (200, known)
    assert other.body != b""
    assert asked_for_nothing
    assert set(recording.asked) in ({"read"}, {"stream"})
    assert "immutable" in other.headers["cache-control"]


def test_a_deleted_message_is_not_there_for_who_has_its_content(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, PLAIN)
    etag = client.get(f"/api/text/bob@x.dev/{found}").headers["etag"]
    client.ask("DELETE", f"{BOB}/messages/{found}")

    assert client.ask("GET", f"/api/text/bob@x.dev/{found}", headers={"If-None-Match": etag}).status == 404


@pytest.mark.parametrize(
    "before", ["x", "%00", "latest", "01jd9x3v7k8q4m2t5w6y1a3b5", "01JD9X3V7K8Q4M2T5W6Y1A3B5C", "0", "-1"]
)
@pytest.mark.parametrize(
    "target",
    [
        *(f"{BOB}/messages", "/api/addresses/starred/messages", "/api/domains/x.dev/messages"),
        "/api/outgoing-messages",
    ],
)
def test_a_cursor_that_is_no_id_is_a_400_that_names_it(client: Client, target: str, before: str) -> None:
    client.tell("POST", "/api/domains", {"domain": "x.dev"})

    answered = client.ask("GET", f"{target}?before={before}")

    assert answered.status == 400
    assert answered.json["message"].startswith("before: expected the id")


@pytest.mark.parametrize("before", ["01jd9x3v7k8q4m2t5w6y1a3b5c", "01jd9x3v7k8q4m2t5w6y1a3b5c-0", ""])
def test_a_cursor_may_be_the_id_of_a_mail_or_a_message_that_is_gone(client: Client, before: str) -> None:
    assert client.get(f"{BOB}/messages?before={before}").json == []
