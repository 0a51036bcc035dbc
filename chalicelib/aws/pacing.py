"""How fast Amazon SES may be sent to: the rate of the account's quota, shared by all functions through the table.

SES refuses what is above the rate, and counts it as a fault of the sender; whoever would be too fast waits instead.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from chalicelib.aws.border import border
from chalicelib.errors import TooManyRequests, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.aws.clients import Clients

QUOTA_SECONDS = 300.0
"""How long a quota that was asked for counts: AWS changes it by the day at most."""
LONGEST_WAIT = 900
_EVERYBODY = "*ses"
"""Under this name everybody's mails are counted: no account can be called so."""


class Pacer:
    """Lets as many mails through in a second as the account's quota has (AWS: SES API v2, GetAccount, MaxSendRate).

    `count` is Outbox.count. Where the quota cannot be asked for, nothing is held back: SES's refusals are waited out.
    """

    def __init__(self, clients: Clients, count: Callable[[str, str, int], int], now: Callable[[], datetime]) -> None:
        self._clients = clients
        self._count = count
        self._now = now
        self._rate: float | None = None
        self._asked = -math.inf

    def wait_for_turn(self) -> None:
        """Return when it is a mail's turn. Raises TooManyRequests, with the seconds until it is, when it is not."""
        rate = self._current_rate()
        if rate is None:
            return
        counted = self._count(_EVERYBODY, self._now().strftime("%Y-%m-%dT%H:%M:%S"), 1)
        if counted > max(1.0, rate):
            # The further back in the line, the longer: those who wait do not all come again at once.
            wait = min(LONGEST_WAIT, math.ceil(counted / max(1.0, rate)))
            raise TooManyRequests(f"Amazon SES takes {rate:g} mails in a second", retry_after=wait)

    def _current_rate(self) -> float | None:
        if time.monotonic() - self._asked > QUOTA_SECONDS:
            self._rate = self._quota()
            self._asked = time.monotonic()
        return self._rate

    def _quota(self) -> float | None:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - on first use, as all of botocore

        try:
            with border("Amazon SES"):
                quota = self._clients.sesv2.get_account().get("SendQuota", {}).get("MaxSendRate")
        except (ClientError, Unavailable):
            return None
        return float(quota) if quota else None
