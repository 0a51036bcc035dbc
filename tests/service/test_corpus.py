"""Every mail of the corpus, sent by real SMTP to several recipients and read back by real HTTP."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.service.running import ROOT, running
from tests.service.sending import ExactSender, as_received

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.serving import Client

CORPUS = ROOT.parent / "shared" / "corpus"
MAILS = sorted((CORPUS / "mails").glob("*.eml"))
KEY = "k_corpus"

pytestmark = pytest.mark.skipif(not MAILS, reason="the corpus, ../shared/corpus/mails, is not there")


def _recipients(number: int) -> list[str]:
    return ["archive@x.dev", f"mail{number}+corpus@x.dev", f"MAIL{number}@Y.dev", f"mail{number}+a+b@z.dev"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a service that was sent every mail of the corpus, in order."""
    with running(tmp_path_factory.mktemp("corpus"), RESTANTE_API_KEY=KEY) as service:
        with ExactSender(service.smtp) as smtp:
            for number, path in enumerate(MAILS):
                smtp.transact(_recipients(number), path.read_bytes())
        yield service.client(KEY)


def _only_message(client: Client, inbox: str) -> dict[str, Any]:
    messages: list[dict[str, Any]] = client.get(f"/api/addresses/{inbox}/messages").json
    assert len(messages) == client.get(f"/api/addresses/{inbox}/message-count").json["count"] == 1
    return messages[0]


def test_every_mail_is_read_back_byte_for_byte_after_its_trace_header_in_every_inbox(client: Client) -> None:
    for number, path in enumerate(MAILS):
        sent = as_received(path.read_bytes())
        for index, recipient in enumerate(_recipients(number)[1:], start=1):
            inbox = f"mail{number}@{recipient.rpartition('@')[2].lower()}"
            message = _only_message(client, inbox)
            raw = client.get(f"/api/raw/{inbox}/{message['_id']}").body
            trace, kept = raw[: len(raw) - len(sent)], raw[len(raw) - len(sent) :]
            assert kept == sent, path.name
            assert trace.startswith(b"Return-Path: <ann@sender.example>\r\nReceived: from ")
            assert trace.count(b"\r\n") == trace.count(b"\n") == trace.count(b"\r\n\t") + 2
            assert trace.endswith(b"\r\n")
            assert message["size"] == len(raw)
            assert message["originalInbox"] == recipient
            assert message["_id"].endswith(f"-{index}")


def test_an_inbox_that_got_every_mail_lists_them_newest_first(client: Client) -> None:
    archive = client.get("/api/addresses/archive@x.dev/messages?limit=1000").json

    alone = [_only_message(client, f"mail{number}@x.dev") for number in range(len(MAILS))]

    assert client.get("/api/addresses/archive@x.dev/message-count").json["count"] == len(MAILS)
    assert [one["_id"].partition("-")[0] for one in archive] == [one["_id"].partition("-")[0] for one in alone[::-1]]
    assert [one["subject"] for one in archive] == [one["subject"] for one in alone[::-1]]


def test_every_attachment_is_listed_and_can_be_downloaded(client: Client) -> None:
    downloaded = 0
    for number, path in enumerate(MAILS):
        message = _only_message(client, f"mail{number}@x.dev")
        at = f"/api/addresses/mail{number}@x.dev/messages/{message['_id']}"
        listed = client.get(f"{at}/attachments").json
        assert [one["checksum"] for one in listed] == message["attachments"], path.name
        for one in listed:
            body = client.get(f"{at}/attachments/{one['checksum']}").body
            assert hashlib.md5(body).hexdigest() == one["checksum"], path.name
            assert len(body) == one["length"]
            assert client.get(f"{at}/parts/{one['part']}").body == body
            downloaded += 1

    assert downloaded > 100


def test_there_are_as_many_attachments_as_independent_parsers_agree_on(client: Client) -> None:
    agreed = {}
    for line in (CORPUS / "consensus.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        count = row["fields"].get("att_count")
        if count is not None and count["tier"] == "hard":
            agreed[row["file"]] = count["value"]

    found = {
        path.name: len(_only_message(client, f"mail{number}@x.dev")["attachments"])
        for number, path in enumerate(MAILS)
        if path.name in agreed
    }

    assert len(found) > 200
    assert {name: (count, agreed[name]) for name, count in found.items() if count != agreed[name]} == {}


def test_no_mail_of_the_corpus_makes_a_fault_of_ours(client: Client) -> None:
    for number, path in enumerate(MAILS):
        message = _only_message(client, f"mail{number}@x.dev")["_id"]
        for noun in ("text", "body", "dirty"):
            answered = client.get(f"/api/{noun}/mail{number}@x.dev/{message}")
            assert answered.body.decode("utf-8") is not None, path.name
        for header_format in ("json", "json-ordered", "plain"):
            client.get(f"/api/addresses/mail{number}@x.dev/messages/{message}/headers?format={header_format}")
