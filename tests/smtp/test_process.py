from __future__ import annotations

import multiprocessing
import os
import signal
import smtplib
import socket
from typing import TYPE_CHECKING

import pytest

from chalicelib.mail.names import Inbox
from chalicelib.mail.shelf import Shelf
from chalicelib.settings import Settings, read_settings
from restante.embedded.backend import EmbeddedBackend
from restante.embedded.smtp.process import patience_of, run, terms_of
from restante.embedded.smtp.terms import every_recipient
from tests.smtp.serving import SECONDS

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = multiprocessing.get_context("spawn")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_receives_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    settings = Settings(data=tmp_path, hostname="mx.test", domains=("y.dev",))
    ready = PROCESSES.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = PROCESSES.Process(target=run, args=(settings, listener, ready.set))
        process.start()
        assert ready.wait(SECONDS)
        assert process.pid is not None
        host, port = listener.getsockname()
        with smtplib.SMTP(host, port, timeout=SECONDS) as client:
            client.sendmail("a@x.dev", ["b@y.dev"], b"Subject: hello\r\n\r\n")
            refused = client.docmd("MAIL", "FROM:<a@x.dev>"), client.docmd("RCPT", "TO:<b@elsewhere.dev>")
            os.kill(process.pid, number)
            heard = client.getreply()
            client.close()
        process.join(SECONDS)
    backend = EmbeddedBackend(tmp_path)

    assert process.exitcode == 0
    assert [code for code, _ in refused] == [250, 550]
    assert heard[0] == 421
    assert backend.index.count(Shelf.inbox(Inbox("b@y.dev"))).messages == 1
    backend.close()


def test_every_setting_of_smtp_reaches_the_server() -> None:
    settings = read_settings(
        {
            "RESTANTE_HOSTNAME": "mx.test",
            "RESTANTE_SMTP_SIZE": "1m",
            "RESTANTE_SMTP_RECIPIENTS": "7",
            "RESTANTE_SMTP_LINE": "13k",
            "RESTANTE_SMTP_ERRORS": "3",
            "RESTANTE_SMTP_MEMORY": "9m",
            "RESTANTE_SMTP_COMMAND_TIMEOUT": "1",
            "RESTANTE_SMTP_DATA_TIMEOUT": "2.5",
            "RESTANTE_SMTP_MAIL_TIMEOUT": "3",
            "RESTANTE_SMTP_STOP_TIMEOUT": "4",
        }
    )
    terms, patience = terms_of(settings, admits=every_recipient), patience_of(settings)

    assert (terms.hostname, terms.size, terms.recipients) == ("mx.test", 1024**2, 7)
    assert (terms.line, terms.errors, terms.memory.most) == (13 * 1024, 3, 9 * 1024**2)
    assert (patience.command, patience.data, patience.mail, patience.stop) == (1.0, 2.5, 3.0, 4.0)


def test_the_greatest_mail_fits_into_memory_with_its_dots_stuffed() -> None:
    terms = terms_of(read_settings({"RESTANTE_SMTP_SIZE": "1g"}), admits=every_recipient)

    assert terms.memory.most >= terms.size * 4 // 3 + 5
