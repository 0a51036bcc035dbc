"""What a request has to pass before anything of it is read: the rules, and a number of requests a second."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from math import ceil
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from restante.embedded.http.gateway import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from restante.embedded.door import Door
    from restante.embedded.http.gateway import HttpRequest, HttpResponse

BURST_SECONDS = 10
"""Of how many seconds the requests may come at once."""
BUCKETS = 10_000
"""How many callers are told apart; of more, those that have asked longest ago begin anew."""


class TokenBuckets:
    """A bucket of tokens for each caller: it fills at `rate` a second, and holds BURST_SECONDS of them."""

    def __init__(self, rate: float, *, most: int = BUCKETS) -> None:
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, now: float) -> float:
        """Take a token at a time in seconds; answers with the seconds until there is one, 0.0 when it was there."""
        full = self._rate * BURST_SECONDS
        tokens, since = self._buckets.pop(caller, (full, now))
        tokens = min(full, tokens + max(0.0, now - since) * self._rate)
        taken = tokens >= 1.0
        self._buckets[caller] = (tokens - 1.0 if taken else tokens, now)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (1.0 - tokens) / self._rate

    def __len__(self) -> int:
        return len(self._buckets)


class Gate:
    """Refuses whom the rules shut out with 403, and who asks too often with 429.

    `rate` is in requests a second of one address, `key_rate` of one key. Trusted addresses are not slowed down.
    """

    def __init__(self, door: Door, *, rate: float, key_rate: float, now: Callable[[], float] = time.monotonic) -> None:
        self._door = door
        self._by_address = TokenBuckets(rate)
        self._by_key = TokenBuckets(key_rate)
        self._now = now

    def refusal(self, request: HttpRequest) -> HttpResponse | None:
        """The answer to a request that may not come in; None for one that may."""
        if self._door.refuses(request.ip):
            return refusal(request, 403, "Forbidden", "Your address is blocked here", ("Connection", "close"))
        if self._door.trusts(request.ip):
            return None
        now = self._now()
        wait = self._by_address.take(request.ip, now)
        key = _key_of(request)
        if not wait and key:
            wait = self._by_key.take(key, now)
        if not wait:
            return None
        seconds = str(ceil(wait))
        return refusal(
            request,
            429,
            "TooManyRequests",
            f"Too many requests: try again in {seconds} s",
            ("Retry-After", seconds),
            ("Connection", "close"),
        )


def _key_of(request: HttpRequest) -> str:
    """A digest of the key in a header or the query; one in a body is not read yet, and counts by its address alone."""
    headers = dict(request.headers)
    bearer = headers.get("authorization", "").partition(" ")[2].strip()
    key = headers.get("mailsac-key") or bearer or parse_qs(request.query).get("_mailsacKey", [""])[-1]
    # Whatever length it was given, it takes the same room.
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest() if key else ""
