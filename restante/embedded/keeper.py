"""Receiving, and letting go of what has been kept long enough, out of the way of those who wait for a reply."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from chalicelib.actions.expiring import plan_expiry, trim
from chalicelib.actions.receiving import receive
from chalicelib.errors import RestanteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.actions.receiving import Arrival
    from chalicelib.mail.message import Receipt
    from restante.embedded.backend import EmbeddedBackend

log = logging.getLogger(__name__)

TRIM_SECONDS = 0.5
"""How soon an inbox that is over its number is cut back."""
EXPIRE_EVERY = 120
"""After how many rounds of trimming a job is put that looks at the age of mail: every minute."""


class Keeper:
    """Takes mail in, and trims the inboxes it went to on a thread of its own."""

    def __init__(self, backend: EmbeddedBackend) -> None:
        self._backend = backend
        self._lock = threading.Lock()
        self._touched: set[str] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def receive(self, arrivals: Sequence[Arrival]) -> tuple[Receipt, ...]:
        """As receiving.receive; the inboxes are trimmed soon."""
        receipts = receive(self._backend, arrivals)
        with self._lock:
            self._touched.update(recipient for receipt in receipts for recipient in receipt.envelope.recipients)
        return receipts

    def close(self) -> None:
        """End the thread after a last round."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        ended = False
        rounds = 0
        while not ended:
            ended = self._ended.wait(TRIM_SECONDS)
            with self._lock:
                touched, self._touched = self._touched, set()
            try:
                trim(self._backend, touched)
                if rounds % EXPIRE_EVERY == 0:
                    plan_expiry(self._backend)
                    self._backend.register.cut_feed()
            except RestanteError as error:
                # Nothing is lost by keeping mail longer: the next round tries again.
                log.warning("Old mail could not be removed now: %s", error)
                with self._lock:
                    self._touched |= touched
            rounds += 1
