"""What has been kept long enough goes, and what a crash left over is done."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.actions.expiring import plan_expiry
from chalicelib.actions.reconciling import Reconciled, claim, reconcile
from chalicelib.aws.arrivals import put_left_over
from chalicelib.aws.observing import count
from chalicelib.aws.strays import strays, with_envelope
from chalicelib.mail.ids import first_id_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalicelib.aws.backend import AwsBackend

LEFT_OVER = timedelta(minutes=10)
"""Jobs of mail that arrived so long ago, and were not put, were left by a crash."""
STRAY = timedelta(hours=2)
"""Mail whose notice has not come so long after it was written will not be told of any more."""
WHOLE_LOOK_HOUR = 3
"""In this hour of the day, UTC, index and raw mail are compared whole."""
SECONDS_TO_SPARE = 15.0
"""Looks end when no more of the function's time is left; the next hour's begin anew."""

log = logging.getLogger(__name__)


def tidy(world: AwsBackend) -> dict[str, int]:
    """Put the job that lets go of what is old, and the jobs that a crash kept from being put; says how many mails'."""
    left_over = put_left_over(world.table, world.jobs.put, before=first_id_at(world.now() - LEFT_OVER))
    plan_expiry(world)
    return {"left_over": left_over}


def mend(world: AwsBackend, seconds_left: Callable[[], float]) -> dict[str, int]:
    """Index mail that nobody was told of; once a day, also look whether index and raw mail agree. While there is time.

    A notice is given up after less than an hour of tries, and its dead letter may be redriven: what is found here is
    what no notice is left of.
    """
    whole = reconcile(world) if world.now().hour == WHOLE_LOOK_HOUR else iter(())
    found = strays(world.table, world.raw, before=world.now() - STRAY)
    untold = claim(world, found, partial(with_envelope, world.raw))
    done = [_last(look, seconds_left) for look in (untold, whole)]
    mended, lost = sum(one.mended for one in done), sum(one.lost for one in done)
    # Both looks may meet the same mail.
    failed = len({mail for one in done for mail in one.failed_mails})
    if mended or lost:
        log.warning("Index and raw mail had parted", extra={"mended": mended, "lost": done[-1].lost_mails})
        count("MailsMended", mended)
        count("MailsLost", lost)
    if failed:
        count("MailsNotMended", failed)
    return {"mended": mended, "lost": lost, "failed": failed}


def _last(look: Iterator[Reconciled], seconds_left: Callable[[], float]) -> Reconciled:
    last = Reconciled()
    while seconds_left() > SECONDS_TO_SPARE and (further := next(look, None)):
        last = further
    return last
