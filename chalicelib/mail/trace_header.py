"""The trace header block that a mail gets when we take it (RFC 5321, 4.4)."""

from __future__ import annotations

import re
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.mail.message import Receipt

# A peer chooses its HELO and addresses: nothing of them may end our header line or our comment.
_UNSAFE = re.compile(r"[\x00-\x20\x7f()<>\\]")


def trace_header(receipt: Receipt, *, hostname: str) -> bytes:
    """Return-Path and Received for this receipt, lines ended by CRLF, to stand before the mail's own bytes.

    The recipient is named only when there is one: naming several would tell each about the others (RFC 5321, 7.2).
    """
    envelope = receipt.envelope
    sender = envelope.sender.translate({13: None, 10: None})
    address = f" ([IPv6:{envelope.ip}])" if ":" in envelope.ip else f" ([{envelope.ip}])" if envelope.ip else ""
    protocol = "ESMTPS" if envelope.tls else "ESMTP"
    lines = [
        f"Return-Path: <{sender}>",
        f"Received: from {_UNSAFE.sub('', envelope.helo) or 'unknown'}{address}",
        f"\tby {hostname} (Restante) with {protocol} id {receipt.id}",
    ]
    if len(envelope.recipients) == 1:
        lines.append(f"\tfor <{_UNSAFE.sub('', envelope.recipients[0])}>")
    lines[-1] += ";"
    lines.append(f"\t{format_datetime(receipt.received)}")
    return "".join(line + "\r\n" for line in lines).encode("utf-8", "surrogateescape")
