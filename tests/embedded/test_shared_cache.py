"""The shared tier on one machine: bounded, the oldest out first, and never a reason not to start."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from chalicelib.actions import reading
from chalicelib.actions.receiving import Arrival, receive
from chalicelib.caching import TieredCache
from chalicelib.errors import NotFound
from chalicelib.mail.ids import message_id
from chalicelib.mail.message import Envelope
from chalicelib.mail.names import Inbox
from chalicelib.mail.rendering import Rendering, rendering_key
from chalicelib.ports.caching import Source
from restante.embedded.backend import EmbeddedBackend
from restante.embedded.cache import SharedCache
from restante.embedded.rendering import BACKLOG, Renderer
from tests.caching.keys import key

if TYPE_CHECKING:
    from pathlib import Path

BOB = Inbox("bob@x.dev")
LONG = b"Subject: long\r\nContent-Type: text/html\r\n\r\n" + b"<p>Good morning, Bob.</p>\r\n" * 400
SHORT = b"Subject: short\r\n\r\nGood morning, Bob.\r\n"


def _never() -> bytes:
    raise AssertionError("it was made again")


def _arrive(backend: EmbeddedBackend, content: bytes) -> str:
    envelope = Envelope(sender="ann@sender.example", recipients=(BOB,))
    return message_id(receive(backend, [Arrival(envelope=envelope, content=content)])[0].id, 0)


def test_it_stays_within_its_bound_and_the_oldest_go_first(tmp_path: Path) -> None:
    bound = 2 * 1024 * 1024
    tier = SharedCache(tmp_path / "cache", bound)
    content = random.Random(1).randbytes(50_000)
    for number in range(400):
        tier.put({key(number): content})
        assert tier.octets() <= bound
    held = [number for number in range(400) if tier.get(key(number)) is not None]
    file_octets = (tmp_path / "cache").stat().st_size

    assert held == list(range(400 - len(held), 400))
    assert len(held) == bound // (50_000 + 300)
    assert file_octets < 2 * bound
    tier.close()


def test_writing_an_entry_again_counts_it_once(tmp_path: Path) -> None:
    tier = SharedCache(tmp_path / "cache")
    for _ in range(3):
        tier.put({key(1): bytes(1000)})
    once = tier.octets()
    tier.drop([key(1).mail])

    assert once == 1300
    assert tier.octets() == 0
    tier.close()


def test_a_file_that_is_no_database_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"this is no database\n" * 1000)
    tier = SharedCache(tmp_path / "cache")
    tier.put({key(1): b"content"})

    assert tier.get(key(1)) == b"content"
    tier.close()


def test_a_damaged_entry_is_a_miss_and_is_put_right(tmp_path: Path) -> None:
    tier = SharedCache(tmp_path / "cache")
    cache = TieredCache(tier, octets=1)
    tier.put({key(1): b"damaged"})
    first = cache.fetch(key(1), lambda: b"right")

    assert first == (b"right", Source.RANGE)
    assert cache.fetch(key(1), _never) == (b"right", Source.SHARED)
    assert cache.counts()[Source.SHARED].corrupt == 1
    tier.close()


def test_a_long_mail_is_rendered_before_anybody_asks(tmp_path: Path, backend: EmbeddedBackend) -> None:
    renderer = Renderer(backend)
    found = _arrive(backend, LONG)
    made = renderer.catch_up()
    other = EmbeddedBackend(tmp_path / "data")
    opened = reading.open_message(other, BOB, found)
    body = other.cache.fetch(rendering_key(opened.message.mail.id, Rendering.BODY), _never)
    other.close()

    assert made == 2
    assert body.source is Source.SHARED
    assert body.content.count(b"Good morning") == 400


def test_a_short_mail_is_not_rendered_before_it_is_asked_for(backend: EmbeddedBackend) -> None:
    renderer = Renderer(backend)
    _arrive(backend, SHORT)

    assert renderer.catch_up() == 0


def test_what_came_before_is_not_rendered_and_of_a_backlog_only_the_newest(backend: EmbeddedBackend) -> None:
    _arrive(backend, LONG)
    renderer = Renderer(backend)
    for _ in range(3):
        _arrive(backend, LONG)
    for _ in range(BACKLOG - 2):
        _arrive(backend, SHORT)

    assert renderer.catch_up() == 2 * 2
    assert renderer.catch_up() == 0


def test_a_deleted_mail_is_not_rendered(backend: EmbeddedBackend) -> None:
    renderer = Renderer(backend)
    found = _arrive(backend, LONG)
    backend.register.remove(BOB, [reading.find_message(backend, BOB, found).id])

    assert renderer.catch_up() == 0
    with pytest.raises(NotFound):
        reading.open_message(backend, BOB, found)
