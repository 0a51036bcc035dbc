"""Waiting for mail: an answer as soon as there is one, and nobody else made to wait for it."""

from __future__ import annotations

import json
import select
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.api.mails import PLAIN, arrive
from tests.api.serving import KEY

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client
    from tests.stopped import StoppedClock

BOB = "/api/addresses/bob@x.dev"
WAITING = 100
ANSWER_SECONDS = 20
"""Less than the 25 that the clients are ready to wait: an answer in this time was not the end of their patience."""


def _code(code: str, *, sender: str = "ann@sender.example", subject: str = "Your code") -> bytes:
    return f"From: {sender}\r\nSubject: {subject}\r\n\r\nYour code is {code}.\r\n".encode()


def _link(token: str) -> bytes:
    return f"Subject: Confirm\r\n\r\nConfirm your address: https://shop.example/confirm?token={token}\r\n".encode()


def _all_of(connection: socket.socket) -> bytes:
    """What is answered until the server closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_list_with_messages_is_answered_without_waiting(backend: EmbeddedBackend, client: Client) -> None:
    found = arrive(backend, PLAIN)

    assert [one["_id"] for one in client.get(f"{BOB}/messages?wait=25").json] == [found]


@pytest.mark.parametrize("target", ["messages?wait=1", "code?wait=1", "link?wait=1", "code", "link?wait=0"])
def test_when_nothing_comes_the_answer_is_a_204_that_says_when_to_ask_again(client: Client, target: str) -> None:
    answered = client.ask("GET", f"{BOB}/{target}")

    assert (answered.status, answered.body, answered.headers["retry-after"]) == (204, b"", "1")
    assert answered.headers["content-length"] is None
    assert "restante-pending" not in answered.headers


def test_an_empty_list_is_answered_at_once_by_who_does_not_wait(client: Client) -> None:
    assert client.get(f"{BOB}/messages").json == []


@pytest.mark.parametrize("wait", ["26", "-1", "soon", "1.5"])
def test_nobody_waits_longer_than_25_seconds(client: Client, wait: str) -> None:
    answered = client.ask("GET", f"{BOB}/messages?wait={wait}")

    assert (answered.status, answered.json["message"].partition(":")[0]) == (400, "wait")


def test_a_hundred_who_wait_keep_nobody_from_an_answer_and_all_hear_of_the_mail(
    backend: EmbeddedBackend, client: Client
) -> None:
    request = f"GET {BOB}/messages?wait=25 HTTP/1.1\r\nHost: x\r\nMailsac-Key: {KEY}\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        waiting = [stack.enter_context(socket.create_connection(client.address)) for _ in range(WAITING)]
        for one in waiting:
            one.settimeout(ANSWER_SECONDS)
            one.sendall(request.encode())
        # Had they held the server's few threads, this would be answered after their 25 seconds.
        assert client.get("/api/addresses/carol@x.dev/messages").json == []
        assert select.select(waiting, [], [], 0)[0] == []

        found = arrive(backend, PLAIN)
        answers = [_all_of(one) for one in waiting]

    assert {json.loads(answer.partition(b"\r\n\r\n")[2])[0]["_id"] for answer in answers} == {found}


def test_who_waits_for_a_certain_mail_is_not_answered_with_another(backend: EmbeddedBackend, client: Client) -> None:
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(client.get, f"{BOB}/messages?wait=25&from=SHOP&subject=order")
        arrive(backend, PLAIN)
        arrive(backend, b"From: bob@shop.example\r\nSubject: Hello\r\n\r\n")
        found = arrive(backend, b"From: The Shop <a@b.example>\r\nSubject: Your Order\r\n\r\n")

        assert [one["_id"] for one in waiting.result(ANSWER_SECONDS).json] == [found]


def test_a_wait_ends_when_the_inbox_becomes_another_accounts(
    backend: EmbeddedBackend, team: Client, rival: Client
) -> None:
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(team.ask, "GET", f"{BOB}/messages?wait=25")
        rival.tell("POST", BOB)
        arrive(backend, PLAIN)

        assert waiting.result(ANSWER_SECONDS).status == 403


@pytest.mark.parametrize(
    ("what", "mail", "answer"),
    [("code", _code("739201"), "739201"), ("link", _link("abc123"), "https://shop.example/confirm?token=abc123")],
)
def test_a_code_or_link_is_waited_for_and_told_with_its_message(
    backend: EmbeddedBackend, client: Client, what: str, mail: bytes, answer: str
) -> None:
    arrive(backend, PLAIN)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(client.get, f"{BOB}/{what}?wait=25")
        found = arrive(backend, mail)
        told = waiting.result(ANSWER_SECONDS).json

    assert (told[what], told["message"]["_id"]) == (answer, found)
    assert told["reason"]


def test_the_newest_code_that_fits_is_told(backend: EmbeddedBackend, clock: StoppedClock, client: Client) -> None:
    arrive(backend, _code("111111", sender="shop@a.example", subject="Sign in"))
    since = clock.move(timedelta(minutes=1)).isoformat()
    arrive(backend, _code("222222", sender="bank@b.example", subject="Sign in"))
    clock.move(timedelta(minutes=1))
    arrive(backend, _code("333333", sender="bank@b.example", subject="Transfer"))
    arrive(backend, PLAIN)

    def code(query: str) -> str | None:
        answered = client.ask("GET", f"{BOB}/code?{query}")
        return answered.json["code"] if answered.status == 200 else None

    assert code("") == "333333"
    assert code("from=shop") == "111111"
    assert code("subject=sign%20in") == "222222"
    assert code("from=bank&subject=sign") == "222222"
    assert code(f"subject=sign&since={quote(since)}") == "222222"
    assert code(f"from=shop&since={quote(since)}") is None


def test_the_newest_link_that_fits_is_told(backend: EmbeddedBackend, client: Client) -> None:
    arrive(backend, _link("first"))
    arrive(backend, _link("second"))
    arrive(backend, b"Subject: News\r\n\r\nRead https://news.example/today\r\n")

    assert client.get(f"{BOB}/link?subject=confirm").json["link"].endswith("token=second")
