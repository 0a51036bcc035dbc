"""Addresses that accounts reserve, and their secret other names."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.actions.discarding import delete_all
from chalicelib.actions.owning import account_id, holding_of
from chalicelib.actions.targeting import require_target
from chalicelib.errors import BadRequest, Conflict, Unauthorized
from chalicelib.mail.holding import Holding, Reservation
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

BULK = 100
"""The most addresses that are reserved in one request."""
_FOREIGN = "This address belongs to another account"


def reserve(backend: Backend, caller: Caller, inbox: Inbox, settings: Mapping[str, Any]) -> Reservation:
    """Reserve an address for the caller's account; the messages that are there become theirs.

    Raises BadRequest when it is theirs already or its hooks can never be asked, Unauthorized when another account has
    it or hosts its domain, or when it is the catch-all of a domain that the caller does not host.
    """
    owner = account_id(caller)
    _check_targets(backend, settings)
    holding = holding_of(backend, inbox)
    if holding.reservation is not None and holding.reservation.owner == owner:
        raise BadRequest("This address is yours already", field="email")
    if holding.reservation is not None or holding.host not in {None, owner}:
        raise Unauthorized(_FOREIGN)
    now = backend.now()
    reservation = replace(Reservation(inbox=inbox, owner=owner, created=now, updated=now), **settings)
    if reservation.catch_all is not None and holding.host != owner:
        raise Unauthorized("Only who hosts a verified domain can catch all its mail")
    try:
        backend.addresses.reserve(reservation)
    except Conflict:
        raise Unauthorized(_FOREIGN) from None
    give_messages(backend, reservation, owner)
    return reservation


def reserve_all(backend: Backend, caller: Caller, inboxes: Sequence[Inbox]) -> tuple[Reservation, ...]:
    """Reserve several addresses; those that are the caller's already stay so. All are checked before the first."""
    owner = account_id(caller)
    if not 0 < len(inboxes) <= BULK:
        raise BadRequest(f"1 to {BULK} addresses can be reserved at once", field="addresses")
    for inbox in inboxes:
        holding = holding_of(backend, inbox)
        if {holding.owner, holding.host} - {None, owner}:
            raise Unauthorized(f"{inbox} belongs to another account")
    made = []
    for inbox in dict.fromkeys(inboxes):
        held = holding_of(backend, inbox).reservation
        made.append(held if held is not None else reserve(backend, caller, inbox, {}))
    return tuple(made)


def change(backend: Backend, caller: Caller, inbox: Inbox, settings: Mapping[str, Any]) -> Reservation:
    """Change where a reserved address's mail is told of; what is not named stays. Raises as `reserve`."""
    reservation = _own(backend, caller, inbox)
    if reservation is None:
        raise Unauthorized("This address is not yours: reserve it first")
    _check_targets(backend, settings)
    changed = replace(reservation, updated=backend.now(), **settings)
    backend.addresses.update(changed)
    return changed


def _check_targets(backend: Backend, settings: Mapping[str, Any]) -> None:
    for name, field in (("webhook", "webhook"), ("webhook_slack", "webhookSlack")):
        if settings.get(name):
            require_target(backend, field, settings[name])


def release(backend: Backend, caller: Caller, inbox: Inbox, *, with_messages: bool) -> None:
    """Give an address up. Its messages go with it, starred ones too, or become whose its domain is, or anybody's.

    Those of a catch-all are what it caught: the caller's in unreserved inboxes of its domain.
    Raises BadRequest when nobody reserved it, Unauthorized when another account did.
    """
    reservation = _own(backend, caller, inbox)
    if reservation is None:
        raise BadRequest("This address is not reserved", field="email")
    if with_messages:
        _delete_messages(backend, reservation)
    backend.addresses.release(inbox)
    give_messages(backend, reservation, holding_of(backend, inbox).owner)


def _delete_messages(backend: Backend, reservation: Reservation) -> None:
    # A star spares a message from age and purges; here it would leave private mail in an inbox that opens to all.
    if reservation.catch_all is None:
        delete_all(backend, Shelf.inbox(reservation.inbox))
        return

    @cache
    def is_caught(inbox: Inbox) -> bool:
        return holding_of(backend, inbox).reservation is None

    shelf = Shelf.domain(reservation.catch_all)
    delete_all(backend, shelf, that=lambda one: one.owner == reservation.owner and is_caught(one.inbox))


def secret_name(backend: Backend, inbox: Inbox) -> str:
    """The address that leads to an inbox without naming it: "inbox-" and 40 hex digits, at the same domain."""
    token = alias_token(backend, inbox)
    # Kept on first use: knowing an inbox's name must not be enough to compute it.
    backend.addresses.alias(inbox, token)
    return f"inbox-{token}@{inbox.rpartition('@')[2]}"


def alias_token(backend: Backend, inbox: Inbox) -> str:
    """The 40 hex digits of an inbox's secret other name here, whether or not anybody has asked for it."""
    secret = backend.directory.secret("alias")
    return hashlib.sha256(secret + inbox.encode("utf-8", "surrogateescape")).hexdigest()[:40]


def _own(backend: Backend, caller: Caller, inbox: Inbox) -> Reservation | None:
    holding = holding_of(backend, inbox)
    if holding.owner not in {None, account_id(caller)}:
        raise Unauthorized(_FOREIGN)
    return holding.reservation


def give_messages(backend: Backend, reservation: Reservation, owner: str | None) -> None:
    """Give the messages of a reserved address, or of a domain that it catches mail for, to whose they are by now."""
    if reservation.catch_all is not None:
        reassign_domain(backend, reservation.catch_all)
        return
    shelf = Shelf.inbox(reservation.inbox)
    for before in {None, reservation.owner} - {owner}:
        while backend.register.assign(shelf, before, owner):
            pass


def reassign_domain(backend: Backend, domain: str) -> None:
    """Give every message of a domain to whom its inbox belongs by now."""
    owners: dict[Inbox, Holding] = {}
    before = None
    while page := backend.index.messages(Shelf.domain(domain), limit=500, before=before):
        for message in page:
            if message.inbox not in owners:
                owners[message.inbox] = holding_of(backend, message.inbox)
                for old in {message.owner} - {owners[message.inbox].owner}:
                    while backend.register.assign(Shelf.inbox(message.inbox), old, owners[message.inbox].owner):
                        pass
        before = page[-1].id
