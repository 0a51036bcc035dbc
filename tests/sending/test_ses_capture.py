"""Applications that send through the AWS SDK, its endpoint pointed at the embedded server: real boto3 clients."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.ports import Policy
from restante.embedded.backend import EmbeddedBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from tests.api.serving import Client, Stage

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=any"}
PNG = b"\x89PNG" + bytes(range(256))


def _aws(client: Client, service: Any) -> Any:
    return boto3.client(
        service,
        region_name="eu-west-1",
        endpoint_url=f"http://{client.address[0]}:{client.address[1]}",
        aws_access_key_id="any",
        aws_secret_access_key="thing",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def v1(client: Client) -> SESClient:
    made: SESClient = _aws(client, "ses")
    return made


@pytest.fixture
def v2(client: Client) -> SESV2Client:
    made: SESV2Client = _aws(client, "sesv2")
    return made


def _raw() -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "App <app@shop.example>", "ann@y.dev", "Rôh"
    mail["Bcc"] = "hidden@y.dev"
    mail.set_content("Grüße\n")
    mail.add_attachment(PNG, maintype="image", subtype="png", filename="a.png")
    return mail.as_bytes()


def _only(client: Client, inbox: str) -> dict[str, Any]:
    (message,) = client.get(f"/api/addresses/{inbox}/messages").json
    assert isinstance(message, dict)
    return message


def test_a_simple_mail_of_v2_is_caught_with_its_attachments(client: Client, v2: SESV2Client) -> None:
    answered = v2.send_email(
        FromEmailAddress="Shop <app@shop.example>",
        Destination={"ToAddresses": ["ann@y.dev"], "CcAddresses": ["cy@y.dev"], "BccAddresses": ["bo@y.dev"]},
        ReplyToAddresses=["desk@shop.example"],
        Content={
            "Simple": {
                "Subject": {"Data": "Ihre Bestellung · danke", "Charset": "UTF-8"},
                "Body": {"Text": {"Data": "Grüße"}, "Html": {"Data": '<img src="cid:logo">Grüße'}},
                "Headers": [{"Name": "X-Order", "Value": "7"}],
                "Attachments": [
                    {
                        "RawContent": PNG,
                        "FileName": "l.png",
                        "ContentType": "image/png",
                        "ContentDisposition": "INLINE",
                        "ContentId": "logo",
                    }
                ],
            }
        },
    )
    message = _only(client, "bo@y.dev")
    at = f"/api/addresses/bo@y.dev/messages/{message['_id']}"
    (attachment,) = client.get(f"{at}/attachments").json

    assert message["_id"].startswith(answered["MessageId"] + "-")
    assert message["subject"] == "Ihre Bestellung · danke"
    assert [one["address"] for one in message["cc"]] == ["cy@y.dev"]
    assert client.get(f"/api/text/bo@y.dev/{message['_id']}").text.strip() == "Grüße"
    assert (attachment["contentId"], attachment["contentDisposition"]) == ("logo", "inline")
    assert client.get(f"{at}/attachments/{attachment['checksum']}").body == PNG
    assert client.get(f"{at}/headers?format=json").json["x-order"] == ["7"]
    assert _only(client, "ann@y.dev")["subject"] == _only(client, "cy@y.dev")["subject"] == message["subject"]


def test_a_raw_mail_of_v2_goes_where_its_header_or_its_destination_says(client: Client, v2: SESV2Client) -> None:
    v2.send_email(Content={"Raw": {"Data": _raw()}})
    v2.send_email(Content={"Raw": {"Data": _raw()}}, Destination={"ToAddresses": ["other@y.dev"]})
    raw = client.get(f"/api/raw/hidden@y.dev/{_only(client, 'hidden@y.dev')['_id']}").body

    assert _only(client, "ann@y.dev")["subject"] == _only(client, "other@y.dev")["subject"] == "Rôh"
    assert b"hidden" not in raw.partition(b"\r\nFrom:")[2]


def test_a_mail_of_v1_is_caught(client: Client, v1: SESClient) -> None:
    answered = v1.send_email(
        Source="app@shop.example",
        Destination={"ToAddresses": ["ann@y.dev", "Bo <bo@y.dev>"]},
        Message={
            "Subject": {"Data": "Hi & bye"},
            "Body": {"Text": {"Data": "Grüße\n=&"}, "Html": {"Data": "<b>G</b>"}},
        },
    )
    message = _only(client, "bo@y.dev")

    assert message["_id"].startswith(answered["MessageId"] + "-")
    assert answered["ResponseMetadata"]["RequestId"]
    assert message["subject"] == "Hi & bye"
    assert client.get(f"/api/text/bo@y.dev/{message['_id']}").text.splitlines() == ["Grüße", "=&"]
    assert len(client.get("/api/addresses/ann@y.dev/messages").json) == 1


def test_a_raw_mail_of_v1_is_caught(client: Client, v1: SESClient) -> None:
    v1.send_raw_email(RawMessage={"Data": _raw()}, Source="app@shop.example", Destinations=["only@y.dev"])
    message = _only(client, "only@y.dev")

    assert client.get("/api/addresses/ann@y.dev/messages").json == []
    assert message["subject"] == "Rôh"
    assert len(message["attachments"]) == 1


def test_a_mail_larger_than_an_api_request_is_caught(client: Client, v2: SESV2Client) -> None:
    head = b"From: app@shop.example\r\nTo: ann@y.dev\r\n\r\n"
    v2.send_email(Content={"Raw": {"Data": head + b"long line\r\n" * 1_000_000}})

    assert _only(client, "ann@y.dev")["size"] > 11_000_000


def test_what_cannot_be_sent_is_refused_as_ses_does(client: Client, v1: SESClient, v2: SESV2Client) -> None:
    with pytest.raises(ClientError, match=r"BadRequestException.*Content\.Simple"):
        v2.send_email(FromEmailAddress="a@x.dev", Content={"Template": {"TemplateName": "t", "TemplateData": "{}"}})
    with pytest.raises(ClientError, match=r"BadRequestException.*no recipients"):
        v2.send_email(
            FromEmailAddress="a@x.dev",
            Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
        )
    with pytest.raises(ClientError, match=r"ValidationError.*nonsense"):
        v1.send_raw_email(RawMessage={"Data": _raw()}, Destinations=["nonsense"])
    with pytest.raises(ClientError, match=r"ValidationError.*GetSendQuota"):
        v1.get_send_quota()

    assert client.ask("POST", "/v2/email/outbound-emails", headers=SIGNED, body=b"[").status == 400
    assert client.ask("POST", "/", headers=SIGNED, body=b"\xff").status == 400


def test_what_is_not_understood_is_said_in_words(client: Client, v2: SESV2Client) -> None:
    with pytest.raises(ClientError, match="Templates of Amazon SES are not emulated"):
        v2.send_email(
            FromEmailAddress="a@b.example",
            Destination={"ToAddresses": ["ann@y.dev"]},
            Content={"Template": {"TemplateName": "hello"}},
        )
    refused = client.tell("POST", "/v2/email/outbound-emails", {"Content": {}}, headers=SIGNED)

    assert refused.status == 400
    assert refused.json["message"] == "This is no SendEmail with Content.Simple or Content.Raw: Simple is missing"


def test_a_form_of_a_web_page_is_no_call_of_the_sdk(client: Client) -> None:
    form = b"Action=SendEmail&Source=a%40x.dev&Destination.ToAddresses.member.1=b%40y.dev&Message.Body.Text.Data=x"

    assert client.ask("POST", "/", body=form).status == 405
    assert client.ask("POST", "/", headers=SIGNED, body=form).status == 200


@pytest.fixture
def shut(tmp_path: Path, client: Client, stage: tuple[Stage, tuple[str, int]]) -> Iterator[Client]:
    """A server that takes nothing by SES."""
    backend = EmbeddedBackend(tmp_path / "shut", Policy(ses_capture=False))
    stage[0].put_up(backend)
    yield client
    backend.database.close()


def test_the_door_can_be_shut(shut: Client) -> None:
    assert shut.ask("POST", "/v2/email/outbound-emails", headers=SIGNED, body=b"{}").status == 404


def test_only_the_domains_that_are_taken_by_smtp_are_taken_here(
    tmp_path: Path, stage: tuple[Stage, tuple[str, int]], v2: SESV2Client
) -> None:
    backend = EmbeddedBackend(tmp_path / "few", Policy(domains=("mail.example",)))
    stage[0].put_up(backend)
    with pytest.raises(ClientError, match="not taken here"):
        v2.send_email(Content={"Raw": {"Data": _raw()}})
    backend.database.close()
