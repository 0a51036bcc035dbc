"""Domains that accounts host here: made, verified, changed, given up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.actions.discarding import delete_all
from chalicelib.actions.owning import account_id, require_domain
from chalicelib.actions.reserving import reassign_domain
from chalicelib.errors import BadRequest, Conflict, Forbidden, Unavailable
from chalicelib.mail.addresses import is_domain
from chalicelib.mail.holding import Domain
from chalicelib.mail.shelf import Shelf

if TYPE_CHECKING:
    from chalicelib.actions.admitting import Caller
    from chalicelib.ports import Backend, Policy

VERIFICATION = "restante-verification="


def create_domain(backend: Backend, caller: Caller, name: str, *, private: bool) -> Domain:
    """Host a domain for the caller's account, or for an admin at once verified where no DNS is asked.

    Raises BadRequest for what is no domain, Conflict when it is hosted already, Forbidden for ordinary accounts where
    nothing can prove that the domain is theirs.
    """
    owner = account_id(caller)
    if not is_domain(name):
        raise BadRequest("domain: expected a domain name, as in mail.example.com", field="domain")
    provable = backend.resolver is not None
    if not provable and not (caller.account and caller.account.admin):
        raise Forbidden("This installation asks no DNS: only an admin can add a domain")
    now = backend.now()
    domain = Domain(
        name=name.lower(),
        owner=owner,
        created=now,
        updated=now,
        verification_txt=VERIFICATION + backend.entropy(16).hex(),
        private=private,
        verified=not provable,
        verified_mx=not provable and _reaches(backend.policy, name.lower()),
    )
    backend.domains.add(domain)
    # Nothing that came before is shown to somebody who has not proved that the domain is theirs.
    if domain.verified:
        reassign_domain(backend, domain.name)
    return domain


def verify_domain(backend: Backend, caller: Caller, name: str) -> Domain:
    """Look whether the domain's TXT record says that it is the caller's, and whether its mail comes here."""
    domain = require_domain(backend, caller, name)
    if backend.resolver is None:
        return domain
    try:
        texts = backend.resolver.txt(name)
        exchangers = backend.resolver.mx(name)
    except Unavailable as error:
        checked = replace(domain, last_verification_errors=error.message, updated=backend.now())
    else:
        verified = domain.verification_txt in texts
        reaches = _reaches(backend.policy, domain.name)
        comes_here = reaches and backend.policy.hostname in exchangers
        missing = [] if verified else [f"There is no TXT record {domain.verification_txt}"]
        if not reaches:
            served = ", ".join(backend.policy.receives)
            missing.append(f"Its mail cannot come here: only that of {served} and its subdomains does")
        elif not comes_here:
            missing.append(f"There is no MX record {backend.policy.hostname}")
        checked = replace(
            domain,
            verified=verified,
            verified_mx=comes_here,
            last_verification_errors="; ".join(missing),
            updated=backend.now(),
        )
    backend.domains.update(checked)
    if checked.verified != domain.verified:
        reassign_domain(backend, name)
    return checked


def _reaches(policy: Policy, name: str) -> bool:
    return not policy.receives or any(f".{name}".endswith(f".{served}") for served in policy.receives)


def change_domain(
    backend: Backend, caller: Caller, name: str, *, private: bool | None, enablews: bool | None
) -> Domain:
    """Make a domain private or public, or switch its live push."""
    domain = require_domain(backend, caller, name)
    changed = replace(
        domain,
        private=domain.private if private is None else private,
        enablews=domain.enablews if enablews is None else enablews,
        updated=backend.now(),
    )
    backend.domains.update(changed)
    if changed.private != domain.private:
        reassign_domain(backend, name)
    return changed


def remove_domain(backend: Backend, caller: Caller, name: str, *, with_messages: bool) -> None:
    """Give a domain up; its messages go with it, starred ones too, or become anybody's.

    What other accounts reserved stays theirs, and so does nobody's mail where the domain was never proved to be the
    caller's. Raises Conflict while the caller's addresses are reserved.
    """
    domain = require_domain(backend, caller, name)
    reserved = [one for one in backend.addresses.reservations(domain.owner) if one.inbox.endswith(f"@{name}")]
    if reserved:
        raise Conflict(f"{len(reserved)} addresses of this domain are reserved: release them first")
    if with_messages:
        owners = {domain.owner, None} if domain.verified else {domain.owner}
        delete_all(backend, Shelf.domain(name), that=lambda message: message.owner in owners)
    backend.domains.remove(name)
    reassign_domain(backend, name)
