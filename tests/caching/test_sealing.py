"""Sealed entries: what was sealed comes back, and nothing else is taken for it."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.sealing import seal, unseal
from tests.caching.keys import key

KEY = key(1)
CONTENT = b"Good morning, Bob. " * 50


@given(st.binary(max_size=5000))
def test_what_was_sealed_comes_back(content: bytes) -> None:
    assert unseal(KEY, seal(KEY, content)) == content


def test_what_repeats_itself_is_kept_compressed() -> None:
    assert len(seal(KEY, CONTENT)) < len(CONTENT) / 5


def test_what_cannot_be_compressed_takes_little_more_than_itself() -> None:
    content = zlib.compress(bytes(range(256)) * 10, 9)

    assert len(seal(KEY, content)) <= len(content) + 32


@given(st.data())
def test_no_damaged_entry_is_taken_for_content(data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, CONTENT))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))

    assert unseal(KEY, bytes(sealed)) in {None, CONTENT}


@pytest.mark.parametrize("content", [CONTENT, b"short"])
def test_every_cut_entry_is_wrong(content: bytes) -> None:
    sealed = seal(KEY, content)

    assert [unseal(KEY, sealed[:end]) for end in range(len(sealed))] == [None] * len(sealed)
    assert unseal(KEY, sealed + b"x") is None


def test_an_entry_of_another_key_is_wrong() -> None:
    sealed = seal(KEY, CONTENT)

    assert unseal(key(2), sealed) is None
    assert unseal(key(1, "body"), sealed) is None


def test_an_entry_that_would_grow_beyond_what_it_says_is_wrong() -> None:
    sealed = seal(KEY, CONTENT)
    bomb = sealed[: len(seal(KEY, b""))] + zlib.compress(bytes(100_000_000), 9)

    assert unseal(KEY, bomb) is None


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_no_entry(noise: bytes) -> None:
    assert unseal(KEY, noise) is None
