"""The cache on a real Valkey or Redis server, which is well, full, gone, back again, slow, and wrong."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest
import valkey

from chalicelib.aws.valkey_cache import ValkeyCache
from chalicelib.caching import TieredCache
from chalicelib.errors import Unavailable
from chalicelib.mail.sealing import seal
from chalicelib.ports.caching import Source
from chalicelib.settings import environment
from restante.embedded.smtp.certificate import FILE_NAME, tls_context
from tests.caching.keys import Seconds, key
from tests.caching.servers import Server, SlowProxy, server
from tests.service.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENT = 20.0
"""Seconds that no server takes which is well, however busy the machine is."""
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as made:
        yield made


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def _cache(endpoint: str, seconds: Seconds, timeout: float = PATIENT) -> TieredCache:
    # Nothing stays in the process: each question goes to the server.
    return TieredCache(ValkeyCache(endpoint, seconds, timeout=timeout), octets=1, now=seconds)


def _never() -> bytes:
    raise AssertionError("it was made again")


def test_what_was_kept_is_found_with_others_of_its_mail(running: Server, seconds: Seconds) -> None:
    cache = _cache(running.endpoint, seconds)
    cache.keep({key(1): CONTENT, key(1, "body"): b"body", key(2): b"other"})

    assert cache.fetch(key(1), _never) == (CONTENT, Source.SHARED)
    assert cache.fetch(key(1, "body"), _never).content == b"body"
    assert cache.fetch(key(2), _never).content == b"other"


def test_everything_of_a_dropped_mail_is_gone(running: Server, seconds: Seconds) -> None:
    cache = _cache(running.endpoint, seconds)
    cache.keep({key(1): CONTENT, key(1, "body"): b"body", key(2): b"other"})
    cache.drop([key(1).mail])
    cache.drop([])

    with valkey.Valkey(port=running.port) as client:
        assert len(client.keys()) == 1
    assert _cache(running.endpoint, seconds).fetch(key(2), _never).content == b"other"


def test_everything_kept_goes_with_age(running: Server, seconds: Seconds) -> None:
    _cache(running.endpoint, seconds).keep({key(1): CONTENT})

    with valkey.Valkey(port=running.port) as client:
        assert [0 < client.ttl(name) <= 24 * 3600 for name in client.scan_iter()] == [True]


def test_what_is_too_large_is_made_each_time(running: Server, seconds: Seconds) -> None:
    cache = _cache(running.endpoint, seconds)
    sealed = {key(1): bytes(ValkeyCache.most + 1)}
    ValkeyCache(running.endpoint, timeout=PATIENT).put(sealed)

    assert cache.fetch(key(1), lambda: b"made").source is Source.RANGE


def test_a_full_server_evicts_or_refuses_and_answers_stay_right(tmp_path: Path, seconds: Seconds) -> None:
    for policy in ("allkeys-lru", "noeviction"):
        with server(tmp_path, "--maxmemory", "3mb", "--maxmemory-policy", policy) as full:
            cache = _cache(full.endpoint, seconds)
            wanted = [_noise(number) for number in range(400)]
            right = [cache.fetch(key(number), partial(_noise, number)).content for number in range(400)]
            # The newest first: in the same order, what is wanted next would always be what was just pushed out.
            again = [cache.fetch(key(number), partial(_noise, number)).content for number in reversed(range(400))]

        assert right == again[::-1] == wanted
        assert cache.counts()[Source.SHARED].hits > 0
        assert cache.counts()[Source.RANGE].renderings > 400


def _noise(number: int) -> bytes:
    # It does not get smaller by compression.
    return b"".join((number * 7919 + n * 104_729).to_bytes(4, "big") for n in range(5000))


def test_a_server_that_restarts_in_the_middle_costs_renderings_and_no_error(running: Server, seconds: Seconds) -> None:
    cache = _cache(running.endpoint, seconds)
    cache.fetch(key(1), lambda: CONTENT)
    before = cache.fetch(key(1), _never).source
    running.stop()
    while_down = [cache.fetch(key(1), lambda: CONTENT) for _ in range(50)]
    running.start()
    seconds.pass_by(3600)
    after = [cache.fetch(key(1), lambda: CONTENT).source for _ in range(3)]

    assert before is Source.SHARED
    assert while_down == [(CONTENT, Source.RANGE)] * 50
    assert after == [Source.RANGE, Source.SHARED, Source.SHARED]


def test_a_server_that_is_not_there_is_asked_once_and_then_left_alone(seconds: Seconds) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    tier = ValkeyCache(f"valkey://127.0.0.1:{port}", seconds)
    cache = TieredCache(tier, octets=1, now=seconds)

    assert {cache.fetch(key(n), lambda: CONTENT) for n in range(100)} == {(CONTENT, Source.RANGE)}
    assert not tier.breaker.allows()
    with pytest.raises(Unavailable, match="left alone"):
        tier.get(key(1))


def test_a_server_that_is_slow_by_2_seconds_is_not_waited_for(running: Server, seconds: Seconds) -> None:
    proxy = SlowProxy(running.port, 2.0)
    cache = _cache(proxy.endpoint, seconds, timeout=0.5)
    answers = [cache.fetch(key(n), lambda: CONTENT) for n in range(100)]
    answered_by_then = proxy.answered
    asked_by_then = proxy.asked
    proxy.let_go()
    seconds.pass_by(3600)
    cache.fetch(key(1), lambda: CONTENT)
    source = cache.fetch(key(1), lambda: CONTENT).source
    proxy.close()

    assert answers == [(CONTENT, Source.RANGE)] * 100
    # All hundred answers were there before the first of the server was.
    assert answered_by_then == 0
    assert asked_by_then <= 1
    assert source is Source.SHARED


@pytest.mark.parametrize("wrong", [b"", b"noise", seal(key(2), CONTENT), seal(key(1), CONTENT)[:-1]])
def test_wrong_data_is_a_miss_is_counted_and_is_put_right(
    running: Server, seconds: Seconds, wrong: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    cache = _cache(running.endpoint, seconds)
    ValkeyCache(running.endpoint, timeout=PATIENT).put({key(1): wrong})
    with caplog.at_level(logging.WARNING):
        first = cache.fetch(key(1), lambda: CONTENT)

    assert first == (CONTENT, Source.RANGE)
    assert cache.fetch(key(1), _never) == (CONTENT, Source.SHARED)
    assert cache.counts()[Source.SHARED].corrupt == 1
    assert "wrong entry" in caplog.text


def test_something_else_under_our_name_is_a_miss_and_does_no_harm_to_others(running: Server, seconds: Seconds) -> None:
    cache = _cache(running.endpoint, seconds)
    with valkey.Valkey(port=running.port) as client:
        client.set(f"restante:cache:{key(1).mail}", b"a string and no hash")
    cache.keep({key(2): CONTENT})

    assert cache.fetch(key(1), lambda: CONTENT) == (CONTENT, Source.RANGE)
    assert cache.fetch(key(2), _never) == (CONTENT, Source.SHARED)
    assert cache.counts()[Source.SHARED].failures >= 1


_OVER_TLS = """
import sys
from chalicelib.aws.valkey_cache import ValkeyCache
from chalicelib.errors import RestanteError
from tests.caching.keys import key
tier = ValkeyCache(sys.argv[1], timeout=20.0)
try:
    tier.put({key(1): b"sealed"})
    print(tier.get(key(1)))
except RestanteError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("host", "is_trusted", "said"),
    [
        ("localhost", True, "b'sealed'"),
        ("localhost", False, "Valkey cannot be reached"),
        ("127.0.0.2", True, "Valkey cannot be reached"),
    ],
    ids=["one that is vouched for", "one that nobody vouches for", "one of another name"],
)
def test_over_tls_only_the_server_that_is_meant_is_spoken_to(
    tmp_path: Path, *, host: str, is_trusted: bool, said: str
) -> None:
    tls_context(tmp_path, "localhost")
    certificate = str(tmp_path / FILE_NAME)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ("--tls-port", str(port), "--tls-auth-clients", "no", "--tls-cert-file", certificate)
    believed = {"SSL_CERT_FILE": certificate} if is_trusted else {}
    with server(tmp_path, *options, "--tls-key-file", certificate, "--bind", "127.0.0.1", "127.0.0.2"):
        answered = subprocess.run(
            [sys.executable, "-c", _OVER_TLS, f"valkeys://{host}:{port}"],
            cwd=ROOT,
            env={**environment(), **believed},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    assert said in answered.stdout


def test_nobody_pays_for_the_library_who_has_no_server() -> None:
    code = "import app, sys; print('valkey' in sys.modules)"
    answered = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert answered.stdout.strip() == "False"
