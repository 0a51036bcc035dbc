"""What both composition roots build from: the clock, the ids of mails, and the policy that the settings ask for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.mail.detecting import Thresholds
from chalicelib.mail.flood_terms import FloodTerms, Mode
from chalicelib.mail.ids import ENTROPY_BYTES, mail_id
from chalicelib.mail.mime import Bounds
from chalicelib.ports import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.mail.message import MailId
    from chalicelib.settings import Settings

_MILLISECOND = timedelta(milliseconds=1)


def system_clock() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


def policy_of(settings: Settings) -> Policy:
    """What these settings say about behaviour."""
    return Policy(
        domains=settings.domains,
        hostname=settings.hostname,
        bounds=Bounds(
            depth=settings.mime_depth,
            parts=settings.mime_parts,
            header_bytes=settings.mime_header_bytes,
            parameters=settings.mime_parameters,
        ),
        open_inboxes=settings.open_inboxes,
        search_words=settings.search_words,
        keep_days=settings.keep_days,
        keep_unowned=settings.keep_unowned,
        keep_account=settings.keep_account,
        floods=floods_of(settings),
    )


def floods_of(settings: Settings) -> FloodTerms:
    """What these settings say about floods."""
    return FloodTerms(
        mode=Mode(settings.flood_mode),
        thresholds=Thresholds(
            window=settings.flood_window,
            arrivals=settings.flood_arrivals,
            refused=settings.flood_refused,
            octets=settings.flood_octets,
        ),
        block_seconds=settings.flood_block,
        trusted=settings.trusted,
    )


class MailIds:
    """Gives out ids for mails that arrive now, each larger than all before; threads may share it."""

    def __init__(self, now: Callable[[], datetime], entropy: Callable[[int], bytes]) -> None:
        self._now = now
        self._entropy = entropy
        self._lock = threading.Lock()
        self._last = datetime.min.replace(tzinfo=UTC)

    def new_id(self) -> MailId:
        """The next id. Of two mails in one millisecond, or after a clock was set back, the later still sorts after."""
        with self._lock:
            self._last = max(self._now(), self._last + _MILLISECOND)
            return mail_id(self._last, self._entropy(ENTROPY_BYTES))
