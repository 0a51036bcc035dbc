"""What is kept of what was made of mail, so that it need not be made again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalicelib.mail.names import MailId
    from chalicelib.mail.rendering import CacheKey, Terms


class Source(StrEnum):
    """Where content came from."""

    PROCESS = "process"
    """This process's memory."""
    SHARED = "shared"
    """What all processes share."""
    RANGE = "range"
    """The raw mail, of which it was made."""


class Fetched(NamedTuple):
    """Content, and where it came from."""

    content: bytes
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class TierCounts:
    """What a tier was asked since this process began.

    `corrupt` entries count as misses too; `failures` are questions that it could not answer, misses as well.
    `renderings` is how often content was made: of RANGE alone.
    """

    hits: int = 0
    misses: int = 0
    corrupt: int = 0
    failures: int = 0
    renderings: int = 0


class SharedTier(Protocol):
    """Sealed entries (mail/sealing.py) that all processes share. It may forget anything at any time."""

    @property
    def most(self) -> int:
        """The most bytes of a sealed entry that are kept."""

    def get(self, key: CacheKey) -> bytes | None:
        """The entry of that key, if it is there. Raises Unavailable."""

    def put(self, entries: Mapping[CacheKey, bytes]) -> None:
        """Keep these entries; what is larger than `most` is left out. Raises Unavailable."""

    def drop(self, mails: Sequence[MailId], *, for_good: bool = True) -> None:
        """Forget everything that was made of these mails; `for_good` says that they are deleted. Raises Unavailable."""


class Cache(Protocol):
    """Content made of mails. What goes by a key never changes, so nothing in it can be out of date.

    A cache that is dead, slow or wrong makes answers slower, never wrong, and raises nothing. Threads share it.
    """

    @property
    def terms(self) -> Terms:
        """What is worth being made here before it is asked for."""

    def fetch(self, key: CacheKey, make: Callable[[], bytes], *, share: bool = True) -> Fetched:
        """The content of that key, made by `make` when it is not there. What `make` raises is raised.

        Threads that want the same at the same time wait for the one that makes it. With `share` off other processes
        are not asked, nor told: for what is made as fast as it is fetched.
        """

    def keep(self, contents: Mapping[CacheKey, bytes]) -> None:
        """Let all processes find what was made before it was asked for."""

    def drop(self, mails: Sequence[MailId], *, for_good: bool = True) -> None:
        """Forget everything that was made of these mails, in this process and in what all share.

        With `for_good`, because they are deleted: what is made of them at this moment is not kept either.
        Another process may hold it in memory for ten minutes more, but nobody can ask for what the index does not have.
        """

    def counts(self) -> Mapping[Source, TierCounts]:
        """How often each tier had what was asked for, in this process."""
