"""Rules about who is shut out, and how the edges stand that follow them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.actions.blocking import Asked, make_rule, remove_rule
from chalicelib.actions.owning import account_id
from chalicelib.api import shapes
from chalicelib.api.fields import TEXT, Parameter, body, choice, integer
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Access, Answer, operation
from chalicelib.api.schemas import list_of, ref
from chalicelib.mail.blocking import Action, Scope

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.ports import Backend

_TAG = "Perimeter"
_ADDRESS = "An IP address, a network in CIDR notation, or a domain for the denylist alone."


@operation(
    "GET",
    "/ip-rules",
    name="ListIpRules",
    tag=_TAG,
    access=Access.ADMIN,
    answers=[Answer(meaning="The rules that hold now.", schema=list_of(ref("IpRule")))],
)
def list_rules(backend: Backend, _: Caller) -> list[shapes.Json]:
    """List the rules about who is shut out and who is let in."""
    return [shapes.ip_rule(rule) for rule in backend.rules.rules()]


@operation(
    "POST",
    "/ip-rules",
    name="CreateIpRule",
    tag=_TAG,
    access=Access.ADMIN,
    parameters=[
        body("address", TEXT, _ADDRESS, required=True, example="192.0.2.0/24"),
        body("reason", TEXT, "Why.", required=True, example="flood"),
        body("action", choice(*Action), "Whether it is shut out, or let in.", default="block", example="block"),
        body(
            "scope", choice(*Scope), "From where: from sending mail, the API, or both.", default="both", example="mail"
        ),
        body(
            "seconds", integer(minimum=1, maximum=315_360_000), "For how long; without it, until removed.", example=3600
        ),
    ],
    answers=[Answer(meaning="The rule.", schema=ref("IpRule"))],
    errors=[409],
)
def create_rule(
    backend: Backend, caller: Caller, *, address: str, reason: str, action: str, scope: str, seconds: int | None
) -> shapes.Json:
    """Shut an address or a network out, or let it in whatever other rules say.

    A rule takes the place of an older one about the same address. Where any rule allows an address, none blocks it.
    It holds for `seconds`, or until it is removed: a field of any other name, `expires` too, is passed over, as in all
    requests.
    """
    asked = Asked(
        address=address,
        reason=reason,
        made_by=account_id(caller),
        action=Action(action),
        scope=Scope(scope),
        lasts=None if seconds is None else timedelta(seconds=seconds),
    )
    return shapes.ip_rule(make_rule(backend, asked, own=[caller.ip]))


@operation(
    "DELETE",
    "/ip-rules",
    name="DeleteIpRule",
    tag=_TAG,
    access=Access.ADMIN,
    parameters=[Parameter(name="address", kind=TEXT, meaning=_ADDRESS, required=True, example="192.0.2.0/24")],
    answers=[Answer(meaning="The rule was removed.", schema=ref("Released"))],
    errors=[400, 404],
)
def delete_rule(backend: Backend, _: Caller, *, address: str) -> shapes.Json:
    """Remove the rule about exactly this address, network or domain."""
    return {"_id": remove_rule(backend, address), "message": "Rule was removed."}


@operation(
    "GET",
    "/perimeter",
    name="GetPerimeter",
    tag=_TAG,
    access=Access.ADMIN,
    answers=[Answer(meaning="How each edge stands.", schema=list_of(ref("EdgeState")))],
)
def perimeter(backend: Backend, _: Caller) -> list[shapes.Json]:
    """Tell how the edges stand that follow the rules: what each refuses, since when, and what went wrong since."""
    return [shapes.edge_state(state) for state in backend.perimeter.states()]


routes = blueprint(__name__, operations := (list_rules, create_rule, delete_rule, perimeter))
