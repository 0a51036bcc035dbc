"""The service at work: mail is readable the moment it is acknowledged, and whatever dies is started again."""

from __future__ import annotations

import os
import re
import select
import signal
import smtplib
import socket
from typing import TYPE_CHECKING

import pytest

from tests.api.mails import PLAIN, rich
from tests.service.running import SECONDS, Service

if TYPE_CHECKING:
    from collections.abc import Sequence


def _send(service: Service, content: bytes, recipients: Sequence[str] = ("bob@x.dev",)) -> None:
    with smtplib.SMTP(*service.smtp, timeout=60) as smtp:
        assert smtp.sendmail("ann@sender.example", list(recipients), content) == {}


def _count(service: Service) -> int:
    count: int = service.client().get("/api/addresses/bob@x.dev/message-count").json["count"]
    return count


def test_mail_can_be_read_the_moment_it_is_acknowledged(service: Service) -> None:
    client = service.client()
    with smtplib.SMTP(*service.smtp, timeout=60) as smtp:
        for number in range(50):
            smtp.sendmail(
                "ann@sender.example", ["bob+tag@x.dev", "CAROL@x.dev"], PLAIN.replace(b"Hello", b"%d" % number)
            )
            for inbox in ("bob@x.dev", "carol@x.dev"):
                (message,) = client.get(f"/api/addresses/{inbox}/messages?limit=1").json
                assert message["subject"] == str(number)

    assert _count(service) == 50


def test_the_queue_id_of_the_acknowledgement_is_the_message_id(service: Service) -> None:
    with smtplib.SMTP(*service.smtp, timeout=60) as smtp:
        smtp.ehlo()
        smtp.mail("ann@sender.example")
        smtp.rcpt("bob@x.dev")
        code, said = smtp.data(PLAIN)

    (message,) = service.client().get("/api/addresses/bob@x.dev/messages").json
    assert code == 250
    assert message["_id"].removesuffix("-0") in said.decode()


def test_mail_over_tls_says_so(service: Service) -> None:
    with smtplib.SMTP(*service.smtp, timeout=60) as smtp:
        smtp.starttls()
        smtp.sendmail("ann@sender.example", ["bob@x.dev"], PLAIN)

    (message,) = service.client().get("/api/addresses/bob@x.dev/messages").json
    raw = service.client().get(f"/api/raw/bob@x.dev/{message['_id']}").body
    assert message["rtls"] is True
    assert message["ip"] == "127.0.0.1"
    assert b" with ESMTPS id " in raw
    assert b"([127.0.0.1])" in raw


def test_a_rich_mail_goes_all_the_way_through(service: Service) -> None:
    _send(service, rich().as_bytes(), ["bob@x.dev", "carol@x.dev"])

    (message,) = service.client().get("/api/addresses/carol@x.dev/messages").json
    listed = service.client().get(f"/api/addresses/carol@x.dev/messages/{message['_id']}/attachments").json

    assert message["_id"].endswith("-1")
    assert [one["checksum"] for one in listed] == message["attachments"]
    assert service.client().get(f"/api/text/carol@x.dev/{message['_id']}").text.startswith("See https://example.org/")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_smtp_server_that_dies_is_started_again_while_http_answers_on(
    service: Service, number: signal.Signals
) -> None:
    _send(service, PLAIN)
    smtp, http, _ = service.children()

    os.kill(smtp, number)

    assert _count(service) == 1
    said = service.wait_for("The SMTP server ended unexpectedly, and was started again.")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ The SMTP", said)
    _send(service, PLAIN)
    assert _count(service) == 2
    assert http in service.children()
    assert smtp not in service.children()


def test_an_http_server_that_dies_is_started_again_while_smtp_takes_mail(service: Service) -> None:
    os.kill(service.children()[1], signal.SIGKILL)

    _send(service, PLAIN)

    service.wait_for("The HTTP server ended unexpectedly, and was started again.")
    assert _count(service) == 1


def test_the_servers_end_when_their_parent_is_killed(service: Service) -> None:
    addresses = (service.smtp, service.http)
    ends = [os.pidfd_open(child) for child in service.children()]

    service.process.kill()

    for end in ends:
        assert select.select([end], [], [], SECONDS)[0], "a server outlived its parent"
        os.close(end)
    for address in addresses:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
