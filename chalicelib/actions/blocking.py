"""Shutting out and letting in: rules are data, and whoever writes one writes nothing else.

The doors and edges follow by themselves: none of these functions waits for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.errors import BadRequest, Conflict, NotFound
from chalicelib.mail.blocking import Action, BlockRule, Scope, read_address, read_subject, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.ports import Backend

LONGEST_REASON = 500
"""Characters of a reason."""
LONGEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A rule as somebody asks for it: about an address, network or domain; `lasts` is None for a rule that stays."""

    address: str
    reason: str
    made_by: str
    action: Action = Action.BLOCK
    scope: Scope = Scope.BOTH
    lasts: timedelta | None = None


def make_rule(backend: Backend, asked: Asked, *, own: Iterable[str] = ()) -> BlockRule:
    """Keep a rule, over one about the same network or domain.

    `own` are addresses that the API is asked from, which the rule may not shut out. Raises BadRequest for what cannot
    be a rule, Conflict for one that would shut out its maker.
    """
    subject = read_subject(asked.address)
    reason = " ".join(asked.reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise BadRequest(f"A rule needs a reason, of {LONGEST_REASON} characters at most", field="reason")
    if asked.lasts is not None and not timedelta() < asked.lasts <= LONGEST:
        raise BadRequest("A rule lasts longer than 0 seconds, and ten years at most", field="seconds")
    now = backend.now()
    rule = BlockRule(
        subject=subject,
        reason=reason,
        made_by=asked.made_by,
        created=now,
        expires=None if asked.lasts is None else now + asked.lasts,
        action=asked.action,
        scope=asked.scope,
    )
    _refuse_own(backend, rule, own)
    backend.rules.put(rule)
    return rule


def remove_rule(backend: Backend, address: str) -> str:
    """Remove the rule about exactly this address, network or domain; answers with its canonical form.

    Raises BadRequest for what cannot be one, NotFound; what shuts an address out all the same is named.
    """
    subject = read_subject(address)
    if backend.rules.remove(subject):
        return subject
    ip = read_address(subject)
    wider = None if ip is None else verdict(backend.rules.rules(), ip, Scope.MAIL, backend.now())
    hint = "" if wider is None else f"; it is shut out by the rule about {wider.subject}"
    raise NotFound(f"There is no rule about {subject}{hint}")


def _refuse_own(backend: Backend, rule: BlockRule, own: Iterable[str]) -> None:
    network = rule.network
    if rule.action is Action.ALLOW or network is None:
        return
    others = [one for one in backend.rules.rules() if one.subject != rule.subject]
    for text in own:
        address = read_address(text)
        if address is not None and address in network and verdict([*others, rule], address, Scope.API, rule.created):
            raise Conflict(
                f"{rule.subject} would shut out {address}, where you ask from: allow that address first, or name less"
            )
