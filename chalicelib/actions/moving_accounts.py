"""Copying all that is not mail into another store: accounts with what they own, and the rules about who is shut out."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.actions.owning import holding_of
from chalicelib.actions.reserving import alias_token, give_messages, reassign_domain
from chalicelib.errors import Conflict

if TYPE_CHECKING:
    from chalicelib.mail.blocking import BlockRule
    from chalicelib.mail.holding import Domain, Reservation
    from chalicelib.mail.hook import Hook
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """How many of each kind were copied, and what was not because it belongs to another account there."""

    copied: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)


def move_accounts(source: Backend, destination: Backend) -> Accounts:
    """Copy accounts, keys (their digests), domains, reservations, hooks, suppressions, and rules that have not expired.

    What is there stays, but for domains, reservations and hooks that were changed later at the source, and rules that
    were made later there. Raises Unavailable; doing it again goes on.
    """
    done = Accounts()
    _move_directory(source, destination, done)
    for account in source.directory.accounts():
        for domain in source.domains.domains(account.id):
            _move_domain(destination, domain, done)
        for reservation in source.addresses.reservations(account.id):
            _move_reservation(destination, reservation, done)
            move_alias(source, destination, reservation.inbox)
        for hook in source.hooks.hooks(account.id):
            _move_hook(destination, hook, done)
        _move_suppressions(source, destination, account.id, done)
    for rule in source.rules.rules():
        done.copied["rules"] += _move_rule(destination, rule)
    return done


def move_alias(source: Backend, destination: Backend, inbox: Inbox) -> None:
    """Let the secret other name that an inbox has at the source, if anybody asked for it, lead to it there too."""
    token = alias_token(source, inbox)
    if source.addresses.inbox_of_alias(token) is not None:
        destination.addresses.alias(inbox, token)


def _move_directory(source: Backend, destination: Backend, done: Accounts) -> None:
    there = {account.id for account in destination.directory.accounts()}
    for account in source.directory.accounts():
        if account.id not in there:
            # Or somebody makes it at this moment.
            with suppress(Conflict):
                destination.directory.add_account(account)
                done.copied["accounts"] += 1
        _move_keys(source, destination, account.id, done)


def _move_keys(source: Backend, destination: Backend, account: str, done: Accounts) -> None:
    there = {key.id for key in destination.directory.keys(account)}
    for key in source.directory.keys(account):
        if key.id not in there:
            # Or another account has it: its word stands.
            with suppress(Conflict):
                destination.directory.add_key(key)
                done.copied["keys"] += 1


def _move_domain(destination: Backend, domain: Domain, done: Accounts) -> None:
    before = destination.domains.domain(domain.name)
    if before is not None and before.owner != domain.owner:
        done.refused.append(f"the domain {domain.name} of {domain.owner} is {before.owner}'s there")
        return
    if before is None:
        destination.domains.add(domain)
    elif before.updated < domain.updated:
        destination.domains.update(domain)
    else:
        return
    reassign_domain(destination, domain.name)
    done.copied["domains"] += 1


def _move_reservation(destination: Backend, reservation: Reservation, done: Accounts) -> None:
    holding = holding_of(destination, reservation.inbox)
    before = holding.reservation
    foreign = {before.owner if before is not None else holding.host} - {None, reservation.owner}
    if foreign:
        done.refused.append(f"the address {reservation.inbox} of {reservation.owner} is {foreign.pop()}'s there")
        return
    if before is None:
        destination.addresses.reserve(reservation)
        give_messages(destination, reservation, reservation.owner)
    elif before.updated < reservation.updated:
        destination.addresses.update(reservation)
    else:
        return
    done.copied["reservations"] += 1


def _move_hook(destination: Backend, hook: Hook, done: Accounts) -> None:
    before = destination.hooks.hook(hook.id)
    if before is None:
        destination.hooks.add(hook)
    elif not (before.updated < hook.updated and destination.hooks.replace(before, hook)):
        return
    done.copied["hooks"] += 1


def _move_suppressions(source: Backend, destination: Backend, account: str, done: Accounts) -> None:
    there = {one.address for one in destination.suppressions.suppressions(account)}
    for suppression in source.suppressions.suppressions(account):
        if suppression.address not in there:
            destination.suppressions.add(suppression)
            done.copied["suppressions"] += 1


def _move_rule(destination: Backend, rule: BlockRule) -> bool:
    before = destination.rules.rule(rule.subject)
    if before is not None and before.holds_at(destination.now()) and before.created >= rule.created:
        return False
    destination.rules.put(rule)
    return True
