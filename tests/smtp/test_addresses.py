from __future__ import annotations

import time

import pytest

from restante.embedded.smtp.commands import LONGEST_PATH, read_path


@pytest.mark.parametrize(
    "address",
    [
        "a@x.dev",
        "a.b+c@x.dev",
        "a..b.@x.dev",
        ".a@x.dev",
        "!#$%&'*+/=?^_`{|}~-@x.dev",
        '"a b"@x.dev',
        '"a\\"b\\\\c@d"@x.dev',
        '""@x.dev',
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        "a@localhost",
        "a@under_score.x.dev",
        "a@x.dev.",
        "ä@münchen.example",
        "x" * 200 + "@x.dev",
    ],
)
@pytest.mark.parametrize("around", ["<{}>", " <{}>", "<@relay.dev,@other.dev:{}>", "<{}> SIZE=5"])
def test_an_address_is_read_as_it_is_written(address: str, around: str) -> None:
    path = read_path(around.format(address), hostname="mx.test")

    assert path is not None
    assert path.address == address
    assert path.well_formed
    assert path.parameters == ({"SIZE": "5"} if "SIZE" in around else {})


@pytest.mark.parametrize(
    "argument",
    [
        "",
        "a@x.dev",
        "<a>",
        "<@x.dev>",
        "<a@>",
        "<a b@x.dev>",
        "<a@x.dev",
        "<a@x.dev>>",
        "<a@x.dev>SIZE=5",
        "<<a@x.dev>>",
        "<a@b@x.dev>",
        "<a,b@x.dev>",
        "<a@x..dev>",
        "<a@.x.dev>",
        "<a@x dev>",
        "<a@[192.0.2.256]>",
        "<a@[2001:db8::1]>",
        "<a@[IPv6:zz]>",
        "<a@[]>",
        '<"a@x.dev>',
        '<"a"b@x.dev>',
        '<"\r"@x.dev>',
        "<a\0@x.dev>",
        "<" + "x" * LONGEST_PATH + "@x.dev>",
    ],
)
def test_what_is_no_address_is_not_read(argument: str) -> None:
    assert read_path(argument, hostname="mx.test") is None


def test_the_empty_path_is_read() -> None:
    path = read_path("<>", hostname="mx.test")

    assert path is not None
    assert path.address == ""


@pytest.mark.parametrize(
    "hostile", ["<" + "." * 12_000, "<" + "a." * 6_000, '<"' + "\\" * 12_000, "<a@" + "a." * 6_000]
)
def test_hostile_addresses_are_read_in_linear_time(hostile: str) -> None:
    began = time.process_time()
    for _ in range(20):
        assert read_path(hostile, hostname="mx.test") is None

    assert time.process_time() - began < 2
