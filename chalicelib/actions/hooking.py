"""The hooks of an account: made, looked at, changed, tried; and what became of their deliveries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.actions.announcing import WEBHOOK, lane_of, webhook_job
from chalicelib.actions.delivering import TEST, change_hook, implicit_hook
from chalicelib.actions.owning import account_id, holding_of, require_domain
from chalicelib.actions.reading import find_message
from chalicelib.actions.targeting import require_target
from chalicelib.errors import Conflict, Forbidden, NotFound, Unauthorized
from chalicelib.mail.hook import SECRET_BYTES, Hook, may_be_told, new_secret, rotated
from chalicelib.mail.job import Job
from chalicelib.mail.names import Inbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.hook import Delivery
    from chalicelib.ports import Backend

MOST_HOOKS = 100
"""The most hooks of one account: each of its mails may be told to all of one scope."""


def create_hook(backend: Backend, caller: Caller, scope: str, url: str) -> Hook:
    """A new hook for an address or catch-all that the caller reserved, or a verified domain of theirs.

    Raises BadRequest for a URL that is none or can never be asked, Unauthorized and NotFound where the scope is not the
    caller's, Conflict for the same URL twice or too many hooks.
    """
    owner = account_id(caller)
    _check_scope(backend, caller, scope)
    require_target(backend, "url", url)
    known = backend.hooks.hooks(owner)
    if any((one.scope, one.url, one.implicit) == (scope, url, False) for one in known):
        raise Conflict("This URL is told of that mail already")
    if len(known) >= MOST_HOOKS:
        raise Conflict(f"An account has {MOST_HOOKS} hooks at most")
    now = backend.now()
    hook = Hook(
        id=f"hook-{backend.entropy(12).hex()}",
        owner=owner,
        scope=scope,
        url=url,
        secret=new_secret(backend.entropy(SECRET_BYTES)),
        created=now,
        updated=now,
    )
    backend.hooks.add(hook)
    return hook


def hooks_of(backend: Backend, account: str) -> tuple[Hook, ...]:
    """An account's hooks, those of its reserved addresses' `webhook` included."""
    kept = [one for one in backend.hooks.hooks(account) if not one.implicit]
    return (*kept, *_implicit(backend, account))


def paused_hooks(backend: Backend, account: str) -> tuple[Hook, ...]:
    """The account's hooks whose receivers have failed for so long that they are told no more."""
    return tuple(one for one in backend.hooks.hooks(account) if one.paused)


def require_hook(backend: Backend, caller: Caller, hook: str) -> Hook:
    """The caller's hook of that id. Raises NotFound, also for another account's."""
    account = account_id(caller)
    found = backend.hooks.hook(hook)
    if found is None or found.implicit:
        # It is there as long as its address says so, in the form in which that says it.
        found = next((one for one in _implicit(backend, account) if one.id == hook), None)
    if found is None or found.owner != account:
        raise NotFound("There is no such hook")
    return found


def remove_hook(backend: Backend, caller: Caller, hook: str) -> None:
    """Forget a hook. Raises NotFound, and Conflict for one that stands for an address's `webhook`."""
    if require_hook(backend, caller, hook).implicit:
        raise Conflict("This hook is the `webhook` of its address: clear that")
    backend.hooks.remove(hook)


def rotate_secret(backend: Backend, caller: Caller, hook: str) -> Hook:
    """Give a hook a new secret; the one before signs too for a day."""
    found = require_hook(backend, caller, hook)
    secret = new_secret(backend.entropy(SECRET_BYTES))
    return _changed(change_hook(backend, found.id, lambda before: rotated(before, secret, backend.now())))


def resume_hook(backend: Backend, caller: Caller, hook: str) -> Hook:
    """Let a paused hook be told again, from the next mail on."""
    found = require_hook(backend, caller, hook)
    return _changed(
        change_hook(
            backend,
            found.id,
            lambda before: replace(before, paused=False, failing_since=None, rests_until=None),
        )
    )


def list_deliveries(backend: Backend, caller: Caller, hook: str, *, limit: int) -> tuple[Delivery, ...]:
    """The newest deliveries of a hook, newest first."""
    return backend.deliveries.deliveries(require_hook(backend, caller, hook).id, limit=limit)


def redeliver(backend: Backend, caller: Caller, hook: str, inbox: Inbox, message: str) -> str:
    """Tell a hook of a message once more, soon and even if it is paused; answers with the id of the job.

    The receiver gets the same webhook-id as before. Raises NotFound.
    """
    found = require_hook(backend, caller, hook)
    if not may_be_told(holding_of(backend, inbox), account_id(caller)):
        raise NotFound("There is no such message in this inbox")
    scope = found.scope if found.implicit else ""
    again = backend.entropy(8).hex()
    job = webhook_job(
        find_message(backend, inbox, message), found.id, found.url, backend.now(), scope=scope, again=again
    )
    backend.jobs.put([job])
    return job.id


def send_test(backend: Backend, caller: Caller, hook: str) -> str:
    """Have a signed test posted to a hook, soon; answers with the job's id.

    What became of it is among the hook's deliveries. It is tried once, also while the hook is paused.
    """
    found = require_hook(backend, caller, hook)
    mark = backend.entropy(8).hex()
    payload = {"hook": found.id, TEST: mark, **({"scope": found.scope} if found.implicit else {})}
    job = Job(
        id=f"{TEST}:{found.id}:{mark}", kind=WEBHOOK, created=backend.now(), payload=payload, lane=lane_of(found.url)
    )
    backend.jobs.put([job])
    return job.id


def _check_scope(backend: Backend, caller: Caller, scope: str) -> None:
    if "@" not in scope:
        if not require_domain(backend, caller, scope).verified:
            raise Forbidden("This domain is not verified yet")
        return
    reservation = holding_of(backend, Inbox(scope)).reservation
    if reservation is None or reservation.owner != account_id(caller):
        raise Unauthorized("This address is not yours: reserve it first")


def _implicit(backend: Backend, account: str) -> Iterator[Hook]:
    for reservation in backend.addresses.reservations(account):
        if reservation.webhook:
            yield implicit_hook(backend, reservation)


def _changed(hook: Hook | None) -> Hook:
    if hook is None:
        raise NotFound("There is no such hook")
    return hook
