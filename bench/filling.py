"""Mails for the benchmarks of reading, each another, and the fast way to have many of them in a store of ours."""

from __future__ import annotations

import random
from email.message import EmailMessage
from email.policy import SMTP
from itertools import islice
from typing import TYPE_CHECKING

from bench.peers import KEY, RECIPIENT
from chalicelib.actions.admitting import FIRST_ACCOUNT, ensure_first_key
from chalicelib.actions.receiving import entry_of
from chalicelib.mail.holding import Domain
from chalicelib.mail.ids import moment_of
from chalicelib.mail.message import Envelope, Receipt
from chalicelib.ports import Policy
from restante.embedded.backend import EmbeddedBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATCH = 500
"""Mails that are taken in at once."""
VOCABULARY = 2000
_SYLLABLES = ("ka", "lo", "mi", "ne", "ru", "sa", "ti", "vo", "ba", "de", "fu", "go", "hi", "ju", "pe", "qui")
LARGE_BYTES = 24 * 1024 * 1024


def word(number: int) -> str:
    """A word of the vocabulary: no two begin alike in all letters."""
    first, rest = divmod(number % VOCABULARY, len(_SYLLABLES) ** 2)
    second, third = divmod(rest, len(_SYLLABLES))
    return f"{_SYLLABLES[first]}{_SYLLABLES[second]}{_SYLLABLES[third]}x"


def mails(count: int, *, recipient: str | None = None) -> Iterator[tuple[str, bytes]]:
    """So many recipients with a mail each, the same in every run: 1 KB, with words that recur after some thousands.

    With `recipient` all are for that one; else for a thousand others.
    """
    chance = random.Random(0)
    filling = "\r\n".join(["The quick brown fox jumps over the lazy dog, again and again."] * 10)
    for number in range(count):
        to = recipient or f"user{number % 1000}@restante.test"
        words = " ".join(word(chance.randrange(VOCABULARY)) for _ in range(3))
        yield (
            to,
            f"From: Sender {number % 97} <sender{number % 97}@shop.example>\r\nTo: {to}\r\n"
            f"Subject: Order {number} {words}\r\nDate: Tue, 06 Jan 2026 10:00:00 +0000\r\n"
            f"Message-ID: <{number}.{to}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            f"Dear customer, your order {number} is on its way.\r\n{filling}\r\n".encode(),
        )


def large_mail() -> bytes:
    """A mail of 24 MB: a short text, and attachments."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Sender <sender@shop.example>", RECIPIENT, "Large"
    mail.set_content("A short text in a large mail.\r\n")
    chance = random.Random(24)
    for number in range(4):
        # Base64 makes four letters of three bytes, and lines of them.
        content = chance.randbytes(LARGE_BYTES // 4 * 54 // 73)
        mail.add_attachment(content, "application", "octet-stream", filename=f"{number}.bin")
    return mail.as_bytes()


def open_store(folder: Path) -> EmbeddedBackend:
    """A store of ours that keeps all, with the key of the benchmarks, whose account hosts the recipients' domain."""
    backend = EmbeddedBackend(folder, Policy(keep_days=None, keep_unowned=None, keep_account=None))
    ensure_first_key(backend, KEY)
    now = backend.now()
    domain = RECIPIENT.partition("@")[2]
    if backend.domains.domain(domain) is None:
        backend.domains.add(Domain(name=domain, owner=FIRST_ACCOUNT, created=now, updated=now, verified=True))
    return backend


def fill(backend: EmbeddedBackend, wanted: Iterator[tuple[str, bytes]]) -> int:
    """Take these mails in, in large batches; answers with how many there were.

    Only their index is written: no list, no count and no search reads raw bytes, and a sync for each takes hours.
    """
    taken = 0
    while batch := list(islice(wanted, BATCH)):
        entries = []
        for to, content in batch:
            mail = backend.new_id()
            envelope = Envelope(sender="sender@shop.example", recipients=(to,))
            entries.append(entry_of(backend, Receipt(id=mail, received=moment_of(mail), envelope=envelope), content))
        backend.register.add(entries)
        taken += len(batch)
    return taken
