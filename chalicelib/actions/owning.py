"""Whether a caller may do what they ask with an inbox, asked first by every action on one; and who may log in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.admitting import admit
from chalicelib.errors import NotFound, Unauthorized
from chalicelib.mail.addresses import inbox_of, is_address
from chalicelib.mail.holding import Sight, sight_of
from chalicelib.mail.names import Inbox

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.holding import Domain, Holding
    from chalicelib.ports import Backend

NO_KEY = "An API key is needed: as header Mailsac-Key, or as Authorization: Bearer"


def holding_of(backend: Backend, inbox: Inbox) -> Holding:
    """What the directory says of an inbox."""
    return backend.addresses.holdings((inbox,))[0]


def account_id(caller: Caller) -> str:
    """The caller's account. Raises Unauthorized when there is none."""
    if caller.account is None:
        raise Unauthorized(NO_KEY)
    return caller.account.id


def require_sight(
    backend: Backend, caller: Caller, inbox: Inbox, *, foreign: type[Exception] = Unauthorized
) -> Holding:
    """The holding of an inbox that the caller may read and change the messages of.

    Raises Unauthorized without a key where one is needed, and `foreign` when the inbox is another account's:
    Mailsac answers 403 to lists and counts, 401 to the rest.
    """
    holding = holding_of(backend, inbox)
    account = caller.account.id if caller.account else None
    sight = sight_of(holding, account, open_to_all=backend.policy.open_inboxes)
    if sight is Sight.FOREIGN:
        if account is None:
            raise Unauthorized(NO_KEY)
        raise foreign("This inbox belongs to another account")
    if sight is Sight.UNKNOWN:
        raise Unauthorized(NO_KEY)
    return holding


def require_domain(backend: Backend, caller: Caller, name: str, *, foreign: type[Exception] = Unauthorized) -> Domain:
    """The caller's domain of that name. Raises NotFound, Unauthorized, and `foreign` when it is another account's."""
    account = account_id(caller)
    domain = backend.domains.domain(name)
    if domain is None:
        raise NotFound(f"The domain {name} is not hosted here")
    if domain.owner != account:
        raise foreign("This domain belongs to another account")
    return domain


def is_login(backend: Backend, user: str, password: str) -> bool:
    """Whether a mail program may come in: the password is a key, the user its account or an address of the account's.

    Raises Unavailable.
    """
    try:
        account = admit(backend, password)
    except Unauthorized:
        return False
    name = user.strip().lower()
    return name == account.id or (is_address(name) and holding_of(backend, Inbox(inbox_of(name))).owner == account.id)
