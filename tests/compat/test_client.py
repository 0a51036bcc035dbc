"""Mailsac's official client, unchanged but for its base URL, against the real service and mail that came by SMTP.

client.mjs runs all of the client's methods once; each test here looks at what some of them answered.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import smtplib
import subprocess
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.settings import environment
from tests.api.serving import KEY
from tests.service.running import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.service.running import Service

HERE = Path(__file__).parent
CLIENT_METHODS = 45
INSTALL_SECONDS = 120
RUN_SECONDS = 60
CSV = "name,amount\r\nÄnne,42\r\n"
CSV_MD5 = hashlib.md5(CSV.encode()).hexdigest()
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
OPEN, OWN = "visitor@open.example", "owner@team.example"

pytestmark = pytest.mark.xdist_group("compat")


def _invoice(number: int) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Ann Ämter <ann@shop.example>"
    mail["To"] = "Visitor <visitor@open.example>"
    mail["Subject"] = f"Invoice {number}"
    mail["X-Twice"] = "first"
    mail["X-Twice"] = "second"
    mail.set_content("Pay at https://shop.example/pay?invoice=42\n")
    mail.add_alternative(
        '<p onclick="steal()">Pay <a href="https://shop.example/pay?invoice=42">here</a>'
        '<script>alert(1)</script><img src="cid:pixel@shop"></p>',
        subtype="html",
    )
    html = mail.get_payload(1)
    assert isinstance(html, EmailMessage)
    html.add_related(PIXEL, "image", "png", cid="<pixel@shop>", filename="pixel.png", disposition="inline")
    mail.add_attachment(CSV, subtype="csv", filename="invoice 42.csv", cid="<csv@shop>")
    return mail


def _send(service: Service) -> None:
    with smtplib.SMTP(*service.smtp, timeout=30) as sender:
        sender.send_message(_invoice(41), "bounces@shop.example", ["visitor@open.example"])
        sender.send_message(_invoice(42), "bounces@shop.example", ["visitor+news@open.example"])
        sender.send_message(_invoice(43), "bounces@shop.example", ["owner@team.example"])


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the client installed as package-lock.json pins it."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        if environment().get("CI") == "true":
            pytest.fail("CI must have Node and npm to run Mailsac's client")
        pytest.skip("Node is not there: Mailsac's client is not run")
    if not (HERE / "node_modules" / "@mailsac" / "api").exists():
        subprocess.run(
            [npm, "ci", "--ignore-scripts"], cwd=HERE, check=True, capture_output=True, timeout=INSTALL_SECONDS
        )
    return found


@pytest.fixture(scope="module")
def ran(node: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What client.mjs printed."""
    since = datetime.now(UTC) - timedelta(minutes=1)
    with running(tmp_path_factory.mktemp("service") / "data", RESTANTE_API_KEY=KEY) as service:
        made = service.client().ask("POST", "/api/domains", body=b'{"domain": "team.example"}')
        assert made.status == 200, made.body
        _send(service)
        host, port = service.http
        done = subprocess.run(
            [node, "client.mjs", f"http://{host}:{port}/api", KEY, since.isoformat().replace("+00:00", "Z")],
            cwd=HERE,
            capture_output=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        yield json.loads(done.stdout)


@pytest.fixture(scope="module")
def said(ran: dict[str, Any]) -> dict[str, Any]:
    """Method name → what it answered with."""
    return {name: one["data"] for name, one in ran["results"].items()}


def test_every_method_of_the_client_was_called(ran: dict[str, Any]) -> None:
    assert ran["uncalled"] == []
    assert len(ran["methods"]) == CLIENT_METHODS


def test_every_call_went_well_but_those_that_must_not(ran: dict[str, Any]) -> None:
    refused = {name: one["status"] for name, one in ran["results"].items() if one["status"] not in {200, 204}}
    empty = {name for name, one in ran["results"].items() if one["status"] == 204}

    assert refused == {"addresses.createAddress again": 400, "messages.filterInboxMessages without words": 400}
    assert empty == {"messages.deleteAllMessages", "messages.deleteAllDomainMessages"}


def test_the_account_behind_the_key_is_known(said: dict[str, Any]) -> None:
    assert said["account.user"]["_id"] == "admin"
    assert said["account.accountStats"]["addresses"] == ["one@team.example", OWN, "two@team.example"]
    assert said["account.accountStats"]["domains"] == ["team.example"]
    assert said["account.accountStats"]["starredMessages"] == 1
    assert said["account.accountStats"]["storedMessages"] == 1


def test_addresses_are_reserved_changed_and_released(said: dict[str, Any]) -> None:
    assert said["addresses.checkAvailability"] == {"available": True, "email": OWN, "owned": True}
    assert (
        said["addresses.createAddress"].items()
        >= {
            "_id": OWN,
            "owner": "admin",
            "info": "the first",
            "enablews": True,
            "webhook": None,
            "catchAll": None,
        }.items()
    )
    assert said["addresses.createAddress again"]["message"] == "This address is yours already"
    assert [one["_id"] for one in said["addresses.createAddresses"]] == ["one@team.example", "two@team.example"]
    assert (
        said["addresses.updateAddress"].items()
        >= {"_id": OWN, "info": "changed", "enablews": True, "webhook": "https://hooks.example/mail"}.items()
    )
    assert [one["_id"] for one in said["addresses.listAddresses"]] == ["one@team.example", OWN, "two@team.example"]
    assert said["addresses.deleteAddress"]["_id"] == "two@team.example"


def test_an_address_tells_its_secret_other_name_and_whose_it_is(said: dict[str, Any]) -> None:
    own, unowned = said["addresses.getAddress"], said["addresses.getAddress unowned"]

    assert own["owner"] == "admin"
    assert own["encryptedInbox"].startswith("inbox-")
    assert own["encryptedInbox"].endswith("@team.example")
    assert unowned["_id"] == OPEN
    assert "owner" not in unowned
    assert unowned["encryptedInbox"].endswith("@open.example")


def test_a_message_is_listed_with_all_that_clients_read(said: dict[str, Any]) -> None:
    (newest,) = said["messages.listMessages"]

    assert newest == said["messages.getMessageMetadata"]
    assert newest["from"] == [{"address": "ann@shop.example", "name": "Ann Ämter"}]
    assert newest["to"] == [{"address": OPEN, "name": "Visitor"}]
    assert (newest["subject"], newest["inbox"], newest["originalInbox"], newest["domain"]) == (
        "Invoice 42",
        OPEN,
        "visitor+news@open.example",
        "open.example",
    )
    assert newest["links"] == ["https://shop.example/pay?invoice=42"]
    assert CSV_MD5 in newest["attachments"]
    assert (newest["folder"], newest["labels"], newest["read"], newest["savedBy"]) == ("inbox", [], None, None)
    assert newest["size"] == len(said["messages.getFullRawMessage"].encode())
    assert said["messages.listMessages until"] == []
    assert said["messages.countMessages"] == {"count": 2, "inbox": OPEN}


def test_a_message_is_read_as_text_as_html_and_raw(said: dict[str, Any]) -> None:
    assert said["messages.getBodyPlainText"].strip() == "Pay at https://shop.example/pay?invoice=42"
    assert "<script" not in said["messages.getBodySanitized"]
    assert "onclick" not in said["messages.getBodySanitized"]
    assert "Pay" in said["messages.getBodySanitized"]
    assert "href" not in said["messages.getBodySanitized"]
    assert "<script>alert(1)</script>" in said["messages.getBodyDirty"]
    assert base64.b64encode(PIXEL).decode() in said["messages.getBodyDirty"]
    assert said["messages.getFullRawMessage"].startswith("Return-Path: <bounces@shop.example>\r\nReceived: ")
    assert "\r\nSubject: Invoice 42\r\n" in said["messages.getFullRawMessage"]


def test_headers_are_given_in_three_formats(said: dict[str, Any]) -> None:
    assert said["messages.getHeaders"]["subject"] == ["Invoice 42"]
    assert said["messages.getHeaders"]["x-twice"] == ["first", "second"]
    assert {"name": "X-Twice", "value": "second"} in said["messages.getHeaders ordered"]
    assert "\r\nX-Twice: first\r\n" in said["messages.getHeaders plain"]


def test_attachments_are_listed_and_downloaded_by_each_of_their_names(
    said: dict[str, Any], ran: dict[str, Any]
) -> None:
    listed = {one["contentType"]: one for one in said["attachments.listMessageAttachments"]}

    assert set(listed) == {"image/png", "text/csv"}
    assert (
        listed["text/csv"].items()
        >= {
            "checksum": CSV_MD5,
            "fileName": "invoice 42.csv",
            "contentId": "csv@shop",
            "length": len(CSV.encode()),
        }.items()
    )
    for way in ("", " by name", " by content id"):
        assert said[f"attachments.downloadAttachment{way}"] == CSV
        assert ran["results"][f"attachments.downloadAttachment{way}"]["type"].startswith("text/csv")


def test_attachments_in_public_inboxes_are_counted_found_and_downloaded(said: dict[str, Any]) -> None:
    assert {"_id": CSV_MD5, "n": 2} in said["attachments.listPublicAttachments"]
    assert said["attachments.countPublicAttachments"] == {"n": 2}
    assert [one["inbox"] for one in said["attachments.listMessagesForAttachment"]] == [OPEN, OPEN]
    assert said["attachments.downloadPublicAttachment"] == CSV


def test_statistics_count_public_mail_only(said: dict[str, Any]) -> None:
    assert said["messageStats.listTopPublicAddresses"] == [{"_id": OPEN, "n": 2}]
    assert said["messageStats.listTopPublicSenders"] == [{"_id": "ann@shop.example", "n": 2}]
    assert said["messageStats.listTopPublicDomains"] == [{"_id": "open.example", "n": 2}]
    assert said["messageStats.denylist"] == []
    assert said["messageStats.checkDenylist"] == {"blacklisted": False}


def test_messages_are_starred_labelled_filed_and_read(said: dict[str, Any]) -> None:
    (kept,) = said["messages.listMessages own"]
    identity = kept["_id"]

    assert said["messages.toggleMessageStar"].items() >= {"_id": identity, "savedBy": "admin"}.items()
    assert [one["_id"] for one in said["messages.listStarredMessages"]] == [identity]
    assert said["messages.addMessageLabel"] == {"_id": identity, "labels": ["to do"]}
    assert said["messages.addMessageLabel again"] == {"_id": identity, "labels": ["to do"]}
    assert said["messages.deleteMessageLabel"] == {"_id": identity, "labels": []}
    assert said["messages.setMessageFolder"] == {"_id": identity, "folder": "spam"}
    assert said["messages.setMessageReadStatus"] == {"_id": identity, "read": True}


def test_the_account_s_messages_are_listed_filtered_and_searched(said: dict[str, Any]) -> None:
    listed, later = said["messages.listInboxMessages"], said["messages.listInboxMessages read"]

    assert ([one["inbox"] for one in listed["messages"]], listed["unread"], listed["limit"]) == ([OWN], 1, 5)
    assert (later["messages"], later["unread"], later["skip"]) == ([], 0, 1)
    assert [one["subject"] for one in said["messages.filterInboxMessages"]["messages"]] == ["Invoice 43"]
    assert said["messages.filterInboxMessages without words"]["error"] == "BadRequest"
    assert said["messages.searchInboxMessages"]["query"] == "invoice"
    assert [one["subject"] for one in said["messages.searchInboxMessages"]["messages"]] == ["Invoice 43"]


def test_a_domain_is_shown_with_its_messages(said: dict[str, Any]) -> None:
    (domain,) = said["domains.listDomains"]

    assert domain.items() >= {"_id": "team.example", "verified": True, "isPrivate": True, "owner": "admin"}.items()
    assert said["domains.getDomain"].items() >= {"domain": domain, "totalMessages": 1, "catchAllAddress": None}.items()
    assert [one["inbox"] for one in said["messages.listDomainMessages"]] == [OWN]


def test_what_is_deleted_is_gone_and_what_is_starred_stays(said: dict[str, Any]) -> None:
    assert said["messages.deleteMessage"].items() >= {"inbox": OPEN, "message": "Message was deleted."}.items()
    assert said["messages.countMessages purged"] == {"count": 0, "inbox": OPEN}
    assert [one["savedBy"] for one in said["messages.listDomainMessages purged"]] == ["admin"]


def test_addresses_are_validated(said: dict[str, Any]) -> None:
    one, (good, bad) = said["emailValidation.validateAddress"], said["emailValidation.validateAddressesBulk"]

    assert (
        one.items()
        >= {
            "email": "somebody@mailinator.com",
            "local": "somebody",
            "domain": "mailinator.com",
            "validFormat": True,
            "isValidFormat": True,
            "isDisposable": True,
            "disposableDomains": ["mailinator.com"],
        }.items()
    )
    assert (good["validFormat"], good["isDisposable"]) == (True, False)
    assert (bad["email"], bad["validFormat"]) == ("no address", False)
