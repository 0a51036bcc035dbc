"""Reading the arguments of SMTP commands (RFC 5321, 4.1.2): paths and parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

LONGEST_PATH = 512
"""Octets of one address. RFC 5321 (4.5.3.1.3) asks for 256 at least; bounce addresses in use are longer."""

_ATOM = r"[^\x00-\x20\x7f<>()\[\]\\,;:@\".]+"
_LABEL = r"(?:[A-Za-z0-9_-]|[^\x00-\x7f])+"
# Dots may stand anywhere in a local part: addresses like "a..b@docomo.ne.jp" are in use.
_PATH = re.compile(
    rf"""[ \t]*<
    (?:@[^<>:\s]+:)?                                                  # a source route is passed over (appendix C)
    (?P<mailbox>
        (?:\.*{_ATOM}(?:\.+{_ATOM})*\.*|"(?:[^\x00-\x1f\x7f"\\]|\\[\x20-\x7e])*")
        @
        (?:{_LABEL}(?:\.{_LABEL})*\.?|\[(?P<literal>[^\x00-\x20\x7f\[\]\\<>]+)\])
    |)>(?P<rest>(?:[ \t].*)?)""",
    re.VERBOSE | re.DOTALL,
)
_POSTMASTER = re.compile(r"[ \t]*<postmaster>((?:[ \t].*)?)", re.IGNORECASE | re.DOTALL)
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\x00-\x20\x7f=]+))?")


@dataclass(frozen=True, slots=True)
class Path:
    """A reverse- or forward-path: its address, empty for `<>`, and the parameters after it, names in capitals.

    `well_formed` says whether those could be read.
    """

    address: str
    parameters: dict[str, str]
    well_formed: bool = True


def read_path(argument: str, *, hostname: str) -> Path | None:
    """The path that begins this argument; None if it is none. `<postmaster>` alone is the one of `hostname`."""
    found = _PATH.fullmatch(argument)
    if found is None:
        lone = _POSTMASTER.fullmatch(argument)
        return _path(f"postmaster@{hostname}", lone[1]) if lone else None
    address = found["mailbox"]
    literal = found["literal"]
    if len(address.encode()) > LONGEST_PATH or (literal is not None and not _is_literal(literal)):
        return None
    return _path(address, found["rest"])


def _path(address: str, text: str) -> Path:
    parameters: dict[str, str] = {}
    for word in text.split():
        found = _PARAMETER.fullmatch(word)
        if found is None or found[1].upper() in parameters:
            return Path(address, {}, well_formed=False)
        parameters[found[1].upper()] = found[2] or ""
    return Path(address, parameters)


def _is_literal(text: str) -> bool:
    try:
        IPv6Address(text[5:]) if text[:5].lower() == "ipv6:" else IPv4Address(text)
    except ValueError:
        return False
    return True


_CHUNK = re.compile(r"(\d{1,20})(?:[ \t]+(LAST))?", re.ASCII | re.IGNORECASE)


def read_chunk(argument: str) -> tuple[int, bool] | None:
    """How many octets follow BDAT, and whether they are the last (RFC 3030, 2); None for anything else."""
    found = _CHUNK.fullmatch(argument.strip())
    return (int(found[1]), found[2] is not None) if found else None
