"""What both composition roots build from: the clock, the ids of mails, and the policy that the settings ask for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.mail.bounds import Bounds
from chalicelib.mail.detecting import Thresholds
from chalicelib.mail.flood_terms import FloodTerms, Mode
from chalicelib.mail.ids import ENTROPY_BYTES, first_id_at, mail_id_after
from chalicelib.mail.targets import TargetRules
from chalicelib.ports import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.mail.names import MailId
    from chalicelib.settings import Settings

SHORTEST_OUTBOX_DAYS = 2


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
        send_recipients=settings.send_recipients,
        send_size=settings.send_size,
        send_rate=settings.send_rate,
        ses_capture=settings.ses_capture,
        keep_sent=settings.keep_sent,
        url=settings.url,
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


def outbox_keep(policy: Policy) -> timedelta | None:
    """How long it is known what became of a sent mail: as long as mail is kept, and longer than it may be tried."""
    return None if policy.keep_days is None else timedelta(days=max(SHORTEST_OUTBOX_DAYS, policy.keep_days))


def target_rules_of(settings: Settings) -> TargetRules:
    """Which receivers of webhooks these settings allow."""
    return TargetRules(listed=frozenset(settings.hook_targets), plain=settings.hook_http)


class MailIds:
    """Gives out ids for mails that arrive now, each larger than all before; threads may share it."""

    def __init__(self, now: Callable[[], datetime], entropy: Callable[[int], bytes]) -> None:
        self._now = now
        self._entropy = entropy
        self._lock = threading.Lock()
        self._last = first_id_at(datetime.min.replace(tzinfo=UTC))

    def new_id(self) -> MailId:
        """The next id. Of two mails in one millisecond, or after a clock was set back, the later still sorts after."""
        with self._lock:
            self._last = mail_id_after(self._last, self._now(), self._entropy(ENTROPY_BYTES))
            return self._last
