"""Whether email addresses are real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.validating import BULK, validate
from chalicelib.api import shapes
from chalicelib.api.fields import TEXT, body, listing, path
from chalicelib.api.handling import blueprint
from chalicelib.api.operation import Answer, operation
from chalicelib.api.schemas import list_of, ref

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.ports import Backend

_TAG = "Email validation"


@operation(
    "GET",
    "/validations/addresses/{email}",
    name="ValidateAddress",
    tag=_TAG,
    parameters=[path("email", TEXT, "What may be an email address.", example="somebody@mail.example")],
    answers=[Answer(meaning="What is known of it.", schema=ref("Validation"))],
)
def validate_one(backend: Backend, _: Caller, *, email: str) -> shapes.Json:
    """Tell whether an email address is well formed, and whether its domain gives out throw-away addresses."""
    return shapes.validation(validate(backend, email))


@operation(
    "POST",
    "/validations/addresses",
    name="ValidateAddressesBulk",
    tag=_TAG,
    parameters=[
        body(
            "emails",
            listing(TEXT, most=BULK),
            "What may be email addresses, 50 at most.",
            required=True,
            example=["somebody@mail.example"],
        )
    ],
    answers=[Answer(meaning="What is known of each, in order.", schema=list_of(ref("Validation")))],
)
def validate_all(backend: Backend, _: Caller, *, emails: tuple[str, ...]) -> list[shapes.Json]:
    """Tell the same of several email addresses."""
    return [shapes.validation(validate(backend, email)) for email in emails]


routes = blueprint(__name__, operations := (validate_one, validate_all))
