"""What is done about a flood: its sender gets a rule that expires, and later each time it comes again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from chalicelib.mail.block_table import BlockTable
from chalicelib.mail.blocking import BlockRule, Scope, subject_of
from chalicelib.mail.flood_terms import Mode

if TYPE_CHECKING:
    from chalicelib.mail.detecting import Offence
    from chalicelib.ports import Backend

log = logging.getLogger(__name__)

DETECTOR = "detector"


def punish(backend: Backend, offence: Offence) -> BlockRule | None:
    """Shut a flood's sender out of both doors, unless it is trusted, allowed, or has a rule already.

    Answers with the rule that was made. It lasts as the terms say: four times longer for each earlier rule of the
    detector about the same network that the store still knows. In a dry run it is only told.
    """
    terms, now = backend.policy.floods, backend.now()
    first = offence.network.network_address
    if terms.mode is Mode.OFF or terms.trusts(first):
        return None
    if BlockTable(backend.rules.rules()).allows(first, Scope.MAIL, now):
        log.info("A flood is let in, as a rule allows: %s", _told(offence))
        return None
    if terms.mode is Mode.DRY_RUN:
        log.warning("A flood would be shut out: %s", _told(offence))
        return None
    subject = subject_of(offence.network)
    before = backend.rules.rule(subject)
    repeats = 0 if before is None or before.made_by != DETECTOR else before.repeats + 1
    rule = BlockRule(
        subject=subject,
        reason=f"flood: {_told(offence)}",
        made_by=DETECTOR,
        created=now,
        expires=now + terms.term(repeats),
        repeats=repeats,
    )
    if not backend.rules.add(rule):
        return None
    log.warning("A flood is shut out until %s: %s", rule.expires, _told(offence))
    return rule


def _told(offence: Offence) -> str:
    return f"{offence.count} {offence.measure} from {subject_of(offence.network)} within the window"
