"""What sending needs from the world: ports as those of ports.py. tests/contract/test_sending.py proves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.mail.job import Job
    from chalicelib.mail.names import MailId
    from chalicelib.mail.outgoing import Dispatch, Outgoing, Suppression
    from chalicelib.mail.structure import Octets


class Outbox(Protocol):
    """Mail that was accepted for sending, and what became of it."""

    def add(self, outgoing: Outgoing, raw: Octets, job: Job) -> Outgoing:
        """Keep a mail with its bytes and its job; when it returns they survive a crash.

        A mail of the account with the same non-empty key is answered instead, and nothing is kept. Raises Unavailable.
        """

    def outgoing(self, mail: MailId) -> Outgoing | None:
        """The mail of that id."""

    def outgoing_by_key(self, account: str, key: str) -> Outgoing | None:
        """The mail that an account named so."""

    def sent_by(self, account: str, *, limit: int, before: str | None = None) -> tuple[Outgoing, ...]:
        """An account's mails, newest first; only those whose id sorts before `before`."""

    def update(self, outgoing: Outgoing) -> bool:
        """Write a mail over its version before this one; False, and nothing, when another was written meanwhile."""

    def content(self, mail: MailId) -> bytes:
        """The bytes of a mail. Raises NotFound when they are no longer kept."""

    def drop_content(self, mail: MailId) -> None:
        """The bytes are needed no more."""

    def count(self, account: str, period: str, mails: int) -> int:
        """Add to how many mails an account sends in that period; answers with how many those are then."""


class Suppressions(Protocol):
    """The addresses that an account sends no more mail to."""

    def add(self, suppression: Suppression) -> None:
        """Suppress an address; one that is suppressed already stays as it is."""

    def suppressions(self, account: str) -> tuple[Suppression, ...]:
        """The account's suppressed addresses, in their order."""

    def among(self, account: str, addresses: Sequence[str]) -> tuple[Suppression, ...]:
        """Those of these addresses (named as mail/outgoing.py, mailbox_of) that are suppressed."""

    def remove(self, account: str, address: str) -> bool:
        """Suppress an address no longer; says whether it was."""


class Sender(Protocol):
    """Whoever takes mail over from us."""

    def send(self, outgoing: Outgoing, recipients: Sequence[str], raw: bytes) -> Dispatch:
        """Hand a mail over for these of its recipients; answers with what became of each of them.

        The bytes go out exactly as they are. A change of DEFERRED asks to be tried again. Raises TooManyRequests and
        Unavailable when nobody took anything, and the same may succeed later.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where a client may put a large file: the PUT that does it. A URL without a host stands for this server."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()


class Uploads(Protocol):
    """Large files on their way into a mail, which do not go through the API."""

    def offer(self, upload: str, *, size: int, seconds: int) -> Slot:
        """A place for a file of `size` bytes at most, open for so many seconds."""

    def read(self, upload: str) -> bytes:
        """What was put there; it may go once its time is over. Raises NotFound."""
