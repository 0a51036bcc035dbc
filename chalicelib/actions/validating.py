"""Whether an email address is one, and whether its domain gives out throw-away addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.errors import Unavailable
from chalicelib.mail.addresses import is_address
from chalicelib.mail.disposable import is_disposable

if TYPE_CHECKING:
    from chalicelib.ports import Backend

BULK = 50
"""The most addresses that are looked at in one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What is found out about an address. `aliases` are the domain's mail exchangers, where DNS is asked."""

    email: str
    local: str
    domain: str
    valid: bool
    disposable_domains: tuple[str, ...]
    aliases: tuple[str, ...]


def validate(backend: Backend, email: str) -> Validation:
    """Look at one address. Never raises: what is no address is said to be none."""
    local, _, domain = email.strip().rpartition("@")
    domain = domain.lower()
    valid = is_address(email.strip())
    exchangers: tuple[str, ...] = ()
    if valid and backend.resolver is not None:
        try:
            exchangers = backend.resolver.mx(domain)
        except Unavailable:
            exchangers = ()
    hosts = tuple(dict.fromkeys((domain, *exchangers)))
    return Validation(
        email=email,
        local=local,
        domain=domain,
        valid=valid,
        disposable_domains=tuple(host for host in hosts if is_disposable(host)),
        aliases=exchangers,
    )
