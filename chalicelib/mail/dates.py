"""Dates of mail as people and programs write them (RFC 5322, 3.3 and 4.3, and the shapes mailers invent)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from chalicelib.mail.patterns import pattern

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# RFC 5322, 4.3: the zones of North America and UT have their value, military letters and unknown names mean
# -0000.
_ZONES = {
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "ast": -240, "adt": -180, "hst": -600, "akst": -540, "akdt": -480, "bst": 60, "wet": 0, "west": 60,
    "cet": 60, "mez": 60, "met": 60, "cest": 120, "mesz": 120, "mest": 120, "eet": 120, "eest": 180,
    "msk": 180, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
}  # fmt: skip
_COMMENT = pattern(r"\([^()]*\)")
_DAY = r"(?P<day>\d{1,2})"
_MONTH = r"(?P<month>[a-z]{3,9})"
_NUMBER = r"(?P<number>\d{1,2})"
_YEAR = r"(?P<year>\d{4})"
_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{1,2}+)(?:[:.](?P<second>\d{1,2}+)(?:[.,]\d++)?)?+(?!:)"
    r"\s*(?P<half>[ap]\.?m\b\.?)?"
)
_ZONE = r"\s*(?P<zone>(?:(?:gmt|utc?)\s*)?[-+]\s*\d{1,2}:?\d{0,2}\b|[a-z]{1,5}\b)?"
_SHAPES = tuple(
    pattern(shape, re.IGNORECASE)
    for shape in (
        # Fri, 07 Mar 2014 11:01:40 +0000
        rf"{_DAY}[\s.-]*{_MONTH}[\s.,-]*(?P<year>\d{{2,4}})[\s,]+(?:at\s+)?{_TIME}{_ZONE}",
        # Fri Mar  7 11:01:40 2014 (asctime), and with a zone before or after the year
        rf"{_MONTH}\s+{_DAY},?\s+{_TIME}\s*(?P<zone>[-+]\d{{4}}|[a-z]{{3,5}})?\s+{_YEAR}\b(?P<late>\s*[-+]\d{{4}})?",
        # March 7, 2014 11:01 AM
        rf"{_MONTH}\.?\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_YEAR},?\s+(?:at\s+)?{_TIME}{_ZONE}",
        # 2014-03-07T11:01:40Z
        rf"{_YEAR}[-/.]{_NUMBER}[-/.]{_DAY}[\sT]+{_TIME}{_ZONE}",
        # 07 Mar 2014
        rf"{_DAY}[\s-]+{_MONTH}[\s-]+{_YEAR}\s*$",
        # 2014-03-07
        rf"{_YEAR}-{_NUMBER}-{_DAY}\s*$",
    )
)
# Of three digits the last two are minutes, as programs that read a zone as one number have it.
_OFFSET = pattern(r"([-+])\s*(\d{1,2}?):?(\d{2})?\b")
_LONGEST = 200


def read_date(value: bytes | str) -> datetime | None:
    """Read a date, in UTC; None when it names no moment.

    A missing or unknown zone means UTC; two-digit years are read as RFC 5322, 4.3 asks.
    """
    text = value if isinstance(value, str) else value[:_LONGEST].decode("ascii", "replace")
    text = _COMMENT.sub(" ", text[:_LONGEST])
    for shape in _SHAPES:
        if (found := shape.search(text)) and (moment := _moment(found.groupdict())):
            return moment
    return None


def _moment(parts: dict[str, str | None]) -> datetime | None:
    month = _month(parts)
    if month is None:
        return None
    second = int(parts.get("second") or 0)
    try:
        local = datetime(
            _year(parts["year"] or ""),
            month,
            int(parts["day"] or 0),
            _hour(parts),
            int(parts.get("minute") or 0),
            tzinfo=_zone(parts.get("late") or parts.get("zone") or ""),
        )
        # A leap second (RFC 5322, 3.3: 60) is the first of the next minute.
        return (local + timedelta(seconds=min(second, 60))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _month(parts: dict[str, str | None]) -> int | None:
    if number := parts.get("number"):
        return int(number)
    name = (parts.get("month") or "")[:3].lower()
    return _MONTHS.index(name) + 1 if name in _MONTHS else None


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) < 4 and year < 100:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _hour(parts: dict[str, str | None]) -> int:
    hour = int(parts.get("hour") or 0)
    half = (parts.get("half") or "").lower()
    if not half:
        return hour
    return hour % 12 + (12 if half.startswith("p") else 0)


def _zone(text: str) -> timezone:
    name = text.strip().lower()
    digits = _OFFSET.search(name)
    if digits is None:
        return timezone(timedelta(minutes=_ZONES.get(name, 0)))
    hours, minutes = int(digits[2]), int(digits[3] or 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if digits[1] == "-" else 1)
    # No place on earth is a day away: such a zone says nothing.
    return timezone(offset) if abs(offset) < timedelta(days=1) else UTC
