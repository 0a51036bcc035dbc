"""Keys of the tests of the cache, by number."""

from __future__ import annotations

from chalicelib.mail.names import MailId
from chalicelib.mail.rendering import CacheKey


def key(number: int, name: str = "text") -> CacheKey:
    """The key of that number."""
    return CacheKey(mail=MailId(f"01jd9x3v7k8q4m2t5w6{number:07d}"), name=name)


class Seconds:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self._now = 1000.0

    def __call__(self) -> float:
        return self._now

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
