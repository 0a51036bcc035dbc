"""The cache and its shared tier: what each world keeps of what was made of mail, and how it forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.actions import reading
from chalicelib.actions.discarding import delete_message, sweep
from chalicelib.actions.expiring import expire
from chalicelib.actions.receiving import Arrival, receive
from chalicelib.actions.rendering import rendered
from chalicelib.mail.ids import message_id
from chalicelib.mail.message import Envelope
from chalicelib.mail.rendering import CacheKey, Rendering, rendering_key
from chalicelib.ports.caching import Source
from tests.contract.samples import BO, BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.mail.names import MailId
    from chalicelib.ports import Backend
    from tests.worlds import World

CONTENT = b"<p>Good morning</p>" * 100
HTML = b"Subject: long\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + b"<p>Good morning, Bo.</p>\r\n" * 400


def _key(backend: Backend, name: str = "text", version: int = 1) -> CacheKey:
    return CacheKey(mail=backend.new_id(), name=name, version=version)


def _never() -> bytes:
    raise AssertionError("it was made again")


def _giving(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def _taken(backend: Backend, content: bytes = BYTES) -> MailId:
    envelope = Envelope(sender="ana@sender.example", recipients=(BO,))
    return receive(backend, [Arrival(envelope=envelope, content=content)])[0].id


def test_what_was_made_once_is_not_made_again(backend: Backend) -> None:
    key = _key(backend)
    first = backend.cache.fetch(key, _giving(CONTENT))

    assert first == (CONTENT, Source.RANGE)
    assert backend.cache.fetch(key, _never) == (CONTENT, Source.PROCESS)


def test_what_one_process_made_another_finds(world: World, backend: Backend) -> None:
    key = _key(backend)
    backend.cache.fetch(key, _giving(CONTENT))

    other = world.build()
    assert other.cache.fetch(key, _never) == (CONTENT, Source.SHARED)
    assert other.cache.fetch(key, _never) == (CONTENT, Source.PROCESS)


def test_what_is_not_shared_is_made_by_each_process(world: World, backend: Backend) -> None:
    key = _key(backend)
    backend.cache.fetch(key, _giving(CONTENT), share=False)

    assert world.build().cache.fetch(key, _giving(CONTENT), share=False).source is Source.RANGE
    assert backend.cache.fetch(key, _never, share=False).source is Source.PROCESS


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 300, CONTENT])
def test_content_comes_back_as_it_was(world: World, backend: Backend, content: bytes) -> None:
    key = _key(backend)
    backend.cache.keep({key: content})

    assert world.build().cache.fetch(key, _never) == (content, Source.SHARED)


def test_other_parts_renderings_versions_and_mails_are_others(backend: Backend) -> None:
    key = _key(backend)
    others = [
        CacheKey(mail=key.mail, name="body"),
        CacheKey(mail=key.mail, name="text", version=2),
        _key(backend),
    ]
    backend.cache.fetch(key, _giving(CONTENT))

    for number, other in enumerate(others):
        assert backend.cache.fetch(other, _giving(b"%d" % number)) == (b"%d" % number, Source.RANGE)


def test_what_was_made_of_a_dropped_mail_is_forgotten_by_all(world: World, backend: Backend) -> None:
    dropped, stays = _key(backend), _key(backend)
    body = CacheKey(mail=dropped.mail, name="body")
    backend.cache.keep({dropped: CONTENT, body: CONTENT, stays: CONTENT})
    backend.cache.fetch(dropped, _never)
    backend.cache.drop([dropped.mail])

    for cache in (backend.cache, world.build().cache):
        assert cache.fetch(dropped, _giving(b"new"), share=False).content == b"new"
        assert cache.fetch(body, _giving(b"new")).source is Source.RANGE
        assert cache.fetch(stays, _never).source is Source.SHARED


def test_what_is_described_anew_is_forgotten_and_kept_again(world: World, backend: Backend) -> None:
    key = _key(backend)
    backend.cache.fetch(key, _giving(b"old"))
    backend.cache.drop([key.mail], for_good=False)

    assert backend.cache.fetch(key, _giving(CONTENT)) == (CONTENT, Source.RANGE)
    assert backend.cache.fetch(key, _never).source is Source.PROCESS
    assert world.build().cache.fetch(key, _never) == (CONTENT, Source.SHARED)


def test_many_mails_are_dropped_at_once(world: World, backend: Backend) -> None:
    keys = [_key(backend) for _ in range(30)]
    backend.cache.keep(dict.fromkeys(keys, CONTENT))
    backend.cache.drop([key.mail for key in keys[1:]])

    cache = world.build().cache
    assert cache.fetch(keys[0], _never).source is Source.SHARED
    assert {cache.fetch(key, _giving(b"")).source for key in keys[1:]} == {Source.RANGE}


def test_a_mail_that_was_dropped_while_it_was_rendered_is_not_kept(world: World, backend: Backend) -> None:
    key = _key(backend)

    def make() -> bytes:
        backend.cache.drop([key.mail])
        return CONTENT

    assert backend.cache.fetch(key, make).content == CONTENT
    assert world.build().cache.fetch(key, _giving(b"")).source is Source.RANGE


def test_what_cannot_be_made_is_not_kept_and_its_error_is_heard(backend: Backend) -> None:
    key = _key(backend)

    with pytest.raises(AssertionError, match="made again"):
        backend.cache.fetch(key, _never)
    assert backend.cache.fetch(key, _giving(CONTENT)).source is Source.RANGE


def test_each_tier_counts_what_it_had_and_what_it_had_not(world: World, backend: Backend) -> None:
    key = _key(backend)
    backend.cache.fetch(key, _giving(CONTENT))
    other = world.build().cache
    other.fetch(key, _never)
    other.fetch(key, _never)

    first, second = backend.cache.counts(), other.counts()
    assert (first[Source.SHARED].misses, first[Source.RANGE].renderings) == (1, 1)
    assert (second[Source.PROCESS].hits, second[Source.PROCESS].misses) == (1, 1)
    assert (second[Source.SHARED].hits, second[Source.RANGE].renderings) == (1, 0)


def test_a_deleted_mail_leaves_nothing_in_the_cache(world: World, backend: Backend) -> None:
    mail = _taken(backend, HTML)
    key = rendering_key(mail, Rendering.BODY)
    rendered(reading.open_message(backend, BO, message_id(mail, 0)), Rendering.BODY)
    before = world.build().cache.fetch(key, _giving(b"")).source
    delete_message(backend, BO, message_id(mail, 0))

    assert before is Source.SHARED
    assert world.build().cache.fetch(key, _giving(b"")).source is Source.RANGE


def test_an_expired_mail_leaves_nothing_in_the_cache(world: World, backend: Backend) -> None:
    mail = _taken(backend, HTML)
    key = rendering_key(mail, Rendering.BODY)
    rendered(reading.open_message(backend, BO, message_id(mail, 0)), Rendering.BODY)
    late = world.build(clock=lambda: backend.now().replace(year=backend.now().year + 1))
    dropped = expire(late)
    sweep(late)

    assert dropped == 1
    assert world.build().cache.fetch(key, _giving(b"")).source is Source.RANGE
