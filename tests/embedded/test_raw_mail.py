from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.errors import NotFound
from chalicelib.mail.structure import Span
from restante.embedded.raw_mail import SMALL
from tests.contract.samples import receipt

if TYPE_CHECKING:
    from pathlib import Path

    from restante.embedded.backend import EmbeddedBackend

SIZES = [0, 1, SMALL - 1, SMALL, SMALL + 1, 3 * SMALL]


def content(size: int) -> bytes:
    return (bytes(range(256)) * (size // 256 + 1))[:size]


def test_small_and_big_mails_of_one_batch_are_all_kept_and_listed_in_order(backend: EmbeddedBackend) -> None:
    mails = [(receipt(backend), content(size)) for size in SIZES]
    backend.raw.put(mails)

    assert [backend.raw.read(kept) for kept, _ in mails] == [raw for _, raw in mails]
    assert list(backend.raw.receipts()) == [kept for kept, _ in mails]
    assert list(backend.raw.receipts(mails[3][0].id)) == [kept for kept, _ in mails[3:]]


@pytest.mark.parametrize("size", SIZES[1:])
def test_ranges_are_read_exactly_whatever_the_size(backend: EmbeddedBackend, size: int) -> None:
    kept, raw = receipt(backend), content(size)
    backend.raw.put([(kept, raw)])

    for span in (Span(0, 0), Span(0, 1), Span(size // 2, size), Span(size - 1, size), Span(0, size)):
        assert backend.raw.read(kept, span) == raw[span.start : span.end]


def test_only_big_mails_have_a_file_of_their_own(backend: EmbeddedBackend, tmp_path: Path) -> None:
    small, big = receipt(backend), receipt(backend)
    backend.raw.put([(small, content(SMALL)), (big, content(SMALL + 1))])

    assert [file.stem for file in tmp_path.rglob("*.mail")] == [big.id]


def test_the_bytes_of_a_deleted_mail_are_overwritten(backend: EmbeddedBackend, tmp_path: Path) -> None:
    kept = receipt(backend)
    backend.raw.put([(kept, b"a secret " * 100)])
    backend.raw.delete([kept])
    backend.close()

    assert [file.name for file in tmp_path.rglob("*") if file.is_file() and b"a secret" in file.read_bytes()] == []


def test_more_mails_than_are_listed_at_once_are_all_listed(backend: EmbeddedBackend) -> None:
    mails = [(receipt(backend), b"hello") for _ in range(1203)]
    backend.raw.put(mails)

    assert [kept.id for kept in backend.raw.receipts()] == [kept.id for kept, _ in mails]


@pytest.mark.parametrize("size", SIZES)
def test_a_deleted_mail_is_gone(backend: EmbeddedBackend, size: int) -> None:
    kept = receipt(backend)
    backend.raw.put([(kept, content(size))])
    backend.raw.delete([kept])

    with pytest.raises(NotFound):
        backend.raw.read(kept)
    assert list(backend.raw.receipts()) == []
