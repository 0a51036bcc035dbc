"""Header fields: order, duplicates, folding, decoding, bounds."""

from __future__ import annotations

import pytest

from chalicelib.mail.headers import LONGEST_VALUE, MOST_BYTES, decode_text, read_fields, unfold


def test_fields_keep_their_order_their_names_and_their_duplicates() -> None:
    fields = read_fields(b"B: 1\r\na: 2\r\nB: 3\r\n\r\n")

    assert [(field.name, field.value) for field in fields] == [("B", "1"), ("a", "2"), ("B", "3")]


def test_a_folded_value_is_one_line() -> None:
    (field,) = read_fields(b"Subject: one\r\n two\r\n\tthree\r\n")

    assert field.value == "one two\tthree"
    assert field.raw == b"one\r\n two\r\n\tthree".replace(b"\r\n", b"\n")


def test_lines_that_are_no_field_are_passed_over() -> None:
    fields = read_fields(b"From a@b Mon Feb  2\nA: 1\nno colon\n: no name\nB : 2\n")

    assert [(field.name, field.value) for field in fields] == [("A", "1"), ("B", "2")]


def test_bare_carriage_returns_end_lines_only_where_nothing_else_does() -> None:
    assert [field.value for field in read_fields(b"A: 1\rB: 2\r")] == ["1", "2"]
    assert [field.value for field in read_fields(b"A: 1\rB: 2\n")] == ["1\rB: 2"]


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    assert read_fields(b"\xef\xbb\xbfA: 1\n")[0].name == "A"


def test_any_buffer_is_read() -> None:
    assert read_fields(memoryview(b"A: 1\n"))[0].value == "1"


def test_a_header_is_read_up_to_its_bound() -> None:
    fields = read_fields(b"A: 1\n" + b"B: " + b"x" * MOST_BYTES + b"\nC: 3\n")

    assert [field.name for field in fields] == ["A", "B"]


def test_a_value_is_read_up_to_its_bound() -> None:
    assert len(decode_text(b"x" * (LONGEST_VALUE + 5))) == LONGEST_VALUE


def test_a_value_that_is_cut_within_a_letter_keeps_its_charset() -> None:
    text = decode_text(b"x" + "é€😀".encode() * LONGEST_VALUE)

    assert set(text) == set("xé€😀")
    assert len(text.encode()) > LONGEST_VALUE - 10


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"  padded\t", "padded"),
        (b"", ""),
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9 \x80", "café €"),
        (b"=?utf-8?q?caf=C3=A9?=\r\n =?utf-8?q?_noir?=", "café noir"),
        (b"a\r\n \r\n b", "a b"),
        (b"a\nb", "a b"),
    ],
)
def test_a_value_is_decoded(raw: bytes, text: str) -> None:
    assert decode_text(raw) == text


def test_unfolding_keeps_the_white_space_after_a_fold() -> None:
    assert unfold(b"a \r\n  b") == b"a  b"
