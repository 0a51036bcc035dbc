"""What has been kept long enough goes, and what a crash left over is done."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.actions.expiring import plan_expiry
from chalicelib.actions.reconciling import NOTHING, Reconciled, claim, find_lost, index_missing, starred, unstarred
from chalicelib.aws.arrivals import put_left_over
from chalicelib.aws.observing import count
from chalicelib.aws.raw_objects import RECEIPTS
from chalicelib.aws.rounds import Pace, Round, Rounds
from chalicelib.aws.strays import STRAY, stray_pages, with_envelope
from chalicelib.mail.ids import first_id_at
from chalicelib.mail.names import MessageId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalicelib.aws.backend import AwsBackend

LEFT_OVER = timedelta(minutes=10)
"""Jobs of mail that arrived so long ago, and were not put, were left by a crash."""
STRAYS = Pace(an_hour=100_000, least=timedelta(hours=1), most=timedelta(days=1))
"""How often the bucket is listed, in objects: 1000 of them are one request."""
WHOLE = Pace(an_hour=400, least=timedelta(days=1), most=timedelta(days=30))
"""How often index and raw mail are compared, in mails: each is a request to S3, and others."""
SECONDS_TO_SPARE = 15.0
"""Looks are broken off when no more of the function's time is left; the next hour goes on from there."""
_MESSAGES, _STARRED = "messages/", "starred/"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """Where a look is: its position for the next hour, the things that it met in this one, and what came of them."""

    position: str
    seen: int
    done: Reconciled


def tidy(world: AwsBackend) -> dict[str, int]:
    """Put the job that lets go of what is old, and the jobs that a crash kept from being put; says how many mails'."""
    left_over = put_left_over(world.table, world.jobs.put, before=first_id_at(world.now() - LEFT_OVER))
    plan_expiry(world)
    return {"left_over": left_over}


def mend(world: AwsBackend, seconds_left: Callable[[], float]) -> dict[str, int]:
    """Index mail that nobody was told of, and look whether index and raw mail agree. While there is time.

    A notice is given up after less than an hour of tries, and its dead letter may be redriven: what is found here is
    what no notice is left of. A store is gone through in rounds: each mail is asked of the table once as a stray.
    """
    # A bucket that is never listed within an hour must not keep the other look from its turn.
    half = seconds_left() / 2
    strays = _go(world, "strays", STRAYS, _look_for_strays, lambda: seconds_left() - half)
    whole = _go(world, "whole", WHOLE, _look_at_all, seconds_left)
    mended, lost = (sum(getattr(one, name) for one in (strays, whole)) for name in ("mended", "lost"))
    # Both looks may meet the same mail.
    failed = len({*strays.failed_mails, *whole.failed_mails})
    if mended or lost:
        log.warning("Index and raw mail had parted", extra={"mended": mended, "lost": whole.lost_mails})
        count("MailsMended", mended)
        count("MailsLost", lost)
    if failed:
        count("MailsNotMended", failed)
    return {"mended": mended, "lost": lost, "failed": failed}


def _go(
    world: AwsBackend,
    name: str,
    pace: Pace,
    look: Callable[[AwsBackend, Round], Iterator[_Reached]],
    seconds_left: Callable[[], float],
) -> Reconciled:
    """Go on with a round, or begin one if it is time to; answers with what came of it in this hour."""
    rounds = Rounds(world.table)
    begun = rounds.due(name, pace, world.now())
    if begun is None:
        return NOTHING
    reached, done = begun, NOTHING
    steps = look(world, begun)
    try:
        while not reached.is_over and seconds_left() > SECONDS_TO_SPARE:
            step = next(steps, None)
            if step is None:
                reached = reached.ended(settled=begun.began - STRAY)
                continue
            done = step.done
            is_sound = begun.is_sound and not done.failed
            reached = replace(begun, position=step.position, seen=begun.seen + step.seen, is_sound=is_sound)
    finally:
        # What fails, fails here again: the next hour need not go all the way to it.
        rounds.keep(name, reached)
    return done


def _look_for_strays(world: AwsBackend, begun: Round) -> Iterator[_Reached]:
    """Raw mail that nobody was told of, of which it is not settled yet that there is none."""
    learn = partial(with_envelope, world.raw)
    at, seen, done = begun.position, 0, NOTHING
    before = world.now() - STRAY
    for page in stray_pages(world.table, world.raw, before=before, since=begun.settled, after=at):
        for found in claim(world, page.strays, learn, done):
            done = found
            yield _Reached(position=at, seen=seen, done=done)
        at, seen = page.last, seen + page.objects
        yield _Reached(position=at, seen=seen, done=done)


def _look_at_all(world: AwsBackend, begun: Round) -> Iterator[_Reached]:
    """Each mail that has a receipt, whether it is indexed; then each message, whether it has its raw mail."""
    at, seen, done = begun.position, 0, NOTHING
    if not at or at.startswith(RECEIPTS):
        for key, together in world.raw.groups(after=at):
            held = world.index.held([receipt.id for receipt in together])
            for found in index_missing(world, (one for one in together if one.id not in held), done):
                done = found
                yield _Reached(position=at, seen=seen, done=done)
            at, seen = key, seen + len(together)
            yield _Reached(position=at, seen=seen, done=done)
    if not at.startswith(_STARRED):
        after = MessageId(at.removeprefix(_MESSAGES)) if at.startswith(_MESSAGES) else None
        for found in find_lost(world, unstarred(world, after=after), done):
            done = found
            yield _Reached(position=f"{_MESSAGES}{done.last}", seen=seen, done=done)
    account, _, before = at.removeprefix(_STARRED).rpartition("/") if at.startswith(_STARRED) else ("", "", "")
    for name in sorted(one.id for one in world.directory.accounts()):
        if name < account:
            continue
        last = MessageId(before) if name == account else None
        for found in find_lost(world, starred(world, name, before=last), done):
            done = found
            yield _Reached(position=f"{_STARRED}{name}/{done.last}", seen=seen, done=done)
