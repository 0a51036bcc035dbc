"""Domains: host, verify, look at, change, give up; and their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from chalicelib.actions import discarding, hosting, reading
from chalicelib.actions.owning import account_id, holding_of, require_domain
from chalicelib.api import shapes
from chalicelib.api.fields import BOOLEAN, DOMAIN, body, query
from chalicelib.api.handling import blueprint
from chalicelib.api.messages import page
from chalicelib.api.operation import Answer, Reply, operation
from chalicelib.api.parameters import BEFORE, DOMAIN_NAME, LIMIT, UNTIL
from chalicelib.api.schemas import list_of, ref
from chalicelib.errors import Forbidden
from chalicelib.mail.holding import catch_all_of
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.actions.admitting import Caller
    from chalicelib.ports import Backend

_TAG = "Domains"
_DOMAIN = Answer(meaning="The domain.", schema=ref("Domain"))
_PRIVATE = body("isPrivate", BOOLEAN, "Whether unreserved inboxes of the domain are the account's alone.", example=True)


@operation(
    "GET",
    "/domains",
    name="ListDomains",
    tag=_TAG,
    answers=[Answer(meaning="The account's domains.", schema=list_of(ref("Domain")))],
)
def list_domains(backend: Backend, caller: Caller) -> list[shapes.Json]:
    """List the domains that the account hosts here."""
    return [shapes.domain(one) for one in backend.domains.domains(account_id(caller))]


@operation(
    "POST",
    "/domains",
    name="CreateDomain",
    tag=_TAG,
    parameters=[body("domain", DOMAIN, "The domain.", required=True, example="mail.example"), _PRIVATE],
    answers=[_DOMAIN],
    errors=[403, 409],
)
def create_domain(backend: Backend, caller: Caller, *, domain: str, isPrivate: bool | None) -> shapes.Json:
    """Host a domain here.

    Put its `verificationTxt` into a TXT record of the domain, then verify it. Where the installation asks no DNS, an
    admin's domain counts as verified.
    """
    return shapes.domain(hosting.create_domain(backend, caller, domain, private=isPrivate is not False))


@operation(
    "GET",
    "/domains/{domain}",
    name="GetDomain",
    tag=_TAG,
    parameters=[DOMAIN_NAME],
    answers=[Answer(meaning="The domain, its catch-all, its messages, its DNS records.", schema=ref("DomainInfo"))],
    errors=[404],
)
def get_domain(backend: Backend, caller: Caller, *, domain: str) -> shapes.Json:
    """Get a domain of the account."""
    found = require_domain(backend, caller, domain)
    catch_all = holding_of(backend, catch_all_of(domain)).reservation
    return {
        "domain": shapes.domain(found),
        "totalMessages": backend.index.count(Shelf.domain(domain)).messages,
        "catchAllAddress": shapes.reservation(catch_all) if catch_all else None,
        "records": [
            {"type": "TXT", "name": found.name, "value": found.verification_txt},
            {"type": "MX", "name": found.name, "value": backend.policy.hostname},
        ],
    }


@operation(
    "PUT",
    "/domains/{domain}",
    name="UpdateDomain",
    tag=_TAG,
    parameters=[
        DOMAIN_NAME,
        _PRIVATE,
        body("enablews", BOOLEAN, "Whether its mail is told of over the WebSocket.", example=True),
    ],
    answers=[_DOMAIN],
    errors=[404],
)
def update_domain(
    backend: Backend, caller: Caller, *, domain: str, isPrivate: bool | None, enablews: bool | None
) -> shapes.Json:
    """Make a domain private or public, or switch its live push."""
    return shapes.domain(hosting.change_domain(backend, caller, domain, private=isPrivate, enablews=enablews))


@operation(
    "POST",
    "/domains/{domain}/verify",
    name="VerifyDomain",
    tag=_TAG,
    parameters=[DOMAIN_NAME],
    answers=[_DOMAIN],
    errors=[404],
)
def verify_domain(backend: Backend, caller: Caller, *, domain: str) -> shapes.Json:
    """Look in the DNS whether a domain is the account's; `lastVerificationErrors` says what is missing."""
    return shapes.domain(hosting.verify_domain(backend, caller, domain))


@operation(
    "DELETE",
    "/domains/{domain}",
    name="DeleteDomain",
    tag=_TAG,
    parameters=[
        DOMAIN_NAME,
        query(
            "deleteMessages",
            BOOLEAN,
            "Whether its messages are deleted, starred ones too; else they stay, and become readable for all.",
            default=False,
            example=True,
        ),
    ],
    answers=[Answer(meaning="The domain is not hosted here any more.", schema=ref("Released"))],
    errors=[404, 409],
)
def delete_domain(backend: Backend, caller: Caller, *, domain: str, deleteMessages: bool) -> shapes.Json:
    """Give a domain up, once none of its addresses is reserved.

    With `deleteMessages` all its messages are deleted, starred ones too, but for those of addresses that other
    accounts reserved. Without it they stay, and everybody reads them as those of any inbox that nobody owns.
    """
    hosting.remove_domain(backend, caller, domain, with_messages=deleteMessages)
    return {"_id": domain, "message": "Domain was removed."}


@operation(
    "GET",
    "/domains/{domain}/messages",
    name="ListDomainMessages",
    tag=_TAG,
    parameters=[DOMAIN_NAME, LIMIT, UNTIL, BEFORE],
    answers=[Answer(meaning="The newest messages, newest first.", schema=list_of(ref("Message")))],
    errors=[403, 404],
)
def list_domain_messages(
    backend: Backend, caller: Caller, *, domain: str, limit: int, until: datetime | None, before: str | None
) -> Reply:
    """List the messages of all inboxes of a verified domain of the account, newest first."""
    _verified(backend, caller, domain)
    found = reading.list_messages(backend, Shelf.domain(domain), limit=limit, until=until, before=before)
    return page(backend, found, limit, f"/api/domains/{quote(domain)}/messages")


@operation(
    "POST",
    "/domains/{domain}/delete-all-domain-mail",
    name="DeleteAllDomainMessages",
    tag=_TAG,
    parameters=[DOMAIN_NAME],
    answers=[Answer(status=204, meaning="Every message that is not starred was deleted.")],
    errors=[403, 404],
)
def purge_domain(backend: Backend, caller: Caller, *, domain: str) -> Reply:
    """Delete every message of a domain that is not starred."""
    _verified(backend, caller, domain)
    discarding.purge(backend, Shelf.domain(domain))
    return Reply(status=204)


def _verified(backend: Backend, caller: Caller, domain: str) -> None:
    if not require_domain(backend, caller, domain, foreign=Forbidden).verified:
        raise Forbidden("This domain is not verified yet")


routes = blueprint(
    __name__,
    operations := (
        list_domains,
        create_domain,
        get_domain,
        update_domain,
        verify_domain,
        delete_domain,
        list_domain_messages,
        purge_domain,
    ),
)
