"""Accounts and keys: what the caller's is, and what an admin makes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.actions.admitting import LABEL_LETTERS, create_account, create_key
from chalicelib.actions.counting import month_of
from chalicelib.actions.hooking import paused_hooks
from chalicelib.actions.owning import account_id
from chalicelib.api import shapes
from chalicelib.api.fields import BOOLEAN, TEXT, body, path, query
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Access, Answer, operation
from chalicelib.api.schemas import list_of, ref
from chalicelib.errors import NotFound
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.ports import Backend

_TAG = "Account"
_LABEL = f"A word to know it by, of {LABEL_LETTERS} letters at most."
_ACCOUNT = path("account", TEXT, "The account's name.", example="team-a")


@operation("GET", "/me", name="User", tag=_TAG, answers=[Answer(meaning="The account.", schema=ref("Me"))])
def me(backend: Backend, caller: Caller) -> shapes.Json:
    """Get the account behind the key."""
    account = account_id(caller)
    return {
        "_id": account,
        "email": None,
        "admin": caller.account is not None and caller.account.admin,
        "labels": [],
        "recents": [],
        "messageLimit": backend.policy.keep_account,
        "moAPICount": backend.statistics.operations(account, month_of(backend.now())),
        "moAPIDisabled": False,
        "apiMonthlyLimit": None,
        "privateAddressCredits": 1_000_000,
        "privateDomain": 1_000_000,
        "apiAccess": 1,
        "capturePrivate": False,
        "smtp": backend.policy.smtp or None,
        "mailDomains": list(backend.policy.domains),
        "pausedHooks": [one.id for one in paused_hooks(backend, account)],
    }


@operation(
    "GET",
    "/me/stats",
    name="AccountStats",
    tag=_TAG,
    parameters=[query("overrideAccountId", TEXT, "Another account, for an admin.", example="team-a")],
    answers=[Answer(meaning="What the account owns and keeps.", schema=ref("Usage"))],
    errors=[404],
)
def stats(backend: Backend, caller: Caller, *, overrideAccountId: str | None) -> shapes.Json:
    """Get a summary of the account's addresses, domains and messages."""
    account = account_id(caller)
    if overrideAccountId and caller.account is not None and caller.account.admin:
        if backend.directory.account(overrideAccountId) is None:
            raise NotFound(f"There is no account {overrideAccountId}")
        account = overrideAccountId
    stored = backend.index.count(Shelf.account(account))
    last_month = backend.now().replace(day=1) - timedelta(days=1)
    return {
        "addresses": [one.inbox for one in backend.addresses.reservations(account)],
        "domains": [one.name for one in backend.domains.domains(account)],
        "starredMessages": backend.index.count(Shelf.starred(account)).messages,
        "storedMessages": stored.messages,
        "inboxBytes": stored.size,
        "lastMonthOps": backend.statistics.operations(account, month_of(last_month)),
        "defaultDomain": None,
    }


@operation(
    "GET",
    "/accounts",
    name="ListAccounts",
    tag=_TAG,
    access=Access.ADMIN,
    answers=[Answer(meaning="All accounts.", schema=list_of(ref("Account")))],
)
def list_accounts(backend: Backend, _: Caller) -> list[shapes.Json]:
    """List all accounts."""
    return [shapes.account(one) for one in backend.directory.accounts()]


@operation(
    "POST",
    "/accounts/{account}",
    name="CreateAccount",
    tag=_TAG,
    access=Access.ADMIN,
    parameters=[
        _ACCOUNT,
        body("admin", BOOLEAN, "Whether it may manage accounts, keys and rules.", default=False, example=False),
    ],
    answers=[Answer(meaning="The account.", schema=ref("Account"))],
    errors=[409],
)
def add_account(backend: Backend, _: Caller, *, account: str, admin: bool) -> shapes.Json:
    """Make an account."""
    return shapes.account(create_account(backend, account, admin=admin))


@operation(
    "GET",
    "/accounts/{account}/keys",
    name="ListKeys",
    tag=_TAG,
    access=Access.ADMIN,
    parameters=[_ACCOUNT],
    answers=[Answer(meaning="The account's keys.", schema=list_of(ref("Key")))],
    errors=[404],
)
def list_keys(backend: Backend, _: Caller, *, account: str) -> list[shapes.Json]:
    """List an account's keys, without their secrets."""
    if backend.directory.account(account) is None:
        raise NotFound(f"There is no account {account}")
    return [shapes.key(one) for one in backend.directory.keys(account)]


@operation(
    "POST",
    "/accounts/{account}/keys",
    name="CreateKey",
    tag=_TAG,
    access=Access.ADMIN,
    parameters=[
        _ACCOUNT,
        body("label", TEXT, _LABEL, default="", example="ci"),
    ],
    answers=[Answer(meaning="The key, with its secret.", schema=ref("NewKey"))],
    errors=[404],
)
def add_key(backend: Backend, _: Caller, *, account: str, label: str) -> shapes.Json:
    """Make a key for an account. Its secret is shown this once."""
    key, secret = create_key(backend, account, label=label)
    return {**shapes.key(key), "key": secret}


@operation(
    "DELETE",
    "/accounts/{account}/keys/{key}",
    name="DeleteKey",
    tag=_TAG,
    access=Access.ADMIN,
    parameters=[_ACCOUNT, path("key", TEXT, "The key's `_id`.", example="key-0123456789ab")],
    answers=[Answer(meaning="The key was revoked.", schema=ref("Released"))],
    errors=[404],
)
def delete_key(backend: Backend, _: Caller, *, account: str, key: str) -> shapes.Json:
    """Revoke a key, at once."""
    if key not in {one.id for one in backend.directory.keys(account)} or not backend.directory.remove_key(key):
        raise NotFound(f"The account {account} has no key {key}")
    return {"_id": key, "message": "Key was revoked."}


routes = blueprint(__name__, operations := (me, stats, list_accounts, add_account, list_keys, add_key, delete_key))
