"""Transfer encodings undone: by the book, damaged, and in slices of any size."""

from __future__ import annotations

import base64
import binascii
import quopri

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.mail.transfer import SLICE, Damage, decode, decode_stream, recut, slices

FIRST = base64.b64encode(b"The first block ends here.")
SECOND = base64.b64encode(b"The second block ends here.")


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"", b""),
        (b"aGVsbG8=", b"hello"),
        (b"aGVsbG8=\r\n", b"hello"),
        (b"aGVs\r\nbG8h\r\n", b"hello!"),
        (b"aG\r\nVsbG8h\r\n", b"hello!"),
        (b"aGVsbG8", b"hello"),
        (b"aGVsbG8hX", b"hello!"),
        (b"a*G V\ts!bG8h", b"hello!"),
        (b"=aGVs=bG8h", b"hello!"),
        (b"aGVsbG8=\n--\nA footer, not base64.\n", b"hello"),
        (b"aGVsbG8=\n\nAAAA", b"hello"),
        (b"aGVsbG8=\nd29ybGQ=\n", b"helloworld"),
        (b"aGVsbG8=d29ybGQ=", b"helloworld"),
        (b"aGVsbG8=\nwords\n", b"hello"),
        (FIRST + b"\r\n" + SECOND, b"The first block ends here.The second block ends here."),
        (
            FIRST + b"\n" + FIRST + b"\n" + SECOND + b"\n",
            b"The first block ends here." * 2 + b"The second block ends here.",
        ),
        (b"====", b""),
        (b"A", b""),
        (b"caf\xe9", b"q\xa7"),
    ],
)
def test_base64_is_decoded(data: bytes, content: bytes) -> None:
    assert decode(data, "base64") == content


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"", b""),
        (b"caf=C3=A9 =3d", "café =".encode()),
        (b"soft =\r\nbreak=\nand=", b"soft breakand"),
        (b"soft = \t\r\nbreak", b"soft break"),
        (b"space \t \r\ntab\t\nend  ", b"space\r\ntab\nend"),
        (b"kept=20\n", b"kept \n"),
        (b"=XY = =4", b"=XY = =4"),
        (b"a==b =\rc\n", b"a==b =\rc\n"),
        (b"a==b", b"a==b"),
        (b"a=", b"a"),
        (b"=", b""),
        (b"a_b", b"a_b"),
    ],
)
def test_quoted_printable_is_decoded(data: bytes, content: bytes) -> None:
    assert decode(data, "quoted-printable") == content


@pytest.mark.parametrize("name", ["uuencode", "x-uuencode", "x-uue", "uue"])
def test_uuencode_is_decoded(name: str) -> None:
    assert decode(b"a word before\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nand after\n", name) == b"Cat"


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"begin 644 x\n#0V%T", b"Cat"),
        (b"begin 644 x\n\n#0V%T\n", b"Cat"),
        (b"begin 644 x\n#0V%T longer than it says\n", b"Cat"),
        (b"begin 644 x\n#0V%\xff\n", b"Ca@"),
        (b"no beginning", b"no beginning"),
        (b"", b""),
    ],
)
def test_damaged_uuencode_is_read_as_far_as_it_goes(data: bytes, content: bytes) -> None:
    assert decode(data, "uuencode") == content


@pytest.mark.parametrize("encoding", ["7bit", "8bit", "binary", "x-unknown", ""])
def test_what_is_not_encoded_stays(encoding: str) -> None:
    assert decode(memoryview(b"a=20\r\n"), encoding) == b"a=20\r\n"


def test_slices_cover_a_range() -> None:
    data = bytes(range(256)) * (SLICE // 128)
    pieces = list(slices(data, 3, len(data) - 5))

    assert b"".join(pieces) == data[3:-5]
    assert SLICE // 2 < max(map(len, pieces)) <= SLICE


def test_padding_at_the_end_of_a_slice_does_not_end_the_content() -> None:
    assert b"".join(decode_stream([FIRST, b"\n" + SECOND], "base64")).endswith(b"second block ends here.")


def test_what_follows_the_padding_is_left_out_whatever_its_size() -> None:
    assert b"".join(decode_stream([b"aGVsbG8=\n" + b"a footer\n" * 200, FIRST], "base64")) == b"hello"


def test_many_lines_that_were_encoded_each_by_itself_are_all_content() -> None:
    assert decode((b"QUJDQQ==\r\n" * 100), "base64") == b"ABCA" * 100


def test_many_padded_lines_before_a_footer_are_content() -> None:
    line = base64.b64encode(b"a line of its own") + b"\n"

    assert decode(line * 100 + b"--\nfooter\n" * 200, "base64") == b"a line of its own" * 100


def test_a_flood_of_padding_is_noise() -> None:
    assert decode(b"AAAA=" * 20_000, "base64") == bytes(60_000)


def test_a_flood_of_escapes_that_are_none_keeps_its_first_ones() -> None:
    content = decode(b"=" * 200_000, "quoted-printable")

    assert content.strip(b"=") == b""
    assert 5000 < len(content) <= 200_000


def test_lines_of_uuencode_are_read_up_to_a_number() -> None:
    data = b"begin 644 x\n" + b"!\n" * 1_200_000

    assert 1_000_000 < len(decode(data, "uuencode")) < 1_200_000


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(st.binary(max_size=500), st.integers(min_value=1, max_value=100), st.sampled_from([b"\n", b"\r\n"]))
def test_base64_comes_back_in_slices_of_any_size(content: bytes, size: int, line_end: bytes) -> None:
    data = base64.encodebytes(content).replace(b"\n", line_end)

    assert b"".join(decode_stream(cut(data, size), "base64")) == content


@given(st.binary(max_size=500), st.integers(min_value=1, max_value=100))
def test_quoted_printable_comes_back_in_slices_of_any_size(content: bytes, size: int) -> None:
    data = quopri.encodestring(content, quotetabs=True)

    assert b"".join(decode_stream(cut(data, size), "quoted-printable")) == content


@given(st.binary(max_size=500), st.integers(min_value=50, max_value=100))
def test_uuencode_comes_back_in_slices(content: bytes, size: int) -> None:
    lines = [binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45)]
    data = b"begin 644 x\n" + b"".join(lines) + b"`\nend\n"

    assert b"".join(decode_stream(cut(data, size), "uuencode")) == content


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from([b"=", b"==", b"\n", b"\r\n", b" ", b"AAAA", b"A", b"\xff", b"M", b"end", FIRST, b"=4"])),
    st.sampled_from(["base64", "quoted-printable", "uuencode"]),
    st.integers(min_value=1, max_value=50),
)
def test_nothing_raises(pieces: list[bytes], encoding: str, size: int) -> None:
    data = b"".join(pieces)

    assert len(decode(data, encoding)) <= len(data)
    assert sum(map(len, decode_stream(cut(data, size), encoding))) <= len(data)


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("base64", b""),
        ("base64", b"aGVsbG8=\r\n"),
        ("base64", b"aGVs\r\nbG8h\r\n"),
        ("base64", b" aGVs\t\nbG8h"),
        ("base64", FIRST + b"\n" + SECOND),
        ("quoted-printable", b"a=20=\r\nb= \nc="),
        ("x-uuencode", b"begin 644 x\n#0V%T\n`\nend\n"),
        ("7bit", b"\xff\0"),
    ],
)
def test_what_is_whole_has_no_damage(encoding: str, data: bytes) -> None:
    damage = Damage()
    list(decode_stream([data], encoding, damage))

    assert (damage.is_found, damage.is_lossy) == (False, False)


@pytest.mark.parametrize(
    ("encoding", "data", "lossy"),
    [
        ("base64", b"aGVsbG8", False),
        ("base64", b"aG*Vs\nbG8h\n", False),
        ("base64", b"a-GVsbG8=", False),
        ("base64", b"=aGVsbG8h", False),
        ("base64", b"aGVsbG8h\n-", False),
        ("base64", b"aGVsbG8hA", True),
        ("base64", b"aGVsbG8=\nfooter", True),
        ("quoted-printable", b"a=XY", False),
        ("x-uuencode", b"no beginning", False),
        ("x-uuencode", b"begin 644 x\n#0V%T", False),
        ("x-uuencode", b"begin 644 x\n#0V%\xff\nend\n", False),
        ("x-uuencode", b"begin 644 x\n" + b"!\n" * 1_000_001, True),
    ],
)
def test_damage_is_noted(encoding: str, data: bytes, lossy: bool) -> None:  # noqa: FBT001 - one column of the table
    damage = Damage()
    list(decode_stream([data], encoding, damage))

    assert damage.is_found
    assert damage.is_lossy is lossy


@given(
    line=st.binary(min_size=1, max_size=90),
    count=st.integers(0, 4000),
    sizes=st.lists(st.integers(1, 100_000), min_size=1, max_size=5),
)
@settings(deadline=None)
def test_a_stream_is_cut_where_its_whole_is_cut(line: bytes, count: int, sizes: list[int]) -> None:
    data = (line + b"\r\n") * count
    pieces = []
    at = turn = 0
    while at < len(data):
        pieces.append(data[at : at + sizes[turn % len(sizes)]])
        at, turn = at + len(pieces[-1]), turn + 1

    assert list(recut(pieces)) == list(slices(data))
