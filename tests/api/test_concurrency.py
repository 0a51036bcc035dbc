"""Right answers under concurrency: nobody ever gets what another asked for."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from tests.api.mails import arrive
from tests.api.serving import KEY

if TYPE_CHECKING:
    from restante.embedded.backend import EmbeddedBackend
    from tests.api.serving import Client

THREADS = 8
ROUNDS = 200


def _ask_in_turn(address: tuple[str, int], found: str, number: int) -> list[str]:
    """Ask for one message's own text, ROUNDS times over one connection; answers with what was wrong."""
    wrong = []
    with closing(HTTPConnection(*address, timeout=60)) as connection:
        for turn in range(ROUNDS):
            target = f"/api/text/user{number}@x.dev/{found}" if turn % 2 else f"/api/raw/user{number}@x.dev/{found}"
            connection.request("GET", target, headers={"Mailsac-Key": KEY})
            response = connection.getresponse()
            body = response.read()
            if response.status != 200 or body.strip().splitlines()[-1] != _text(number):
                wrong.append(f"{target} in turn {turn}: {response.status} {body[-80:]!r}")
    return wrong


def _text(number: int) -> bytes:
    return f"The text of {number}: {hashlib.sha256(bytes([number])).hexdigest()}".encode()


def test_eight_threads_that_ask_for_eight_messages_each_get_their_own(backend: EmbeddedBackend, client: Client) -> None:
    found = [
        arrive(backend, b"Subject: %d\r\n\r\n%s\r\n" % (number, _text(number)), f"user{number}@x.dev")
        for number in range(THREADS)
    ]

    with ThreadPoolExecutor(THREADS) as threads:
        wrong = list(threads.map(lambda number: _ask_in_turn(client.address, found[number], number), range(THREADS)))

    assert wrong == [[]] * THREADS
