from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from restante.embedded.smtp.content import Memory
from restante.embedded.smtp.terms import Terms
from tests.smtp.talking import ENVELOPE, Cut, greeted, octets, sending, whole

EVERY_CUT = pytest.mark.parametrize("cut", [whole, octets])
# Made of what matters to the end of data, so that near misses are common.
CONTENT = st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"..", b"x", b"\0\xff"])).map(b"".join)


def stuffed(content: bytes) -> bytes:
    """As a client sends it (RFC 5321, 4.5.2), written apart from the code that takes it back."""
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in content.split(b"\r\n"))


@given(content=st.one_of(CONTENT, st.binary()), cuts=st.lists(st.integers(0, 200)))
def test_any_content_is_kept_exactly_however_it_is_cut(content: bytes, cuts: list[int]) -> None:
    client = sending()
    wire = stuffed(content + b"\r\n") + b".\r\n"
    places = sorted({0, len(wire), *(cut for cut in cuts if cut < len(wire))})
    heard = [code for start, end in pairwise(places) for code in client.codes(wire[start:end])]

    assert heard == ["250"]
    assert client.kept[0].content == content + b"\r\n"


@given(piece=CONTENT)
def test_nothing_but_crlf_dot_crlf_ends_the_data(piece: bytes) -> None:
    client = sending()
    inner = b"x" + piece.replace(b"\r\n.\r\n", b"") + b"x"
    assume(b"\r\n.\r\n" not in inner)
    client.say(inner)

    assert client.kept == []
    assert client.session.takes_content


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\n\n.\r\n", b"\r\n\0.\r\n"])
@EVERY_CUT
def test_a_smuggled_second_mail_stays_content_of_the_first(end: bytes, cut: Cut) -> None:
    client = sending(cut=cut)
    smuggled = b"first" + end + b"MAIL FROM:<evil@x.dev>\r\nRCPT TO:<b@y.dev>\r\nDATA\r\nsecond\r\n"

    assert client.codes(smuggled + b".\r\n") == ["250"]
    assert [bytes(arrival.content) for arrival in client.kept] == [smuggled.replace(b"\r\n.", b"\r\n")]


@EVERY_CUT
def test_a_mail_of_the_greatest_size_is_taken_and_one_byte_more_is_not(cut: Cut) -> None:
    client = greeted(Terms(size=1000), cut=cut)
    fitting = b".23456\r\n" * 125

    assert client.codes(ENVELOPE + b"DATA\r\n" + stuffed(fitting) + b".\r\n") == ["250", "250", "354", "250"]
    assert client.kept[0].content == fitting
    assert client.codes(ENVELOPE + b"DATA\r\n" + stuffed(b"x" + fitting) + b".\r\n") == ["250", "250", "354", "552"]
    assert client.codes(ENVELOPE + b"DATA\r\n" + fitting * 9 + b"\r\n.\r\nNOOP\r\n") == [
        "250",
        "250",
        "354",
        "552",
        "250",
    ]
    assert len(client.kept) == 1
    assert client.terms.memory.held == 0


def test_a_mail_that_announces_too_great_a_size_is_refused_before_it_comes() -> None:
    client = greeted(Terms(size=1000))

    assert client.codes(b"MAIL FROM:<a@x.dev> SIZE=1001\r\nMAIL FROM:<a@x.dev> SIZE=1000\r\n") == ["552", "250"]


@EVERY_CUT
def test_when_memory_is_full_mail_is_put_off_and_taken_later(cut: Cut) -> None:
    terms = Terms(size=1000, memory=Memory(1500))
    first, second = sending(terms), sending(terms, cut=cut)
    first.say(b"x" * 900)

    assert second.codes(b"x" * 900 + b"\r\n.\r\n") == ["452"]
    assert second.codes(b"MAIL FROM:<a@x.dev> SIZE=900\r\n") == ["452"]
    assert first.codes(b"\r\n.\r\n") == ["250"]
    assert terms.memory.held == 0
    assert second.codes(ENVELOPE + b"DATA\r\n" + b"x" * 900 + b"\r\n.\r\n") == ["250", "250", "354", "250"]


def test_a_mail_counts_as_memory_until_it_is_kept_even_if_its_sender_is_gone() -> None:
    client = sending()
    client.session.feed(b"x" * 1000 + b"\r\n.\r\n")
    client.session.abandon()

    assert client.terms.memory.held >= 1000
    assert client.session.kept("id") == b""
    assert client.terms.memory.held == 0


def test_a_sender_that_goes_away_within_a_mail_gives_its_memory_back() -> None:
    client = sending()
    client.session.feed(b"x" * 1000)
    client.session.abandon()

    assert client.terms.memory.held == 0
    assert client.kept == []


@pytest.mark.parametrize("piece", [b"\r\n.\r", b"\r\n..", b".\r\n.x", b"\r\n", b"x"])
def test_the_work_is_linear_in_the_bytes_however_small_their_pieces(piece: bytes) -> None:
    client = sending(Terms(size=40 * 1024**2))
    began = time.process_time()
    for _ in range(1000):
        client.session.feed(piece * 4000)
    for index in range(50_000):
        client.session.feed(piece[index % len(piece) :][:1])

    # Quadratic work would take minutes here.
    assert time.process_time() - began < 5


@EVERY_CUT
def test_chunks_are_joined_as_they_are(cut: Cut) -> None:
    client = greeted(cut=cut)
    said = ENVELOPE + b"BDAT 5\r\n.\r\n.\nBDAT 0\r\nBDAT 7 LAST\r\n\r\n.\r\n\0\xffQUIT\r\n"

    assert client.codes(said) == ["250", "250", "250", "250", "250", "221"]
    assert client.kept[0].content == b".\r\n.\n\r\n.\r\n\0\xff"


def test_a_mail_may_end_with_an_empty_chunk() -> None:
    client = greeted()

    assert client.codes(ENVELOPE + b"BDAT 2\r\nhiBDAT 0 LAST\r\n") == ["250", "250", "250", "250"]
    assert client.kept[0].content == b"hi"


@EVERY_CUT
def test_chunks_that_nobody_asked_for_are_passed_over(cut: Cut) -> None:
    client = greeted(cut=cut)

    assert client.codes(b"BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n") == ["503", "503", "250"]
    assert client.codes(b"MAIL FROM:<a@x.dev>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n") == ["250", "503", "250"]
    assert client.kept == []


@EVERY_CUT
def test_chunks_over_the_size_are_refused_and_the_connection_goes_on(cut: Cut) -> None:
    client = greeted(Terms(size=10), cut=cut)

    assert client.codes(ENVELOPE + b"BDAT 9\r\nxxxxxxxxxBDAT 9\r\nxxxxxxxxxBDAT 1 LAST\r\nxNOOP\r\n") == [
        "250",
        "250",
        "250",
        "552",
        "552",
        "250",
    ]
    assert client.terms.memory.held == 0


def test_chunks_and_data_do_not_mix() -> None:
    client = greeted()

    assert client.codes(ENVELOPE + b"BDAT 2\r\nhiDATA\r\nRCPT TO:<c@y.dev>\r\nRSET\r\n") == [
        "250",
        "250",
        "250",
        "503",
        "503",
        "250",
    ]
    assert client.terms.memory.held == 0
