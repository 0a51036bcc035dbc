"""The memory of one process: bounded, the longest unused out first, the same for all threads."""

from __future__ import annotations

import gc
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from chalicelib.caching import TieredCache
from chalicelib.caching.process import IDLE_SECONDS, ProcessTier
from chalicelib.ports.caching import Source
from restante.embedded.cache import SharedCache
from tests.caching.keys import Seconds, key

if TYPE_CHECKING:
    from pathlib import Path

    from chalicelib.mail.rendering import CacheKey

MB = 1024 * 1024


def test_what_was_not_used_longest_goes_first() -> None:
    tier = ProcessTier(100_000, Seconds())
    for number in range(9):
        tier.put(key(number), bytes(10_000))
    tier.get(key(0))
    tier.put(key(9), bytes(10_000))

    assert [number for number in range(10) if tier.get(key(number))] == [0, 2, 3, 4, 5, 6, 7, 8, 9]


def test_what_would_push_out_much_else_is_not_kept() -> None:
    tier = ProcessTier(100_000, Seconds())
    tier.put(key(1), bytes(20_000))

    assert tier.get(key(1)) is None
    assert tier.octets == 0


def test_what_nobody_asks_for_any_more_goes() -> None:
    seconds = Seconds()
    tier = ProcessTier(MB, seconds)
    tier.put(key(1), b"of a mail that another process deleted")
    seconds.pass_by(IDLE_SECONDS / 2)
    tier.put(key(2), b"in use")
    seconds.pass_by(IDLE_SECONDS / 2 + 1)
    tier.get(key(2))

    assert tier.get(key(1)) is None
    assert tier.get(key(2)) == b"in use"


def test_what_was_dropped_takes_no_memory_and_does_not_come_back() -> None:
    tier = ProcessTier(MB, Seconds())
    tier.put(key(1), b"text")
    tier.put(key(1, "body"), b"body")
    tier.drop([key(1).mail])
    tier.put(key(1), b"text")

    assert tier.octets == 0
    assert tier.get(key(1)) is None


@pytest.mark.parametrize("size", [10, 1000, 50_000])
def test_the_memory_really_taken_stays_within_the_bound(size: int) -> None:
    bound = 4 * MB
    gc.collect()
    tracemalloc.start()
    try:
        tier = ProcessTier(bound, Seconds())
        before = tracemalloc.get_traced_memory()[0]
        for number in range(2 * bound // (size + 700)):
            tier.put(key(number), b"x" * size)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert tier.octets <= bound
    assert bound / 3 < taken <= bound


def test_two_gigabytes_pass_through_and_memory_stays_under_the_bound(tmp_path: Path) -> None:
    bound = 16 * MB
    cache = TieredCache(SharedCache(tmp_path / "cache", 8 * MB), octets=bound)
    # 2 GB of content, made by one copy of memory each, and not shared: what is bounded is this process's memory.
    content = bytes(MB)
    tracemalloc.start()
    try:
        for number in range(2048):
            made = cache.fetch(key(number), lambda: bytes(memoryview(content)), share=False)
            assert len(made.content) == MB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert cache.process.octets <= bound
    # What is being made is in memory too, and what it is copied from.
    assert peak < bound + 5 * MB


def test_64_threads_make_each_thing_once_and_get_right_bytes(tmp_path: Path) -> None:
    cache = TieredCache(SharedCache(tmp_path / "cache"))
    made: list[CacheKey] = []
    together = threading.Barrier(64)

    def content_of(number: int) -> bytes:
        return f"content {number} ".encode() * 500

    def ask(thread: int) -> bool:
        together.wait()
        right = True
        for turn in range(16):
            # All of them ask for the same at first, and then each for another.
            number = turn if turn < 8 else turn * 64 + thread
            wanted = key(number)

            def make(wanted: CacheKey = wanted, number: int = number) -> bytes:
                made.append(wanted)
                return content_of(number)

            right &= cache.fetch(wanted, make).content == content_of(number)
        return right

    with ThreadPoolExecutor(64) as threads:
        answers = list(threads.map(ask, range(64)))

    assert all(answers)
    assert len(made) == len(set(made)) == 8 + 8 * 64
    assert cache.counts()[Source.RANGE].renderings == len(made)


def test_those_who_wait_hear_what_went_wrong_and_the_next_one_tries_again(tmp_path: Path) -> None:
    cache = TieredCache(SharedCache(tmp_path / "cache"))
    begun, may_fail = threading.Event(), threading.Event()

    def fail() -> bytes:
        begun.set()
        may_fail.wait(60)
        raise ValueError("no such part")

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cache.fetch, key(1), fail)
        begun.wait(60)
        second = threads.submit(cache.fetch, key(1), fail)
        may_fail.set()
        failures = [type(one.exception(60)) for one in (first, second)]

    assert failures == [ValueError, ValueError]
    assert cache.fetch(key(1), lambda: b"made").content == b"made"
