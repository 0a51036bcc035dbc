"""The memory of one process: what was read last, bounded in bytes."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.mail.names import MailId

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.mail.rendering import CacheKey

ENTRY_OCTETS = 700
"""What an entry takes beside its name and content, measured (tests/caching/test_process.py holds it)."""
LARGEST_SHARE = 8
"""Content of more than this part of the bound is not kept: it would push out too much else."""
IDLE_SECONDS = 600.0
"""What was not asked for that long goes: of a mail that was deleted by another process nothing is left then."""
REMEMBERED_DROPS = 10_000


class _Held(NamedTuple):
    content: bytes
    octets: int
    used: float


class ProcessTier:
    """What was used last, `bound` bytes of it at most, overhead included. Threads share it."""

    def __init__(self, bound: int, now: Callable[[], float]) -> None:
        self._bound = bound
        self._now = now
        self._lock = threading.Lock()
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._of_mail: dict[MailId, set[str]] = {}
        self._dropped: OrderedDict[MailId, None] = OrderedDict()
        self._octets = 0

    @property
    def octets(self) -> int:
        """The bytes that are held, overhead included."""
        return self._octets

    def get(self, key: CacheKey) -> bytes | None:
        """The content of that key, if it is held."""
        name = str(key)
        with self._lock:
            found = self._held.get(name)
            if found is None:
                return None
            self._held[name] = found._replace(used=self._now())
            self._held.move_to_end(name)
            self._let_go()
            return found.content

    def put(self, key: CacheKey, content: bytes) -> None:
        """Hold content; of a mail that was dropped, or when it is too large, it is not."""
        name = str(key)
        octets = sys.getsizeof(content) + sys.getsizeof(name) + ENTRY_OCTETS
        with self._lock:
            if octets > self._bound // LARGEST_SHARE or key.mail in self._dropped or name in self._held:
                return
            self._held[name] = _Held(content, octets, self._now())
            self._of_mail.setdefault(key.mail, set()).add(name)
            self._octets += octets
            self._let_go()

    def drop(self, mails: Sequence[MailId], *, for_good: bool = True) -> None:
        """Forget everything of these mails; with `for_good`, take nothing of them any more."""
        with self._lock:
            for mail in mails:
                if for_good:
                    # A request under way may have made something of it meanwhile.
                    self._dropped[mail] = None
                for name in self._of_mail.pop(mail, ()):
                    self._octets -= self._held.pop(name).octets
            while len(self._dropped) > REMEMBERED_DROPS:
                self._dropped.popitem(last=False)

    def has_dropped(self, mail: MailId) -> bool:
        """Whether a mail was dropped."""
        with self._lock:
            return mail in self._dropped

    def _let_go(self) -> None:
        oldest = self._now() - IDLE_SECONDS
        while self._held:
            name, held = next(iter(self._held.items()))
            if self._octets <= self._bound and held.used >= oldest:
                return
            del self._held[name]
            self._octets -= held.octets
            names = self._of_mail[_mail_of(name)]
            names.discard(name)
            if not names:
                del self._of_mail[_mail_of(name)]


def _mail_of(name: str) -> MailId:
    return MailId(name.partition("/")[0])
