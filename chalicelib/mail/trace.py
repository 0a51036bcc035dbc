"""The way a mail came: its Received fields (RFC 5321, 4.4), read by mail-parser, which knows what servers write.

Only the newest hop was written by us; every older one may have been written by the sender and is told, not
believed.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import dates

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from .headers import Field

MOST_HOPS = 50
"""Received fields that are read; more are a loop or a bomb."""
LONGEST_HOP = 1500
"""Bytes of one Received field that are read."""

_BRACKETED = re.compile(r"[\[(](?:IPv6:)?([0-9a-fA-F:.]+)[\])]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One Received field: `from_` handed the mail to `by`, speaking `with_`, at `date` (UTC).

    `delay` is in seconds since the hop before it in time, 0 when either date is unknown. Clauses that are not
    there are empty.
    """

    from_: str = ""
    by: str = ""
    with_: str = ""
    id: str = ""
    for_: str = ""
    date: datetime | None = None
    delay: float = 0.0


def read_hops(fields: Iterable[Field]) -> tuple[Hop, ...]:
    """Read the Received fields among `fields`, in their order: the newest hop, ours, first. Never raises.

    At most MOST_HOPS fields are read, and LONGEST_HOP bytes of each.
    """
    received = [field for field in fields if field.name.lower() == "received"][:MOST_HOPS]
    hops: list[Hop] = []
    for field in reversed(received):
        clauses = _clauses(" ".join(field.value[:LONGEST_HOP].split()))
        date = dates.read_date(clauses.get("date", ""))
        before = hops[-1].date if hops else None
        hops.append(
            Hop(
                from_=clauses.get("from", ""),
                by=clauses.get("by", ""),
                with_=clauses.get("with", ""),
                id=clauses.get("id", ""),
                for_=clauses.get("for", ""),
                date=date,
                delay=(date - before).total_seconds() if date and before else 0.0,
            )
        )
    return tuple(reversed(hops))


def sender_ip(hops: tuple[Hop, ...]) -> str | None:
    """Tell the IP address that handed the mail to us: from the newest hop alone, the only one we wrote."""
    if not hops:
        return None
    for candidate in _BRACKETED.findall(hops[0].from_):
        try:
            return str(ipaddress.ip_address(candidate))
        except ValueError:
            continue
    return None


def _clauses(received: str) -> dict[str, str]:
    # mail-parser takes 75 ms to import: what never shows a trace must not pay for it at a cold start.
    from mailparser.exceptions import MailParserReceivedParsingError  # noqa: PLC0415 - as said above
    from mailparser.utils import parse_received  # noqa: PLC0415 - as said above

    try:
        clauses: dict[str, str] = parse_received(received)
    except MailParserReceivedParsingError:
        return {"date": received.rpartition(";")[2]}
    return clauses
