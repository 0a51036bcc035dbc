"""Listening live: who may listen to what, and what they hear.

A listener names addresses and domains. Each (account, name) that may hear of an inbox is made from its holding, at the
start and again for each mail: a name that is given up, or whose `enablews` is switched off, falls silent at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib import errors
from chalicelib.actions.owning import account_id, holding_of, require_domain
from chalicelib.mail.addresses import inbox_of, is_address
from chalicelib.mail.blocking import Scope, read_address, verdict
from chalicelib.mail.holding import CATCH_ALL, Sight, sight_of
from chalicelib.mail.hook import may_be_told
from chalicelib.mail.names import Inbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.holding import Holding
    from chalicelib.mail.message import Message
    from chalicelib.mail.telling import Json
    from chalicelib.ports import Backend

MOST_NAMES = 100
"""The most addresses and domains of one listener."""
_STATUS: dict[type[errors.RestanteError], int] = {
    errors.BadRequest: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """An account that listens to an inbox, a catch-all or a domain of that name."""

    account: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a listener listens to."""

    account: str
    addresses: tuple[str, ...]
    domains: tuple[str, ...]

    @property
    def ears(self) -> tuple[Ear, ...]:
        """One for each name."""
        return tuple(Ear(account=self.account, name=name) for name in (*self.addresses, *self.domains))


def watch(backend: Backend, caller: Caller, names: Sequence[str]) -> Watch:
    """What the caller will listen to.

    Raises Unauthorized, Forbidden, NotFound, and BadRequest, naming what cannot be listened to.
    """
    account = account_id(caller)
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not 0 < len(wanted) <= MOST_NAMES:
        raise errors.BadRequest(f"addresses: expected 1 to {MOST_NAMES} addresses or domains, separated by commas")
    addresses = [_address(backend, account, name) for name in wanted if "@" in name]
    domains = [_domain(backend, caller, name.lower()) for name in wanted if "@" not in name]
    return Watch(account=account, addresses=tuple(addresses), domains=tuple(domains))


def require_not_shut_out(backend: Backend, ip: str) -> None:
    """See that the rules let this address in. Raises Forbidden."""
    address = read_address(ip)
    if address is not None and verdict(backend.rules.rules(), address, Scope.API, backend.now()) is not None:
        raise errors.Forbidden("This address is shut out")


def ears_of(holding: Holding) -> frozenset[Ear]:
    """Who may hear of an inbox's mail: as itself, as what its catch-all takes, and as part of its domain."""
    ears = set()
    reservation, catch_all, domain = holding.reservation, holding.catch_all, holding.domain
    if reservation is not None and reservation.enablews:
        ears.add(Ear(account=reservation.owner, name=holding.inbox))
    if reservation is None and catch_all is not None and catch_all.enablews:
        ears |= {Ear(account=catch_all.owner, name=name) for name in (holding.inbox, catch_all.inbox)}
    if domain is not None and domain.enablews and domain.verified and may_be_told(holding, domain.owner):
        ears.add(Ear(account=domain.owner, name=domain.name))
        if reservation is None:
            ears.add(Ear(account=domain.owner, name=holding.inbox))
    return frozenset(ears)


def revoked_of(backend: Backend, digests: Iterable[str]) -> frozenset[str]:
    """Those of these keys, named by their digests, that open nothing any more."""
    return frozenset(digest for digest in digests if backend.directory.key_of(digest) is None)


def names_of(message: Message) -> frozenset[str]:
    """Every name under which somebody may listen to a message."""
    return frozenset((message.inbox, f"{CATCH_ALL}@{message.domain}", message.domain))


def may_read(backend: Backend, holding: Holding, account: str | None) -> bool:
    """Whether an account (None: no key) may read an inbox's mail."""
    sight = sight_of(holding, account, open_to_all=backend.policy.open_inboxes)
    return sight in {Sight.OWNER, Sight.PUBLIC}


def listening(watched: Watch) -> Json:
    """The first frame, which says that all is well; it has no `to`, by which clients know a mail."""
    return {
        "status": 200,
        "msg": "Listening",
        "addresses": list(watched.addresses),
        "domains": list(watched.domains),
    }


def refused(error: errors.RestanteError) -> Json:
    """The frame in place of the first one where there is nothing to hear."""
    return {"status": _STATUS.get(type(error), 503), "error": error.message}


def _address(backend: Backend, account: str, name: str) -> str:
    bare = name.removeprefix(CATCH_ALL + "@")
    catches_all = bare != name
    if not is_address(f"any@{bare}" if catches_all else name):
        raise errors.BadRequest(f"{name[:100]} is no address")
    inbox = Inbox(f"{CATCH_ALL}@{bare.lower()}" if catches_all else inbox_of(name))
    holding = holding_of(backend, inbox)
    owner = holding.owner or holding.host
    if owner is not None and owner != account:
        raise errors.Unauthorized(f"{inbox} belongs to another account")
    if Ear(account=account, name=inbox) not in ears_of(holding):
        hint = "switch its enablews on" if holding.owner == account else "reserve it first, with enablews"
        raise errors.BadRequest(f"{inbox} is not told of over the WebSocket: {hint}")
    return inbox


def _domain(backend: Backend, caller: Caller, name: str) -> str:
    domain = require_domain(backend, caller, name)
    if not domain.verified:
        raise errors.Forbidden(f"{name} is not verified yet")
    if not domain.enablews:
        raise errors.BadRequest(f"{name} is not told of over the WebSocket: switch its enablews on")
    return domain.name
