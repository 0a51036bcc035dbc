"""Charsets by label: what browsers know, what only mail knows, and labels and bytes that are wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.charsets import codec_of, decode


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("utf-8", "grüße 日本 🎈"),
        ("iso-8859-1", "grüße"),
        ("iso-8859-2", "žluťoučký"),
        ("iso-8859-5", "привет"),
        ("iso-8859-7", "γειά"),
        ("iso-8859-8", "שלום"),
        ("iso-8859-13", "āēž"),
        ("iso-8859-15", "€œ"),
        ("windows-1251", "привет"),
        ("windows-1252", "€ “x”"),
        ("windows-1256", "مرحبا"),
        ("koi8-r", "привет"),
        ("koi8-u", "привіт"),
        ("macintosh", "é“"),
        ("tis-620", "สวัสดี"),
        ("cp437", "éñ─"),
        ("cp850", "éñ─"),
        ("cp866", "привет"),
        ("gb2312", "你好"),
        ("gbk", "你好"),
        ("gb18030", "你好🎈"),
        ("big5", "你好"),
        ("shift_jis", "日本語"),
        ("euc-jp", "日本語"),
        ("iso-2022-jp", "日本語 and ascii"),
        ("iso-2022-kr", "안녕"),
        ("euc-kr", "안녕"),
        ("utf-7", "grüße + 🎈"),
        ("utf-16", "grüße 🎈"),
        ("utf-16-be", "grüße 🎈"),
        ("utf-16-le", "grüße 🎈"),
        ("utf-32", "grüße 🎈"),
    ],
)
def test_a_charset_is_read(label: str, text: str) -> None:
    codec = {"macintosh": "mac_roman", "tis-620": "cp874", "iso-2022-jp": "iso2022_jp"}.get(label, label)

    assert decode(text.encode(codec), label) == text
    assert decode(text.encode(codec), label.upper().replace("-", "_")) == text


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF8", "utf-8"),
        ('"utf-8"', "utf-8"),
        ("3Dutf-8", "utf-8"),
        ("utf-8Return-Path:", "utf-8"),
        ("unicode-1-1-utf-7", "utf-7"),
        ("latin1", "cp1252"),
        ("ansi_x3.4-1968", "cp1252"),
        ("iso-8859-8-i", "iso8859_8"),
        ("iso-8859-9", "cp1254"),
        ("ks_c_5601-1987", "cp949"),
        ("x-sjis", "cp932"),
        ("x-mac-cyrillic", "mac_cyrillic"),
        ("win-1257", "cp1257"),
        ("koi8_r", "koi8_r"),
        ("charset=iso-8859-2", "iso8859_2"),
        ("x-unknown", None),
        ("", None),
        ("x" * 100_000 + "utf-8", None),
    ],
)
def test_a_label_names_a_codec(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


@pytest.mark.parametrize("label", [None, "", "us-ascii", "x-unknown", "unknown-8bit"])
def test_bytes_without_a_useful_label_are_utf8_or_else_windows(label: str | None) -> None:
    assert decode("é".encode(), label) == "é"
    assert decode(b"\x93caf\xe9\x94", label) == "“café”"


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        # WHATWG: what a single-byte charset leaves open is the control character of that number
        (b"\x81\x80", "windows-1252", "\x81€"),
        (b"\xff", "iso-8859-7", "\xff"),
        # what a multi-byte charset does not have is U+FFFD
        (b"a\xe9b", "utf-8", "a\ufffdb"),
        (b"\xc4\xe3\xff", "gbk", "你\ufffd"),
        (b"\xa4\xa2\xff", "euc-jp", "あ\ufffd"),
        # a mark beats the label
        (b"\xef\xbb\xbf\xc3\xa9", "iso-8859-1", "é"),
        (b"\xef\xbb\xbf\xc3\xa9", None, "é"),
        (b"\xff\xfea\x00", "utf-16be", "a"),
        (b"\xfe\xff\x00a", "utf-16be", "a"),
        (b"\xfe\xff\x00a", "utf-16", "a"),
        (b"a\x00\x00", "utf-16", "a\ufffd"),
        (b"\x00a\x00", "utf-16be", "a\ufffd"),
        # half a surrogate pair in UTF-7
        (b"+2D0-", "utf-7", "\ufffd"),
        (b"a\x80\xff", "x-user-defined", "a\uf780\uf7ff"),
    ],
)
def test_bytes_that_do_not_fit_are_read_as_far_as_they_go(data: bytes, label: str | None, text: str) -> None:
    assert decode(data, label) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1b$B$3\x1b(B", "こ"),
        # NEC's row 13, which only Windows has
        (b"x \x1b$B-!-5\x1b(B y", "x ①Ⅰ y"),
        # half-width katakana, and a lead byte without its trail
        (b"\x1b$B-!\x1b(I1\x1b(J\\", "①ｱ\\"),
        (b"\x1b$B-!\x1b$B$", "①$"),
        (b"\x1b$B-!\r\n$3", "①\r\nこ"),
        (b"\x1b$B-!$\xff$3", "①$\uf8f3こ"),
        # JIS X 0212 beside NEC's row
        (b"\x1b$B-!\x1b$(D\x22\x2f\x1b(B", "①˘"),
        (b"8-bit \xe3", "8-bit \ufffd"),
    ],
)
def test_japanese_mail_is_read_as_windows_wrote_it(data: bytes, text: str) -> None:
    assert decode(data, "iso-2022-jp") == text


@given(st.binary(), st.one_of(st.none(), st.text(), st.sampled_from(["utf-7", "iso-2022-jp", "hz", "big5", "utf-16"])))
def test_nothing_raises_and_everything_can_be_stored(data: bytes, label: str | None) -> None:
    text = decode(data, label)

    assert text.encode() or not text
