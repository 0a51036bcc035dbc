"""The SMTP envelope of a mail that came without one, guessed from what servers wrote into its header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.mail.addresses import is_address, read_addresses
from chalicelib.mail.headers import read_fields
from chalicelib.mail.message import Envelope
from chalicelib.mail.trace import read_hops, sender_ip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.mail.structure import Octets


def guessed_envelope(content: Octets, recipients: Sequence[str]) -> Envelope:
    """The envelope of a mail to these recipients.

    The server that this mail comes from wrote the newest hop: what it tells of the way before it is believed.
    """
    hops = read_hops(read_fields(content))
    newest = hops[0] if hops else None
    return Envelope(
        sender="",
        recipients=tuple(recipients),
        ip=sender_ip(hops) or "",
        via=newest.by.split(" ")[0] if newest else "",
        tls=newest is not None and newest.with_.upper().startswith(("ESMTPS", "UTF8SMTPS")),
    )


def guessed_recipients(content: Octets) -> tuple[str, ...]:
    """Whom a mail was delivered to: as Delivered-To or X-Original-To say, else whom To and Cc name."""
    named: dict[str, list[str]] = {}
    for field in read_fields(content):
        addresses = [found.address for found in read_addresses(field.raw) if is_address(found.address)]
        named.setdefault(field.name.lower(), []).extend(addresses)
    for names in (("delivered-to", "x-original-to"), ("to", "cc")):
        found = tuple(dict.fromkeys(address for name in names for address in named.get(name, ())))
        if found:
            return found
    return ()


def told_recipient(content: Octets) -> str | None:
    """The recipient that the last server named in its own hop (RFC 5321, 4.4, "for"); None where it named none."""
    hops = read_hops(read_fields(content))
    told = hops[0].for_.strip("<> ") if hops else ""
    return told if is_address(told) else None
