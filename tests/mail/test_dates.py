"""Dates by the book (RFC 5322) and as programs write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.dates import read_date

MOMENT = datetime(2026, 3, 3, 9, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "Tue, 03 Mar 2026 10:20:30 +0100",
        "Tue, 3 Mar 2026 10:20:30 +0100 (CET)",
        "Tue, 03 Mar (a comment) 2026 10:20:30 +0100",
        "03 Mar 2026 10:20:30 +01:00",
        "Tuesday, 03 March 2026 10:20:30 +0100",
        "Tue,03 Mar 2026 10:20:30 CET",
        "Tue, 03-Mar-26 09:20:30 GMT",
        "Tue, 03 Mar 2026 09:20:30",
        "Tue, 03 Mar 2026 09:20:30 -0000",
        "Tue, 03 Mar 2026 09:20:30 Z",
        "Tue, 03 Mar 2026 09:20:30 UT",
        "Tue, 03 Mar 2026 09:20:30 XYZ",
        "Tue, 03 Mar 2026 04:20:30 EST",
        "Tue, 03 Mar 2026 02:20:30 PDT",
        "Tue, 03 Mar 2026 10:20:30 GMT+0100",
        "Tue, 03 Mar 2026 10:20:30 GMT+1",
        "Tue, 03 Mar 2026 10:20:30.999 +0100",
        "Tue, 03 Mar 2026 09.20.30",
        "Tue, 03 Mar 2026 09:20:30 AM",
        "Tue, 03 Mar 2026 09:19:90",
        "Tue, 03 Mar 2026 09:20:30 +9999",
        "Tue Mar  3 09:20:30 2026",
        "Tue Mar  3 10:20:30 +0100 2026",
        "Tue Mar  3 10:20:30 2026 +0100",
        "Mar 3rd, 2026 09:20:30 AM",
        "March 3, 2026 at 09:20:30",
        "2026-03-03T10:20:30+01:00",
        "2026-03-03 09:20:30Z",
        "2026/3/3 09:20:30",
    ],
)
def test_a_date_is_read(value: str) -> None:
    # RFC 5322 knows no second beyond 60, so 90 counts as 60.
    assert read_date(value) == (MOMENT if ":90" not in value else MOMENT.replace(second=0))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Tue, 03 Mar 2026 12:00 AM", datetime(2026, 3, 3, 0, 0, tzinfo=UTC)),
        ("Tue, 03 Mar 2026 12:00 PM", datetime(2026, 3, 3, 12, 0, tzinfo=UTC)),
        ("Tue, 03 Mar 2026 3:04 p.m.", datetime(2026, 3, 3, 15, 4, tzinfo=UTC)),
        ("Tue, 30 Jun 2026 23:59:60 +0000", datetime(2026, 7, 1, tzinfo=UTC)),
        ("1 Jan 49 00:00:00 +0000", datetime(2049, 1, 1, tzinfo=UTC)),
        ("1 Jan 99 00:00:00 +0000", datetime(1999, 1, 1, tzinfo=UTC)),
        ("1 Jan 026 00:00:00 +0000", datetime(2026, 1, 1, tzinfo=UTC)),
        ("1 Jan 126 00:00:00 +0000", datetime(2026, 1, 1, tzinfo=UTC)),
        ("3 Mar 2026", datetime(2026, 3, 3, tzinfo=UTC)),
        ("2026-03-03", datetime(2026, 3, 3, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read(value: str, moment: datetime) -> None:
    assert read_date(value.encode()) == moment


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "Tue, 32 Mar 2026 10:20:30 +0100",
        "Tue, 03 Foo 2026 10:20:30 +0100",
        "Tue, 03 Mar 2026 25:20:30 +0100",
        "Sat, 29 Feb 2025 10:20:30 +0000",
        "Tue, 03 Mar 2026 10:00:t",
        "1 Jan 0001 00:00:00 +0100",
        "31 Dec 9999 23:59:59 -0100",
        "Mar 0000",
    ],
)
def test_what_names_no_moment_is_none(value: str) -> None:
    assert read_date(value) is None


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2999, 1, 1)))  # noqa: DTZ001 - made aware below
def test_a_date_written_by_the_book_comes_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)

    assert read_date(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment


@given(st.one_of(st.binary(), st.text()))
def test_nothing_raises(value: bytes | str) -> None:
    found = read_date(value)

    assert found is None or found.tzinfo is UTC
