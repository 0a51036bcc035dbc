"""Addresses: reserve, look at, change, release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.actions import reserving
from chalicelib.actions.owning import account_id, holding_of
from chalicelib.api import shapes
from chalicelib.api.fields import BOOLEAN, FORWARD, RESERVABLE, SETTING, WEB_ADDRESS, body, listing, path, query
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Answer, operation
from chalicelib.api.schemas import list_of, ref
from chalicelib.errors import Unauthorized

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.mail.names import Inbox
    from chalicelib.ports import Backend

_TAG = "Addresses"
_EMAIL = path("email", RESERVABLE, "The address; `*@domain` is the domain's catch-all.", example="signup@mail.example")
_SETTINGS = [
    body("info", SETTING, "Your own words about the address.", example="sign-up tests"),
    body("forward", FORWARD, "An address that its mail is forwarded to; empty or null for none.", example=""),
    body("enablews", BOOLEAN, "Whether its mail is told of over the WebSocket.", example=True),
    body(
        "webhook",
        WEB_ADDRESS,
        "A URL that its mail is posted to; empty or null for none.",
        example="https://ci.example/mail",
    ),
    body(
        "webhookSlack", WEB_ADDRESS, "A Slack webhook that its mail is told to; empty or null for none.", example=None
    ),
    body("webhookSlackToFrom", BOOLEAN, "Whether Slack is told recipient and sender.", example=False),
]
_DELETED = "Whether its messages are deleted, starred ones too; else they stay, and may become readable for all."
_ADDRESS = Answer(meaning="The address.", schema=ref("Address"))


@operation(
    "GET",
    "/addresses",
    name="ListAddresses",
    tag=_TAG,
    answers=[Answer(meaning="The account's addresses.", schema=list_of(ref("Address")))],
)
def list_addresses(backend: Backend, caller: Caller) -> list[shapes.Json]:
    """List the addresses that the account reserved."""
    return [shapes.reservation(one) for one in backend.addresses.reservations(account_id(caller))]


@operation("GET", "/addresses/{email}", name="GetAddress", tag=_TAG, parameters=[_EMAIL], answers=[_ADDRESS])
def get_address(backend: Backend, caller: Caller, *, email: Inbox) -> shapes.Json:
    """Get an address that is the account's, or nobody's.

    One that nobody owns has no `owner`; one that is the account's through its domain is `implicit`.
    """
    holding = holding_of(backend, email)
    if holding.owner is not None and holding.owner != account_id(caller):
        raise Unauthorized("This address belongs to another account")
    secret = reserving.secret_name(backend, email)
    if holding.reservation is not None:
        return shapes.reservation(holding.reservation, encrypted_inbox=secret)
    address: shapes.Json = {"_id": email, "encryptedInbox": secret, "implicit": holding.implicit}
    return {**address, "owner": holding.owner} if holding.owner else address


@operation(
    "POST",
    "/addresses/{email}",
    name="CreateAddress",
    tag=_TAG,
    parameters=[_EMAIL, *_SETTINGS],
    answers=[_ADDRESS],
)
def reserve(backend: Backend, caller: Caller, *, email: Inbox, **settings: Any) -> shapes.Json:
    """Reserve an address: from then on its messages are the account's alone."""
    made = reserving.reserve(backend, caller, email, _given(settings))
    return shapes.reservation(made, encrypted_inbox=reserving.secret_name(backend, email))


@operation(
    "PUT",
    "/addresses/{email}",
    name="UpdateAddress",
    tag=_TAG,
    parameters=[_EMAIL, *_SETTINGS],
    answers=[_ADDRESS],
)
def update(backend: Backend, caller: Caller, *, email: Inbox, **settings: Any) -> shapes.Json:
    """Change where an address's mail is told of; what is not named stays as it is."""
    return shapes.reservation(reserving.change(backend, caller, email, _given(settings)))


@operation(
    "PUT",
    "/private-address-forwarding/{email}",
    name="UpdateForwardingOfOldClients",
    tag=_TAG,
    parameters=[_EMAIL, *_SETTINGS],
    answers=[_ADDRESS],
)
def update_forwarding(backend: Backend, caller: Caller, *, email: Inbox, **settings: Any) -> shapes.Json:
    """Change where an address's mail is told of, as older clients spell it."""
    return shapes.reservation(reserving.change(backend, caller, email, _given(settings)))


@operation(
    "DELETE",
    "/addresses/{email}",
    name="DeleteAddress",
    tag=_TAG,
    parameters=[
        _EMAIL,
        query("deleteAddressMessages", BOOLEAN, _DELETED, default=False, example=True),
    ],
    answers=[Answer(meaning="The address was released.", schema=ref("Released"))],
)
def release(backend: Backend, caller: Caller, *, email: Inbox, deleteAddressMessages: bool) -> shapes.Json:
    """Give an address up.

    With `deleteAddressMessages` all its messages are deleted, starred ones too; those of a catch-all are what it
    caught. Without it they stay, and everybody reads them as those of any inbox that nobody owns, unless a private
    domain of the account's or its catch-all has the address.
    """
    reserving.release(backend, caller, email, with_messages=deleteAddressMessages)
    return {"_id": email, "message": "Address was released."}


@operation(
    "GET",
    "/addresses/{email}/availability",
    name="CheckAvailability",
    tag=_TAG,
    parameters=[_EMAIL],
    answers=[Answer(meaning="Whether it can be reserved.", schema=ref("Availability"))],
)
def availability(backend: Backend, caller: Caller, *, email: Inbox) -> shapes.Json:
    """Tell whether an address can be reserved, and whether anybody owns it."""
    holding = holding_of(backend, email)
    return {
        "available": holding.reservation is None and holding.host in {None, account_id(caller)},
        "email": email,
        "owned": holding.owner is not None,
    }


@operation(
    "POST",
    "/private-addresses-bulk",
    name="CreateAddresses",
    tag=_TAG,
    parameters=[
        body(
            "addresses",
            listing(RESERVABLE, most=reserving.BULK),
            "The addresses, 100 at most.",
            required=True,
            example=["a@mail.example", "b@mail.example"],
        )
    ],
    answers=[Answer(meaning="The addresses.", schema=list_of(ref("Address")))],
)
def reserve_all(backend: Backend, caller: Caller, *, addresses: tuple[Inbox, ...]) -> list[shapes.Json]:
    """Reserve several addresses: all, or none when one of them is another account's."""
    return [shapes.reservation(one) for one in reserving.reserve_all(backend, caller, addresses)]


_FIELDS = {
    "info": "info",
    "forward": "forward",
    "enablews": "enablews",
    "webhook": "webhook",
    "webhookSlack": "webhook_slack",
    "webhookSlackToFrom": "webhook_slack_to_from",
}


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {_FIELDS[name]: value for name, value in settings.items() if value is not None}


routes = blueprint(
    __name__,
    operations := (
        list_addresses,
        get_address,
        reserve,
        update,
        update_forwarding,
        release,
        availability,
        reserve_all,
    ),
)
