from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.errors import NotFound
from chalicelib.mail.structure import Span
from tests.contract.samples import BYTES, receipt

if TYPE_CHECKING:
    from chalicelib.ports import Backend
    from chalicelib.ports.raw_mail import RawMail
    from tests.worlds import World


def test_a_mail_is_read_back_byte_for_byte(backend: Backend, raw: RawMail) -> None:
    everything = bytes(range(256)) * 300
    kept = receipt(backend)
    raw.put([(kept, everything)])

    assert raw.read(kept) == everything


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_mail_may_come_in_any_form_of_bytes(backend: Backend, raw: RawMail, kind: type) -> None:
    kept = receipt(backend)
    raw.put([(kept, kind(BYTES))])

    assert raw.read(kept) == BYTES


def test_an_empty_mail_is_a_mail(backend: Backend, raw: RawMail) -> None:
    kept = receipt(backend)
    raw.put([(kept, b"")])

    assert raw.read(kept) == b""
    assert list(raw.receipts()) == [kept]


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, len(BYTES)), (10, 20), (len(BYTES) - 1, len(BYTES)), (7, 7)])
def test_a_range_is_read_exactly(backend: Backend, raw: RawMail, start: int, end: int) -> None:
    kept = receipt(backend)
    raw.put([(kept, BYTES)])

    assert raw.read(kept, Span(start, end)) == BYTES[start:end]


def test_several_mails_are_put_at_once(backend: Backend, raw: RawMail) -> None:
    mails = [(receipt(backend), b"%d" % number) for number in range(3)]
    raw.put(mails)

    assert [raw.read(kept) for kept, _ in mails] == [b"0", b"1", b"2"]


def test_putting_a_mail_again_changes_nothing(backend: Backend, raw: RawMail) -> None:
    kept = receipt(backend)
    raw.put([(kept, BYTES)])
    raw.put([(kept, BYTES)])

    assert raw.read(kept) == BYTES
    assert list(raw.receipts()) == [kept]


def test_a_mail_that_was_never_put_is_not_found(backend: Backend, raw: RawMail) -> None:
    missing = receipt(backend)

    for span in (None, Span(0, 1), Span(3, 3)):
        with pytest.raises(NotFound):
            raw.read(missing, span)


def test_a_deleted_mail_is_not_found_and_not_listed(backend: Backend, raw: RawMail) -> None:
    gone, kept = receipt(backend), receipt(backend)
    raw.put([(gone, BYTES), (kept, BYTES)])
    raw.delete([gone])

    with pytest.raises(NotFound):
        raw.read(gone)
    assert list(raw.receipts()) == [kept]


def test_deleting_what_is_not_there_is_no_error(backend: Backend, raw: RawMail) -> None:
    gone = receipt(backend)
    raw.put([(gone, BYTES)])
    raw.delete([gone, receipt(backend)])
    raw.delete([gone])
    raw.delete([])

    assert list(raw.receipts()) == []


def test_every_mail_is_listed_oldest_first_with_its_whole_receipt(backend: Backend, raw: RawMail) -> None:
    kept = [receipt(backend, "bo@rest.example", "b\xe9@rest.example") for _ in range(12)]
    raw.put([(one, BYTES) for one in reversed(kept)])

    assert list(raw.receipts()) == kept


def test_what_one_backend_keeps_another_reads(world: World, backend: Backend, raw: RawMail) -> None:
    kept = receipt(backend)
    raw.put([(kept, BYTES)])

    assert world.build().raw.read(kept) == BYTES


LONG = bytes(range(256)) * 5000


@pytest.mark.parametrize("content", [b"", BYTES, LONG])
def test_a_stream_is_the_whole_mail_in_pieces(backend: Backend, raw: RawMail, content: bytes) -> None:
    kept = receipt(backend)
    raw.put([(kept, content)])
    pieces = list(raw.stream(kept))

    assert b"".join(pieces) == content
    assert all(len(piece) <= 1024 * 1024 for piece in pieces)


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, len(LONG)), (999, 700_001), (len(LONG) - 1, len(LONG)), (7, 7)])
def test_a_stream_of_a_range_is_that_range(backend: Backend, raw: RawMail, start: int, end: int) -> None:
    kept = receipt(backend)
    raw.put([(kept, LONG)])

    assert b"".join(raw.stream(kept, Span(start, end))) == LONG[start:end]


def test_a_stream_of_what_is_not_there_is_not_found_before_its_first_piece(backend: Backend, raw: RawMail) -> None:
    missing = receipt(backend)

    for span in (None, Span(0, 1), Span(3, 3)):
        with pytest.raises(NotFound):
            raw.stream(missing, span)


def test_a_stream_may_be_left_before_its_end(backend: Backend, raw: RawMail) -> None:
    kept = receipt(backend)
    raw.put([(kept, LONG)])
    first = next(raw.stream(kept))

    assert LONG.startswith(first)
