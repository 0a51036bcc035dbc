"""`restante send`: hand .eml files to an SMTP server."""

from __future__ import annotations

import re
import smtplib
import sys
from email import policy
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from chalicelib.errors import BadRequest, Unavailable

if TYPE_CHECKING:
    import argparse
    from email.message import Message

    from chalicelib.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command's parser."""
    parser = commands.add_parser("send", help="send .eml files by SMTP", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a mail, or - for standard input")
    parser.add_argument("--to", action="append", metavar="ADDRESS", help="envelope recipient (default: To, Cc, Bcc)")
    parser.add_argument("--from", dest="sender", metavar="ADDRESS", help="envelope sender (default: From)")
    parser.add_argument(
        "--server", metavar="HOST[:PORT]", help="where to (default: this machine's Restante; without a port: 25)"
    )
    parser.set_defaults(run=_run)


def _run(settings: Settings, options: argparse.Namespace) -> int:
    refused = 0
    with _connected(options.server or str(settings.smtp)) as server:
        for file in tqdm(options.files, unit=" mails", desc="Sending", disable=len(options.files) == 1):
            content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
            try:
                _send(server, content, options)
            except (smtplib.SMTPException, ValueError) as error:
                refused += 1
                tqdm.write(f"{file}: {_reason(error)}", file=sys.stderr)
    print(f"{len(options.files) - refused} sent, {refused} refused.")
    return 1 if refused else 0


def _connected(at: str) -> smtplib.SMTP:
    host, port = (at, "25") if at.endswith("]") or ":" not in at else at.rsplit(":", 1)
    if not host or not port.isdecimal():
        raise BadRequest(f"{at} is not HOST or HOST:PORT")
    try:
        return smtplib.SMTP(host.strip("[]"), int(port), timeout=60)
    except (OSError, OverflowError) as error:
        raise Unavailable(f"Cannot reach the SMTP server at {at}: {error}") from None


def _send(server: smtplib.SMTP, content: bytes, options: argparse.Namespace) -> None:
    header = BytesHeaderParser(policy=policy.compat32).parsebytes(content)
    recipients = options.to or _addresses(header, "to", "cc", "bcc")
    if not recipients:
        raise ValueError("no recipient in To, Cc or Bcc; give one with --to")
    sender = options.sender if options.sender is not None else next(iter(_addresses(header, "from")), "")
    extensions = ["BODY=8BITMIME"] if server.has_extn("8bitmime") else []
    if not all(address.isascii() for address in [sender, *recipients]):
        extensions.append("SMTPUTF8")
    # Files often have bare line feeds; SMTP has none (RFC 5321, 2.3.8).
    server.sendmail(sender, recipients, re.sub(rb"(?<!\r)\n", b"\r\n", content), extensions)


def _addresses(header: Message, *names: str) -> list[str]:
    values = [str(value) for name in names for value in header.get_all(name, [])]
    return [address for _, address in getaddresses(values) if "@" in address]


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{address}: {code} {text!r}" for address, (code, text) in error.recipients.items())
    return str(error)
