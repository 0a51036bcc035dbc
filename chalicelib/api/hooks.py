"""Webhooks: made, looked at, tried, and what became of what they were told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import hooking
from chalicelib.actions.owning import account_id
from chalicelib.api import shapes
from chalicelib.api.fields import INBOX, SCOPE, TEXT, body, integer, path, query
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Answer, Reply, operation
from chalicelib.api.schemas import list_of, ref
from chalicelib.ports.hooks import DELIVERIES_KEPT

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

_TAG = "Webhooks"
_HOOK = path("hook", TEXT, "The hook's `_id`.", example="hook-0123456789abcdef01234567")
_ONE = Answer(meaning="The hook.", schema=ref("Hook"))
_SOON = Answer(meaning="It is done soon; this is the job's id.", status=202, schema=ref("Queued"))


@operation(
    "GET", "/hooks", name="ListHooks", tag=_TAG, answers=[Answer(meaning="The hooks.", schema=list_of(ref("Hook")))]
)
def list_hooks(backend: Backend, caller: Caller) -> list[shapes.Json]:
    """List the account's webhooks, the `webhook` of each of its addresses included."""
    return [shapes.hook(one) for one in hooking.hooks_of(backend, account_id(caller))]


@operation(
    "POST",
    "/hooks",
    name="CreateHook",
    tag=_TAG,
    parameters=[
        body(
            "scope",
            SCOPE,
            "What it is told of: an address or `*@domain` catch-all that is reserved, or a verified domain.",
            required=True,
            example="mail.example",
        ),
        body("url", TEXT, "Where it is posted to.", required=True, example="https://ci.example/new-mail"),
    ],
    answers=[_ONE],
    errors=[403, 404, 409],
)
def create_hook(backend: Backend, caller: Caller, *, scope: str, url: str) -> shapes.Json:
    """Make a webhook: each mail of its scope is posted to its URL, signed with its secret.

    The payload and its signature are described in docs/webhooks.md.
    """
    return shapes.hook(hooking.create_hook(backend, caller, scope, url))


@operation("GET", "/hooks/{hook}", name="GetHook", tag=_TAG, parameters=[_HOOK], answers=[_ONE], errors=[404])
def get_hook(backend: Backend, caller: Caller, *, hook: str) -> shapes.Json:
    """Get one webhook."""
    return shapes.hook(hooking.require_hook(backend, caller, hook))


@operation(
    "DELETE",
    "/hooks/{hook}",
    name="DeleteHook",
    tag=_TAG,
    parameters=[_HOOK],
    answers=[Answer(meaning="The hook is told of nothing more.", schema=ref("Released"))],
    errors=[404, 409],
)
def delete_hook(backend: Backend, caller: Caller, *, hook: str) -> shapes.Json:
    """Forget a webhook and its deliveries."""
    hooking.remove_hook(backend, caller, hook)
    return {"_id": hook, "message": "Hook was removed."}


@operation(
    "POST",
    "/hooks/{hook}/rotate",
    name="RotateHookSecret",
    tag=_TAG,
    parameters=[_HOOK],
    answers=[_ONE],
    errors=[404, 409],
)
def rotate(backend: Backend, caller: Caller, *, hook: str) -> shapes.Json:
    """Give a webhook a new secret. For a day the one before signs too."""
    return shapes.hook(hooking.rotate_secret(backend, caller, hook))


@operation(
    "POST",
    "/hooks/{hook}/resume",
    name="ResumeHook",
    tag=_TAG,
    parameters=[_HOOK],
    answers=[_ONE],
    errors=[404, 409],
)
def resume(backend: Backend, caller: Caller, *, hook: str) -> shapes.Json:
    """Let a webhook be told again that was paused because its receiver failed for too long."""
    return shapes.hook(hooking.resume_hook(backend, caller, hook))


@operation(
    "GET",
    "/hooks/{hook}/deliveries",
    name="ListDeliveries",
    tag=_TAG,
    parameters=[
        _HOOK,
        query(
            "limit",
            integer(minimum=1, maximum=DELIVERIES_KEPT),
            "The most deliveries to answer with.",
            default=20,
            example=50,
        ),
    ],
    answers=[Answer(meaning="The newest deliveries, newest first.", schema=list_of(ref("Delivery")))],
    errors=[404],
)
def list_deliveries(backend: Backend, caller: Caller, *, hook: str, limit: int) -> list[shapes.Json]:
    """List the newest tries to tell a webhook: the status, the time it took, and how the answer began."""
    return [shapes.delivery(one) for one in hooking.list_deliveries(backend, caller, hook, limit=limit)]


@operation(
    "POST",
    "/hooks/{hook}/redeliver",
    name="Redeliver",
    tag=_TAG,
    parameters=[
        _HOOK,
        body("inbox", INBOX, "The message's inbox.", required=True, example="signup@mail.example"),
        body("message", TEXT, "The message's `_id`, or `latest`.", required=True, example="latest"),
    ],
    answers=[_SOON],
    errors=[404],
)
def redeliver(backend: Backend, caller: Caller, *, hook: str, inbox: Inbox, message: str) -> Reply:
    """Tell a webhook of a message once more, with the `webhook-id` that it had before."""
    return Reply(status=202, body={"job": hooking.redeliver(backend, caller, hook, inbox, message)})


@operation("POST", "/hooks/{hook}/test", name="TestHook", tag=_TAG, parameters=[_HOOK], answers=[_SOON], errors=[404])
def test(backend: Backend, caller: Caller, *, hook: str) -> Reply:
    """Post a signed test to a webhook. What became of it is among its deliveries."""
    return Reply(status=202, body={"job": hooking.send_test(backend, caller, hook)})


routes = blueprint(
    __name__,
    operations := (
        list_hooks,
        create_hook,
        get_hook,
        delete_hook,
        rotate,
        resume,
        list_deliveries,
        redeliver,
        test,
    ),
)
